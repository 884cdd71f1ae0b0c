import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader, type JWK, SignJWT } from 'jose'
import type { Json } from '../../src/identity/json.ts'
import { enterParty } from '../support/enter-party.ts'
import { forgeries } from '../support/forgeries.ts'
import { FORM, type RawAnswer, type RawRequest, raw } from '../support/raw-request.ts'
import {
  basic,
  callback,
  claimsOf,
  redeem,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
} from '../support/service.ts'
import type { Visitor } from '../support/visitor.ts'

// Security bar §3 rows 20, 22 and 3: forged tokens at every place that takes one, and addresses that an agency has
// registered to make the service knock at somebody else's door.

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const CPU = 50

let at: TestService
let visitor: Visitor
let idToken: string
let accessToken: string
let ours: JWK
let canary: Canary
const agency = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const agencyJwk = (): Json => ({
  ...(agency.publicKey.export({ format: 'jwk' }) as Record<string, Json>),
  kid: 'prey-1',
})

interface Canary {
  readonly port: number
  connections(): number
  close(): Promise<unknown>
}

/** Counts TCP connections, on every address of this machine. */
async function openCanary(): Promise<Canary> {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '::', ipv6Only: false }, resolve))
  const { port } = server.address() as AddressInfo
  return { port, connections: () => connections, close: () => new Promise((resolve) => server.close(resolve)) }
}

beforeAll(async () => {
  canary = await openCanary()
  // The one private address that the operator allows: a ministry's own server.
  at = await startService({ settings: { PRATU_FETCH_ALLOW: '::1' } })
  await enterParty(at, 'prey', { jwks: { keys: [agencyJwk()] } })
  visitor = at.visitor()
  const asked = request(at.issuer, 'tax')
  const { code } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
  const tokens = await redeem(at.issuer, 'tax', code!, asked.verifier)
  idToken = tokens.id_token
  accessToken = tokens.access_token
  const { keys } = (await (await fetch(`${at.issuer}/jwks`)).json()) as { keys: JWK[] }
  ours = keys[0]!
})
afterAll(async () => {
  await at.close()
  await canary.close()
})

const query = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): RawRequest => ({
  method: 'POST',
  path,
  headers: { ...FORM, accept: 'application/json', ...headers },
  body: query(fields),
})

const ourForgeries = () => {
  const claims = claimsOf(idToken)
  return forgeries({
    header: { ...decodeProtectedHeader(idToken) },
    claims: { ...claims, sub: 'a-subject-that-nobody-has' },
    genuine: idToken,
    publicKey: createPublicKey({ key: ours, format: 'jwk' }),
    secret: SECRETS.tax,
    canary: `https://127.0.0.1:${canary.port}/jwks`,
  })
}

const now = () => Math.floor(at.clock.now() / 1000)
const assertionClaims = () => ({
  iss: 'prey',
  sub: 'prey',
  aud: at.issuer,
  jti: randomUUID(),
  iat: now(),
  exp: now() + 60,
})

const agencyForgeries = () =>
  forgeries({
    header: { alg: 'ES256', kid: 'prey-1' },
    claims: assertionClaims(),
    publicKey: agency.publicKey,
    secret: SECRETS.tax,
    canary: `https://127.0.0.1:${canary.port}/jwks`,
  })

/** The forgeries that were believed, or that cost more than they may. */
async function believed(
  list: Readonly<Record<string, string>>,
  make: (token: string) => RawRequest,
  believes: (answer: RawAnswer) => boolean,
): Promise<string[]> {
  expect(Object.keys(list).length).toBeGreaterThanOrEqual(60)
  const found: string[] = []
  for (const [what, token] of Object.entries(list)) {
    let least = Number.POSITIVE_INFINITY
    for (let again = 0; again < 4 && least > CPU; again++) {
      const before = process.cpuUsage()
      const answer = await raw(at.issuer, make(token))
      const { user, system } = process.cpuUsage(before)
      least = Math.min(least, (user + system) / 1000)
      if (believes(answer) || answer.status >= 500) found.push(`${what}: ${answer.status} ${answer.body.slice(0, 200)}`)
    }
    if (least > CPU) found.push(`${what}: ${least} ms of CPU`)
  }
  if (canary.connections() > 0) found.push('somebody knocked at the canary')
  return found
}

const cookies = (): string =>
  visitor
    .cookies()
    .filter(({ path }) => path === '/')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')

describe('a forged ID token (row 20)', () => {
  const BYE = 'http://localhost:9/tax/'

  test('at sign-out leads nobody anywhere', async () => {
    const make = (id_token_hint: string) => ({
      path: `/session/end?${query({ id_token_hint, post_logout_redirect_uri: BYE })}`,
      headers: { accept: 'text/html' },
    })
    const leads = ({ headers }: RawAnswer) => String(headers.location ?? '').startsWith(BYE)
    expect(leads(await raw(at.issuer, make(idToken)))).toBe(true)
    expect(await believed(ourForgeries(), make, leads)).toEqual([])
  })

  test('at sign-out by a form neither', async () => {
    const make = (id_token_hint: string) => post('/session/end', { id_token_hint, post_logout_redirect_uri: BYE })
    const leads = ({ headers }: RawAnswer) => String(headers.location ?? '').includes('post_logout_redirect_uri')
    expect(leads(await raw(at.issuer, make(idToken)))).toBe(true)
    expect(await believed(ourForgeries(), make, leads)).toEqual([])
  })

  test('as a hint in a request is as if it were not there: its subject is not believed', async () => {
    const fields = Object.fromEntries(new URL(request(at.issuer, 'tax', { prompt: 'none' }).url).searchParams)
    const make = (id_token_hint: string) => ({
      path: `/auth?${query({ ...fields, id_token_hint })}`,
      headers: { accept: 'text/html', cookie: cookies() },
    })
    const refused = ({ headers }: RawAnswer) => /[?&]error=/.test(String(headers.location))
    // A genuine hint of another person is answered with login_required: the forged ones say they are of one.
    const asked = request(at.issuer, 'tax')
    const other = callback(await signIn(at, at.visitor(), at.citizens[1]!, asked))
    const { id_token } = await redeem(at.issuer, 'tax', other.code!, asked.verifier)
    expect(refused(await raw(at.issuer, make(id_token)))).toBe(true)
    expect(await believed(ourForgeries(), make, refused)).toEqual([])
  })

  test('opens nothing as an access token', async () => {
    const userinfo = (token: string) => ({ path: '/userinfo', headers: { authorization: `Bearer ${token.trim()}` } })
    const opens = ({ status }: RawAnswer) => status === 200
    expect(opens(await raw(at.issuer, userinfo(accessToken)))).toBe(true)
    const plain = Object.fromEntries(Object.entries(ourForgeries()).filter(([, token]) => !/[^!-~ ]/.test(token)))
    expect(await believed(plain, userinfo, opens)).toEqual([])
  })

  test('is not active, and can not be revoked', async () => {
    const look = (token: string) => post('/token/introspection', { token }, basic('tax'))
    const active = ({ body }: RawAnswer) => body.includes('"active":true')
    expect(active(await raw(at.issuer, look(accessToken)))).toBe(true)
    expect(await believed(ourForgeries(), look, active)).toEqual([])
    expect(
      await believed(ourForgeries(), (token) => post('/token/revocation', { token }, basic('tax')), active),
    ).toEqual([])
    expect(active(await raw(at.issuer, look(accessToken)))).toBe(true)
  })
})

describe('a forged request object (row 20)', () => {
  const inner = () => ({
    ...Object.fromEntries(new URL(request(at.issuer, 'prey').url).searchParams),
    iss: 'prey',
    aud: at.issuer,
    redirect_uri: 'https://prey.example/callback',
  })
  const list = () =>
    forgeries({
      header: { alg: 'ES256', kid: 'prey-1', typ: 'oauth-authz-req+jwt' },
      claims: inner(),
      publicKey: agency.publicKey,
      secret: SECRETS.tax,
      canary: `https://127.0.0.1:${canary.port}/jwks`,
    })

  test('starts no sign-in, by GET or by POST', async () => {
    const fields = { client_id: 'prey', response_type: 'code', scope: 'openid', redirect_uri: inner().redirect_uri }
    const begins = ({ headers }: RawAnswer) =>
      [headers.location, headers['content-location']].some((to) => String(to ?? '').includes('/login/'))
    const get = (token: string) => ({ path: `/auth?${query({ ...fields, request: token })}` })
    expect(await believed(list(), get, begins)).toEqual([])
    const refused = ({ status, headers }: RawAnswer) => status === 303 && !String(headers.location).includes('/auth?')
    expect(await believed(list(), (token) => post('/auth', { ...fields, request: token }), refused)).toEqual([])
  })

  test('is not taken when pushed', async () => {
    const fields = { client_id: 'prey', client_assertion_type: TYPE }
    const tokens = await Promise.all(
      Object.entries(list()).map(async ([what, token]) => [what, token, await assertion()] as const),
    )
    const assertions = new Map(tokens.map(([, token, client_assertion]) => [token, client_assertion]))
    const pushed = ({ body }: RawAnswer) => body.includes('request_uri')
    const make = (token: string) =>
      post('/request', { ...fields, client_assertion: assertions.get(token)!, request: token })
    expect(await believed(Object.fromEntries(tokens), make, pushed)).toEqual([])
  })
})

const assertion = (claims: Record<string, unknown> = {}, key = agency.privateKey, kid = 'prey-1'): Promise<string> =>
  new SignJWT({ ...assertionClaims(), ...claims }).setProtectedHeader({ alg: 'ES256', kid }).sign(key)

describe('a forged client assertion (rows 3, 20)', () => {
  const doors = {
    '/token': { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://prey.example/callback' },
    '/request': { scope: 'openid' },
    '/token/introspection': { token: 'x' },
    '/token/revocation': { token: 'x' },
  }

  test.each(Object.entries(doors))('does not open %s', async (path, fields) => {
    const make = (client_assertion: string) =>
      post(path, { ...fields, client_id: 'prey', client_assertion_type: TYPE, client_assertion })
    const opens = ({ status, body }: RawAnswer) =>
      status !== 401 && !(status === 400 && body.includes('invalid_request'))
    const genuine = await raw(at.issuer, make(await assertion()))
    expect([genuine.status === 401, genuine.body.includes('invalid_client')]).toEqual([false, false])
    expect(await believed(agencyForgeries(), make, opens)).toEqual([])
  })

  test('that was genuine once is refused the second time, at another address too (CVE-2020-5300)', async () => {
    const client_assertion = await assertion()
    const fields = { client_id: 'prey', client_assertion_type: TYPE, client_assertion, token: 'x' }
    const first = await raw(at.issuer, post('/token/introspection', fields))
    const again = await raw(at.issuer, post('/token/revocation', fields))
    expect([first.status, again.status]).toEqual([200, 401])
  })

  test('of one agency does not speak for another', async () => {
    for (const claims of [
      { iss: 'tax', sub: 'tax' },
      { iss: 'prey', sub: 'tax' },
      { sub: 'prey', iss: 'tax' },
      { iss: ['prey'] },
    ])
      for (const client_id of ['tax', 'prey']) {
        const fields = { client_id, client_assertion_type: TYPE, client_assertion: await assertion(claims), token: 'x' }
        // 400 where the request contradicts itself.
        expect([400, 401]).toContain((await raw(at.issuer, post('/token/introspection', fields))).status)
      }
  })
})

describe('an address that an agency registers (row 22)', () => {
  const keysAt = async (id: string, jwks_uri: string) => {
    await enterParty(at, id, { jwks_uri })
    const began = performance.now()
    const client_assertion = await assertion({ iss: id, sub: id })
    const fields = { client_id: id, client_assertion_type: TYPE, client_assertion, token: 'x' }
    const { status } = await raw(at.issuer, post('/token/introspection', fields))
    return { status, took: performance.now() - began }
  }

  test('in our own network is never knocked at (CVE-2020-10770, CVE-2026-1180)', async () => {
    const addresses = [
      'https://127.0.0.1:PORT/jwks',
      'https://127.0.0.2:PORT/jwks',
      'https://localhost:PORT/jwks',
      'http://localhost:PORT/jwks',
      'http://127.0.0.1:PORT/jwks',
      'https://agency.localhost:PORT/jwks',
      'https://[::ffff:7f00:1]:PORT/jwks',
      'https://[::7f00:1]:PORT/jwks',
      'https://[64:ff9b::7f00:1]:PORT/jwks',
      'https://[2002:7f00:1::]:PORT/jwks',
      'https://0.0.0.0:PORT/jwks',
      'https://[::]:PORT/jwks',
      'https://169.254.169.254/latest/meta-data/',
      'https://[fe80::1]:PORT/jwks',
      'https://10.0.0.1:PORT/jwks',
      'https://192.168.0.1:PORT/jwks',
      'https://224.0.0.1:PORT/jwks',
    ]
    for (const [n, address] of addresses.entries()) {
      const { status, took } = await keysAt(`ssrf-${n}`, address.replace('PORT', String(canary.port)))
      expect([address, status]).toEqual([address, 401])
      expect(took).toBeLessThan(4_000)
    }
    expect(canary.connections()).toBe(0)
  })

  test('in a spelling that hides where it leads is not registered at all', async () => {
    const { port } = canary
    const hidden = [
      'https://2130706433',
      'https://0x7f.1',
      'https://017700000001',
      'https://１２７.０.０.１',
      'https://a@127.0.0.1',
    ]
    const others = [
      'file:///etc/passwd',
      'gopher://127.0.0.1',
      'http://10.0.0.1',
      'https://127.0.0.1#',
      'ftp://127.0.0.1',
    ]
    for (const address of [...hidden, ...others])
      await expect(enterParty(at, 'hidden', { jwks_uri: `${address}:${port}/jwks` })).rejects.toThrow(/jwks_uri/)
    for (const name of ['sector_identifier_uri', 'request_uris', 'backchannel_client_notification_endpoint'])
      await expect(enterParty(at, 'hidden', { [name]: `https://127.0.0.1:${port}/` })).rejects.toThrow(name)
    expect(canary.connections()).toBe(0)
  })

  test('may answer, where it is allowed, but not send us on (CVE-2026-4366)', async () => {
    let asked = 0
    const answers: Readonly<Record<string, (to: string) => [number, Record<string, string>, string]>> = {
      '/jwks': () => [200, { 'content-type': 'application/json' }, JSON.stringify({ keys: [agencyJwk()] })],
      '/301': (to) => [301, { location: to }, ''],
      '/307': (to) => [307, { location: to }, ''],
      '/refresh': (to) => [200, { refresh: `0; url=${to}`, 'content-type': 'application/json' }, '{}'],
      '/jku': (to) => [200, {}, JSON.stringify({ keys: [{ kty: 'EC', kid: 'prey-1', x5u: to, jku: to }] })],
    }
    const server: Server = createServer((incoming, outgoing) => {
      asked++
      const [status, headers, body] = answers[incoming.url ?? '']!(`http://127.0.0.1:${canary.port}/jwks`)
      outgoing.writeHead(status, headers).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
    const { port } = server.address() as AddressInfo
    for (const [n, path] of Object.keys(answers).entries()) {
      const { status } = await keysAt(`sends-on-${n}`, `http://[::1]:${port}${path}`)
      expect([path, status]).toEqual([path, path === '/jwks' ? 200 : 401])
    }
    expect(asked).toBeGreaterThanOrEqual(5)
    expect(canary.connections()).toBe(0)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('in a request is not fetched: a request_uri is one of ours or nothing (CVE-2020-10770)', async () => {
    const address = `http://127.0.0.1:${canary.port}/request.jwt`
    const fields = {
      client_id: 'tax',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'http://localhost:9/tax/callback',
    }
    for (const request_uri of [address, `${address}#x`, `urn:ietf:params:oauth:request_uri:${address}`]) {
      const answer = await raw(at.issuer, { path: `/auth?${query({ ...fields, request_uri })}` })
      const refused =
        answer.status === 400 || /^http:\/\/localhost:9\/tax\/callback\?error=/.test(String(answer.headers.location))
      expect([request_uri, refused]).toEqual([request_uri, true])
      expect((await raw(at.issuer, post('/request', { ...fields, request_uri }, basic('tax')))).status).toBe(400)
    }
    expect(canary.connections()).toBe(0)
  })
})
