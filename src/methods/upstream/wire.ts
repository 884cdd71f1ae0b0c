// What goes over the wire to and from an OpenID Connect service, and ThaID's own ways of it: its token answer tells when
// the token ends as an instant, not as a duration, under either of two names; and without the scope `openid` it gives
// plain members that nobody signed, and no ID token. Shared with the simulator, and nothing else of this folder is.

/** OIDC Discovery §3; the members that are needed. */
export interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  /** RFC 9207 §3 */
  readonly authorization_response_iss_parameter_supported?: boolean
}

/** The document's address (OIDC Discovery §4). */
export const discoveryOf = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`

export const THAID = {
  authorization: '/api/v2/oauth2/auth/',
  token: '/api/v2/oauth2/token/',
  introspection: '/api/v2/oauth2/introspect/',
  revocation: '/api/v2/oauth2/revoke/',
  keys: '/jwks/',
  /** Seconds; the code is good once. */
  codeLives: 30,
  /** Seconds, of the access token and the refresh token. */
  tokenLives: 900,
  /** Its word for a person's no, where OAuth says `access_denied`. */
  refused: 'user_denied',
} as const

/** The person's own no. */
export const SAYS_NO: readonly string[] = ['access_denied', THAID.refused, 'user_cancelled']

/** RFC 6749 §2.3.1: the parts are form-encoded before they are joined. */
export const basicAuth = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

export interface TokenAnswer {
  /** A JWS; whether it is to be believed is id-token.ts's. */
  readonly idToken: string
  readonly accessToken?: string
  /** When the access token ends, epoch seconds. */
  readonly ends?: number
}

/** An instant in seconds is never smaller, and a duration never so large: it would be thirty years. */
const INSTANT = 1_000_000_000

/** @returns undefined where there is no answer to read at all; `idToken` empty where none came. */
export function readTokenAnswer(body: string, now: number): TokenAnswer | undefined {
  const members = objectIn(body)
  if (!members) return undefined
  const { id_token, access_token, expires_in, expire_in } = members
  const said = Number(expires_in ?? expire_in ?? Number.NaN)
  return {
    idToken: typeof id_token === 'string' ? id_token : '',
    ...(typeof access_token === 'string' && { accessToken: access_token }),
    ...(Number.isFinite(said) && { ends: said >= INSTANT ? said : now + said }),
  }
}

/** The word of an error answer (RFC 6749 §5.2), never more of it: descriptions have held people's data before. */
export function errorIn(body: string): string | undefined {
  const error = objectIn(body)?.error
  return typeof error === 'string' && /^[\w.-]{1,40}$/.test(error) ? error : undefined
}

export function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
