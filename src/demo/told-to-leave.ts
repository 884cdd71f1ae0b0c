import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

// What an agency does with a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), as any agency's developer would
// write it with jose.

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Taken once: a token sent again is no news. */
const REMEMBERED = 1_000

export interface Leaver {
  readonly sub: string | undefined
  readonly sid: string | undefined
}

/** @returns who has left; undefined for what is no logout token of ours. */
export type ReadLogout = (token: string, jwksUri: string) => Promise<Leaver | undefined>

export function openLogoutReader({
  issuer,
  clientId,
  now,
}: {
  issuer: string
  clientId: string
  now(): number
}): ReadLogout {
  let keys: { readonly uri: string; readonly get: ReturnType<typeof createRemoteJWKSet> } | undefined
  const seen = new Set<string>()

  return async (token, jwksUri) => {
    if (keys?.uri !== jwksUri) keys = { uri: jwksUri, get: createRemoteJWKSet(new URL(jwksUri)) }
    const options = {
      issuer,
      audience: clientId,
      typ: 'logout+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(now()),
    }
    const verified = await jwtVerify(token, keys.get, options).catch(() => undefined)
    const payload = verified?.payload
    if (!payload || !isLogout(payload)) return undefined
    if (seen.has(payload.jti)) return { sub: undefined, sid: undefined }
    seen.add(payload.jti)
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!)
    return { sub: payload.sub, sid: typeof payload.sid === 'string' ? payload.sid : undefined }
  }
}

function isLogout(payload: JWTPayload): payload is JWTPayload & { jti: string } {
  const events = payload.events as Record<string, unknown> | undefined
  const named = payload.sub !== undefined || typeof payload.sid === 'string'
  return payload.nonce === undefined && typeof payload.jti === 'string' && named && events?.[EVENT] !== undefined
}
