import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose'
import type { Json } from '../../src/identity/json.ts'
import { enterParty } from './enter-party.ts'
import { basic, type Citizen, form, secretOfAgency, type TestService } from './service.ts'
import type { Page, Visitor } from './visitor.ts'

// What the OpenID Foundation's conformance suite does as a relying party, by hand: requests with parameters added and
// taken away, answers by redirect and by form, client assertions with every claim in the test's hands.

export type Changes = Readonly<Record<string, string | undefined>>

export const redirectUri = (id: string): string => `https://${id}.example/callback`

const agreement = (refresh: boolean): Json => ({
  purpose: { th: 'ทดสอบ', en: 'Conformance', et: 'Vastavus' },
  officer: 'officer@conformance.example',
  valid_from: '2020-01-01',
  valid_to: '2090-01-01',
  refresh,
  claims: [
    {
      names: ['name', 'given_name', 'family_name', 'birthdate'],
      ground: 'law',
      reference: { th: 'มาตรา 1', en: 'Section 1', et: '§ 1' },
    },
  ],
})

/** As the Basic profile registers them: with a secret, without PKCE. */
export const enterBasic = (at: TestService, id: string): Promise<void> =>
  enterParty(at, id, {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secretOfAgency(id),
    pkce_optional: true,
    grant_types: ['authorization_code', 'refresh_token'],
    agreement: agreement(true),
  })

export interface KeyHolder {
  readonly id: string
  readonly key: KeyObject
  /** Of its key set too, but of an algorithm that FAPI forbids. */
  readonly rsa: KeyObject
}

/** As FAPI registers them: with keys, and every request pushed. */
export async function enterFapi(at: TestService, id: string): Promise<KeyHolder> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = (key: KeyObject, kid: string) => ({ ...(key.export({ format: 'jwk' }) as Record<string, Json>), kid })
  await enterParty(at, id, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [jwk(pair.publicKey, 'ec'), jwk(rsa.publicKey, 'rsa')] },
    require_pushed_authorization_requests: true,
    grant_types: ['authorization_code', 'refresh_token'],
    agreement: agreement(true),
  })
  return { id, key: pair.privateKey, rsa: rsa.privateKey }
}

export const seconds = (at: TestService): number => Math.floor(at.clock.now() / 1000)

export interface Forged {
  /** A claim that is undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: JWTHeaderParameters
  readonly key?: KeyObject
}

/** The fields by which a client proves itself with a key (RFC 7523 §2.2). */
export async function proof(
  at: TestService,
  { id, key }: Pick<KeyHolder, 'id' | 'key'>,
  forged: Forged = {},
): Promise<Changes> {
  const [iat, aud] = [seconds(at), at.issuer]
  const claims = { iss: id, sub: id, aud, jti: randomUUID(), iat, nbf: iat, exp: iat + 60, ...forged.claims }
  const client_assertion = await new SignJWT(JSON.parse(JSON.stringify(claims)) as Record<string, unknown>)
    .setProtectedHeader(forged.header ?? { alg: 'ES256', kid: 'ec' })
    .sign(forged.key ?? key)
  return { client_id: id, client_assertion_type: ASSERTION, client_assertion }
}
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const given = (fields: Changes): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((each): each is [string, string] => each[1] !== undefined))

/** The parameters of a plain request; those that are undefined are not sent. */
export const parameters = (id: string, changes: Changes = {}): Record<string, string> =>
  given({
    client_id: id,
    response_type: 'code',
    redirect_uri: redirectUri(id),
    scope: 'openid',
    state: `state-of-${id}`,
    nonce: `nonce-of-${id}`,
    ...changes,
  })

export const authAddress = (at: TestService, fields: Changes): string =>
  `${at.issuer}/auth?${new URLSearchParams(given(fields)).toString()}`

/** Opens an address at the door and signs the citizen in, where a form asks for it. */
export async function pass(at: TestService, visitor: Visitor, citizen: Citizen, address: string): Promise<Page> {
  return signInAt(at, visitor, citizen, await visitor.open(address))
}

export const asksForProof = (page: Page): boolean => page.html.includes('name="person_code"')

export async function signInAt(at: TestService, visitor: Visitor, citizen: Citizen, page: Page): Promise<Page> {
  if (!asksForProof(page)) return page
  // Each step's code is accepted once.
  at.clock.advance(30_000)
  return visitor.submit(page, { scheme: citizen.scheme, person_code: citizen.code, code: citizen.oneTimeCode() })
}

export interface Answer {
  readonly mode: 'query' | 'form_post'
  /** The address that it goes to, without the answer itself. */
  readonly to: string
  readonly fields: Readonly<Record<string, string>>
}

/** What a page hands to the agency, by redirect or by form; undefined where it hands over nothing. */
export function answerOf(page: Page): Answer | undefined {
  const location = page.headers.get('location')
  if (location) {
    const { origin, pathname, searchParams } = new URL(location)
    return { mode: 'query', to: `${origin}${pathname}`, fields: Object.fromEntries(searchParams) }
  }
  const target = page.form && new URL(page.form.action)
  if (!page.form || target?.origin === new URL(page.url).origin) return undefined
  return { mode: 'form_post', to: page.form.action, fields: page.form.fields }
}

export interface Tokens {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> & {
    readonly access_token?: string
    readonly id_token?: string
    readonly refresh_token?: string
    readonly error?: string
  }
}

export async function callToken(at: TestService, fields: Changes, headers: Record<string, string>): Promise<Tokens> {
  const response = await fetch(`${at.issuer}/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(given(fields)),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Tokens['body'] }
}

export const redeemBasic = (at: TestService, id: string, code: string, changes: Changes = {}): Promise<Tokens> =>
  callToken(at, { grant_type: 'authorization_code', code, redirect_uri: redirectUri(id), ...changes }, basic(id))

export const push = (at: TestService, fields: Changes): Promise<{ status: number } & Record<string, unknown>> =>
  form(`${at.issuer}/request`, given(fields))

/** Verified with the published keys, as a relying party must (OIDC Core §3.1.3.7). */
export async function verified(at: TestService, idToken: string | undefined, id: string) {
  const keys = (await (await fetch(`${at.issuer}/jwks`)).json()) as JSONWebKeySet
  const expected = { issuer: at.issuer, audience: id, currentDate: new Date(at.clock.now()) }
  const { payload, protectedHeader } = await jwtVerify(idToken ?? '', createLocalJWKSet(keys), expected)
  return { payload, header: protectedHeader, keys: keys.keys }
}
