import { createHash, createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Client } from '../../src/clients/relying-party.ts'
import { hashSecret } from '../../src/clients/secret.ts'
import { agencyId, clientId } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import type { World } from './engine.ts'
import type { Page, Visitor } from './visitor.ts'

// The agencies of the engine's tests: two relying parties, one with a secret and one with a key, and what their sites do.

export const SECRET = 'a-secret-of-two-hundred-and-fifty-six-bits-0'
const VERIFIER = 'the-verifier-that-stays-with-the-agency-0123456789'
const challenge = createHash('sha256').update(VERIFIER).digest('base64url')

const words = (text: string) => ({ th: text, en: text, et: text })

export function client(id: string, sector: string, metadata: Record<string, Json>, more: Partial<Client> = {}): Client {
  return {
    id: clientId(id),
    agency: { id: agencyId(sector), name: words(sector), officer: 'officer' },
    name: words(id),
    sector,
    metadata: {
      application_type: 'web',
      subject_type: 'pairwise',
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: 'ES256',
      redirect_uris: [`https://${id}.example/callback`],
      post_logout_redirect_uris: [`https://${id}.example/bye`],
      ...metadata,
    },
    disabled: false,
    version: 1n,
    ...more,
  }
}

export const tax = (metadata: Record<string, Json> = {}): Client =>
  client(
    'tax',
    'revenue',
    { token_endpoint_auth_method: 'client_secret_basic', ...metadata },
    { secretHash: hashSecret(SECRET) },
  )

export const social = (metadata: Record<string, Json> = {}): Client =>
  client('social', 'social', { token_endpoint_auth_method: 'private_key_jwt', ...metadata })

export const address = (path: string, parameters: Record<string, string>): string =>
  `${path}?${new URLSearchParams(parameters).toString()}`

/** The address of an authorization request that the agency's site would redirect to. */
export function authUrl(world: World, id: string, changes: Record<string, string | undefined> = {}): string {
  const parameters: Record<string, string | undefined> = {
    client_id: id,
    redirect_uri: `https://${id}.example/callback`,
    response_type: 'code',
    scope: 'openid',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }
  const given = Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined)
  return address(`${world.url}/auth`, Object.fromEntries(given))
}

/** The parameters that came back to the agency. */
export function returned(page: Page): URLSearchParams {
  const location = page.headers.get('location')
  if (page.status !== 303 || !location) throw new Error(`no way back: ${page.status} ${page.html.slice(0, 400)}`)
  const { searchParams, hash } = new URL(location)
  return hash ? new URLSearchParams(hash.slice(1)) : searchParams
}

export interface SignIn {
  readonly person?: string
  readonly acr?: string
  /** The person's entry is not handed on: the library answers. */
  readonly known?: 'no'
  readonly parameters?: Record<string, string | undefined>
}

/** From the agency's redirect, through a sign-in where one is asked for, back to the agency. */
export async function visit(
  world: World,
  visitor: Visitor,
  id: string,
  { person, acr, known, parameters }: SignIn = {},
): Promise<Page> {
  const first = await visitor.open(authUrl(world, id, parameters))
  if (first.form?.fields.page !== 'login' || first.form.fields.prompt !== 'login') return first
  const who = { ...(person && { person }), ...(acr && { acr }), ...(known && { known }) }
  return visitor.open(address(`${new URL(first.url).pathname}/sign-in`, who))
}

export const basic = (id: string, secret = SECRET): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

export async function assertion(
  world: World,
  claims: Record<string, unknown> = {},
  id = 'social',
): Promise<Record<string, string>> {
  const now = Math.floor(world.clock.now() / 1000)
  const payload = { iss: id, sub: id, aud: world.url, jti: `jti-${Math.random()}`, iat: now, exp: now + 60, ...claims }
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256' })
    .sign(createPrivateKey(world.assertionKey.export({ format: 'pem', type: 'pkcs8' })))
  return { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: token }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

export async function call(
  world: World,
  path: string,
  fields: Record<string, string> | undefined,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, world.url), {
    headers: { accept: 'application/json', ...headers },
    redirect: 'manual',
    ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  }
}

/** The agency's own authentication: by secret for tax, by key for social. */
export async function asClient(
  world: World,
  id: string,
): Promise<{ headers: Record<string, string>; fields: Record<string, string> }> {
  const byKey = world.clients.get(id)?.metadata.token_endpoint_auth_method === 'private_key_jwt'
  return byKey ? { headers: {}, fields: await assertion(world, {}, id) } : { headers: basic(id), fields: {} }
}

export async function redeem(
  world: World,
  id: string,
  code: string,
  changes: Record<string, string> = {},
): Promise<Answer> {
  const { headers, fields } = await asClient(world, id)
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: `https://${id}.example/callback`,
    code_verifier: VERIFIER,
  }
  return call(world, '/token', { ...form, ...fields, ...changes }, headers)
}

export interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token?: string
  readonly expires_in: number
}

/** A whole sign-in, up to the tokens. */
export async function login(world: World, visitor: Visitor, id: string, how: SignIn = {}): Promise<Tokens> {
  const back = returned(await visit(world, visitor, id, how))
  const code = back.get('code')
  if (!code) throw new Error(`no code: ${back.toString()}`)
  const { status, body } = await redeem(world, id, code)
  if (status !== 200) throw new Error(`no tokens: ${JSON.stringify(body)}`)
  return body as unknown as Tokens
}

export const userInfo = (world: World, token: string): Promise<Answer> =>
  call(world, '/userinfo', undefined, { authorization: `Bearer ${token}` })

export const claimsOf = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
