import { createPublicKey, hash, type JsonWebKey, type KeyObject, randomBytes, verify } from 'node:crypto'
import { Pool } from 'undici'
import { codeAt } from '../../src/methods/totp/code.ts'
import { AGENCY, CALLBACK } from './agency.ts'
import type { Citizen } from './ground.ts'

// A browser and an agency in one, as cheap as they can be made, for the load is not what is measured. What an agency must
// check is checked: state, issuer, the ID token's signature, audience and nonce, and that UserInfo speaks of the same person.

const STEP = 30_000

export interface Target {
  readonly name: 'pratu' | 'peer'
  readonly url: string
  /** As the issuer names it. */
  readonly host: string
  readonly secret: string
  readonly keys: ReadonlyMap<string, KeyObject>
  /** The next node's connections. */
  pool(): Pool
  close(): Promise<void>
}

interface Opening extends Pick<Target, 'name' | 'url' | 'secret'> {
  /** Where its nodes listen, if there are several. */
  readonly addresses?: readonly string[]
  /** Absent: as many connections as there are people at once. */
  readonly concurrency?: number | undefined
}

export async function openTarget({ name, url, secret, addresses = [url], concurrency }: Opening): Promise<Target> {
  const pools = addresses.map((address) => new Pool(address, { connections: concurrency ?? null, pipelining: 1 }))
  let at = 0
  const response = await fetch(`${url}/jwks`)
  const { keys } = (await response.json()) as { keys: ({ kid: string } & JsonWebKey)[] }
  return {
    name,
    url,
    host: new URL(url).host,
    secret,
    // Options on the key itself: beside it they cost two errors for each signature (docs/performance.md).
    keys: new Map(keys.map((key) => [key.kid, Object.assign(createPublicKey({ key, format: 'jwk' }), P1363)])),
    pool: () => pools[at++ % pools.length]!,
    close: () => Promise.all(pools.map((pool) => pool.close())).then(() => undefined),
  }
}

export interface Answer {
  readonly status: number
  readonly location: string
  readonly text: string
  /** Seconds after which to come again; 0: nothing said. */
  readonly retryAfter: number
}

/** One browser: its cookies, and the address that its balancer says it comes from. */
export interface Browser {
  readonly target: Target
  readonly cookies: Map<string, { readonly value: string; readonly path: string }>
  readonly address: string
}

const P1363 = { dsaEncoding: 'ieee-p1363' } as const

let addresses = 0
export function openBrowser(target: Target): Browser {
  addresses += 1
  const address = `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
  return { target, cookies: new Map(), address }
}

async function ask(browser: Browser, method: 'GET' | 'POST', path: string, body?: string): Promise<Answer> {
  let cookie = ''
  for (const [name, kept] of browser.cookies)
    if (path === kept.path || path.startsWith(kept.path.endsWith('/') ? kept.path : `${kept.path}/`))
      cookie += `${cookie && '; '}${name}=${kept.value}`
  const {
    statusCode,
    headers,
    body: answer,
  } = await browser.target.pool().request({
    method,
    path,
    headers: {
      host: browser.target.host,
      accept: 'text/html',
      'accept-language': 'en',
      'x-forwarded-for': browser.address,
      ...(cookie && { cookie }),
      ...(body !== undefined && {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      }),
    },
    ...(body !== undefined && { body }),
  })
  const lines = headers['set-cookie'] ?? []
  for (const line of typeof lines === 'string' ? [lines] : lines) remember(browser, line)
  return {
    status: statusCode,
    location: String(headers.location ?? ''),
    text: await answer.text(),
    retryAfter: Number(headers['retry-after'] ?? 0),
  }
}

function remember({ cookies }: Browser, line: string): void {
  const end = line.indexOf(';')
  const pair = end < 0 ? line : line.slice(0, end)
  const equals = pair.indexOf('=')
  const value = pair.slice(equals + 1)
  const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? '/'
  if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(pair.slice(0, equals))
  else cookies.set(pair.slice(0, equals), { value, path })
}

/** One request with the browser's cookies; a form when there is a body. Follows nothing. */
export const fetchPage = (browser: Browser, path: string, form?: string): Promise<Answer> =>
  ask(browser, form === undefined ? 'GET' : 'POST', path, form)

export interface Asked {
  readonly path: string
  readonly verifier: string
  readonly state: string
  readonly nonce: string
  readonly client: string
}

export function request(client: string = AGENCY): Asked {
  const chance = randomBytes(64)
  const [verifier, state, nonce] = [chance.subarray(0, 32), chance.subarray(32, 48), chance.subarray(48)].map((part) =>
    part.toString('base64url'),
  ) as [string, string, string]
  const query = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
  })
  return { path: `/auth?${query.toString()}`, verifier, state, nonce, client }
}

/** The node lets nobody new in at present: 503 with a word of when to come back. */
export class TurnedAway extends Error {}

/** From the first page of a sign-in to the agency's address. */
export type Prove = (browser: Browser, page: Answer, citizen: Citizen) => Promise<Answer>

/** From the agency's request to its code; through the pages where a session doesn't spare them. */
export async function authorize(
  browser: Browser,
  asked: Asked,
  citizen?: Citizen,
  prove: Prove = byCode,
): Promise<string> {
  const { url, name } = browser.target
  let answer = await ask(browser, 'GET', asked.path)
  if (answer.status === 503 && answer.retryAfter > 0) throw new TurnedAway(`${name} is too busy`)
  if (!answer.location.startsWith(CALLBACK)) {
    if (!citizen) throw new Error(`no single sign-on: ${answer.status} ${answer.text.slice(0, 500)}`)
    while (answer.status === 303) answer = await ask(browser, 'GET', pathOf(answer.location, url))
    answer = await prove(browser, answer, citizen)
  }
  if (answer.status !== 303) throw new Error(`${name} answered ${answer.status}: ${answer.text.slice(0, 3000)}`)
  const back = new URL(answer.location).searchParams
  const code = back.get('code')
  must(code !== null, `a code (${answer.location})`)
  must(back.get('state') === asked.state, 'state')
  must(back.get('iss') === url, 'issuer')
  return code ?? ''
}

export const byCode: Prove = async (browser, page, citizen) =>
  send(browser, page, `scheme=TH&person_code=${citizen.code}&code=${await oneTimeCode(citizen)}`)

/** Sends the page's form, and follows to the next page or to the agency. */
export async function send(browser: Browser, page: Answer, form: string): Promise<Answer> {
  const { url, name } = browser.target
  const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1]
  if (page.status !== 200 || action === undefined)
    throw new Error(`${name} has no form: ${page.status} ${page.text.slice(0, 2000)}`)
  let answer = await ask(browser, 'POST', pathOf(action, url), form)
  while (answer.status === 303 && !answer.location.startsWith(CALLBACK))
    answer = await ask(browser, 'GET', pathOf(answer.location, url))
  return answer
}

const pathOf = (location: string, url: string): string =>
  location.startsWith(url) ? location.slice(url.length) : location

/** Each person's code of now, once; a person who comes round again too soon waits for the next. */
async function oneTimeCode(citizen: Citizen): Promise<string> {
  const early = (citizen.lastStep + 1) * STEP - Date.now()
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early + 20))
  const now = Date.now()
  citizen.lastStep = Math.floor(now / STEP)
  return codeAt(citizen.secret, now).code
}

export interface Tokens {
  readonly access_token: string
  readonly id_token?: string
  readonly refresh_token?: string
  readonly sub: string
}

export interface Ask {
  readonly client?: string
  readonly nonce?: string
}

export async function tokens(
  { target }: Browser,
  fields: Readonly<Record<string, string>>,
  { client = AGENCY, nonce }: Ask = {},
): Promise<Tokens> {
  const { statusCode, body } = await target.pool().request({
    method: 'POST',
    path: '/token',
    headers: {
      host: target.host,
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${client}:${target.secret}`).toString('base64')}`,
    },
    body: new URLSearchParams(fields).toString(),
  })
  const text = await body.text()
  must(statusCode === 200, `tokens: ${text.slice(0, 1000)}`)
  const answer = JSON.parse(text) as Tokens
  return { ...answer, sub: subjectOf(target, answer.id_token ?? '', client, nonce) }
}

export const redeem = (browser: Browser, code: string, asked: Asked): Promise<Tokens> =>
  tokens(
    browser,
    { grant_type: 'authorization_code', code, code_verifier: asked.verifier, redirect_uri: CALLBACK },
    asked,
  )

function subjectOf({ keys, url }: Target, token: string, client: string, nonce: string | undefined): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { kid, alg } = decoded(header)
  const key = keys.get(String(kid))
  must(key !== undefined && alg === 'ES256', 'the key of the ID token')
  const signed = verify('sha256', Buffer.from(`${header}.${payload}`), key!, Buffer.from(signature, 'base64url'))
  must(signed, 'the signature of the ID token')
  const claims = decoded(payload)
  must(claims.iss === url && claims.aud === client, 'issuer and audience of the ID token')
  must(nonce === undefined || claims.nonce === nonce, 'the nonce of the ID token')
  must(typeof claims.sub === 'string' && Number(claims.exp) > Date.now() / 1000, 'subject and end of the ID token')
  return String(claims.sub)
}

const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

export async function userInfo({ target }: Browser, { access_token: token, sub }: Tokens): Promise<void> {
  const { statusCode, body } = await target.pool().request({
    method: 'GET',
    path: '/userinfo',
    headers: { host: target.host, authorization: `Bearer ${token}` },
  })
  const claims = JSON.parse(await body.text()) as Record<string, unknown>
  must(statusCode === 200 && claims.sub === sub && typeof claims.name === 'string', 'UserInfo')
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this sign-in is not right: ${what}`)
}
