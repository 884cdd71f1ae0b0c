import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { peopleRoutes } from '../../src/demo/people-routes.ts'
import { bytes, FORM, kept, type RawAnswer, type RawRequest, raw } from '../support/raw-request.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { basic, request, startService, type TestService } from '../support/service.ts'
import type { Visitor } from '../support/visitor.ts'

// What no honest client sends, to every address of the house: an answer of the 4xx kind (or the error that OAuth has for
// it) within a second, nothing written, nothing of it in the log. Security bar §3 rows 21, 29, 30, 31.

/** Letters, so that the log's blotting of digits can't hide it. */
const CANARY = 'Qanarywordthatnobodylogs'

let redis: TestRedis
let at: TestService
/** A sign-in that somebody has begun, with its cookies: bad fields must not end or change it. */
let begun: { path: string; cookies: ReturnType<Visitor['cookies']> }
beforeAll(async () => {
  redis = await testRedis()
  const world = { currentCodes: async () => ({ people: [], until: at.clock.now() }) }
  at = await startService({
    redisUrl: redis.url,
    settings: { PRATU_LOG_LEVEL: 'debug' },
    extra: ({ frame }) => ({
      routes: peopleRoutes({ world, clock: { now: () => at.clock.now() }, agencies: [], phoneAt: () => '', frame }),
    }),
  })
  const visitor = at.visitor()
  const page = await visitor.open(request(at.issuer, 'tax').url)
  begun = { path: new URL(page.url).pathname, cookies: visitor.cookies() }
})
afterAll(async () => {
  await at.close()
  await redis.close()
})

const GETS = [
  '/',
  '/privacy',
  '/activate',
  '/LOGIN',
  '/LOGIN/totp',
  '/auth',
  '/auth/somebodys-resume-address',
  '/userinfo',
  '/jwks',
  '/.well-known/openid-configuration',
  '/session/end',
  '/session/end/success',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/assets/pratu.css',
  '/demo/citizens.json',
  '/nothing/here',
]
const POSTS = [
  '/activate',
  '/LOGIN',
  '/LOGIN/totp',
  '/LOGIN/consent',
  '/auth',
  '/request',
  '/token',
  '/userinfo',
  '/token/introspection',
  '/token/revocation',
  '/session/end',
  '/session/end/confirm',
]

/** Malformed whatever it means: refused everywhere. */
const BROKEN_QUERIES: Readonly<Record<string, string>> = {
  'a bare percent sign': `a=%&b=${CANARY}`,
  'half an escape': `state=%4&b=${CANARY}`,
  'no hexadecimal': `state=%zz&b=${CANARY}`,
  'a NUL in a value': `state=a%00${CANARY}`,
  'a NUL in a name': `st%00ate=${CANARY}`,
  'bytes that are no UTF-8': `state=%ff%fe${CANARY}`,
  'an overlong slash': `state=%c0%af${CANARY}`,
  'half a surrogate pair': `state=%ed%a0%80${CANARY}`,
  'a value of 3 KiB': `state=${CANARY.padEnd(3_000, 'x')}`,
  'an address of 9 KiB': `${'a=b&'.repeat(2_250)}c=${CANARY}`,
  'a name of 4 KiB': `${CANARY.padEnd(4_000, 'x')}=1`,
  '1,500 parameters': `${Array.from({ length: 1_500 }, (_, n) => `p${n}`).join('&')}&c=${CANARY}`,
}

/** Twice the same name, in several spellings. */
const DOUBLED: Readonly<Record<string, string>> = {
  'a doubled client': `client_id=tax&client_id=social&state=${CANARY}`,
  'a doubled language': `ui_locales=en&ui_locales=${CANARY}`,
  'a doubled name, once escaped': `scope=openid&sc%6fpe=${CANARY}`,
  'a doubled empty value': `prompt=&prompt=&state=${CANARY}`,
}

/** Well-formed and hostile: refused, or as if it were not there; never shown as it came, never a fault. */
const HOSTILE: Readonly<Record<string, string>> = {
  'a script': `ui_locales=${encodeURIComponent(`"><script>${CANARY}()</script>`)}`,
  'a prototype': `__proto__=${CANARY}&constructor=x&toString=y&hasOwnProperty=z`,
  'a list in brackets': `client_id[]=tax&client_id[0]=${CANARY}&client_id.x=1`,
  'a line break and a header': `state=${encodeURIComponent(`a\r\nSet-Cookie: x=${CANARY}`)}`,
  'an SQL statement': `person_code=${encodeURIComponent(`' or 1=1; drop table person; -- ${CANARY}`)}`,
  'a path': `redirect_uri=${encodeURIComponent(`../../../../etc/passwd?${CANARY}`)}`,
  'letters that turn the writing round': `login_hint=${encodeURIComponent(`\u202e${CANARY}\u2066\ufeff`)}`,
  'claims nested a thousand deep': `claims=${'['.repeat(900)}${CANARY}`,
  'claims that are no object': `claims=${encodeURIComponent(`"${CANARY}"`)}`,
  'a request object': `request=${CANARY}.${CANARY}.${CANARY}`,
  'a request to be fetched': `request_uri=${encodeURIComponent(`https://evil.example/${CANARY}`)}`,
  'a number past all numbers': `max_age=${'9'.repeat(400)}&state=${CANARY}`,
}

function send(given: RawRequest): Promise<RawAnswer> {
  const path = given.path.replace('/LOGIN', begun.path)
  const cookie = begun.cookies
    .filter((each) => each.path === '/' || path.startsWith(each.path))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  return raw(at.issuer, { ...given, path, headers: { accept: 'text/html', cookie, ...given.headers } })
}

/** A form of the protocol's becomes a redirect to the same address: what counts is what becomes of that. */
async function follow(given: RawRequest): Promise<RawAnswer> {
  const answer = await send(given)
  const on = String(answer.headers.location ?? '')
  return answer.status === 303 && on.startsWith(at.issuer) ? send({ path: on.slice(at.issuer.length) }) : answer
}

const isOAuthError = ({ status, headers }: RawAnswer): boolean =>
  status === 303 && /[?&]error=[a-z_]+(&|$)/.test(String(headers.location))
const refused = (answer: RawAnswer): boolean => (answer.status >= 400 && answer.status < 500) || isOAuthError(answer)

/** Each case's own complaint, so that one run names them all. */
async function complaints(
  cases: Readonly<Record<string, RawRequest>>,
  judge: (answer: RawAnswer, what: string) => string | undefined,
): Promise<string[]> {
  const found: string[] = []
  const before = await kept(at, redis)
  const logged = at.log().length
  for (const [what, given] of Object.entries(cases)) {
    let answer = await follow(given)
    // Others share the machine: what is slow by itself is slow every time.
    for (let again = 0; again < 3 && answer.took > 1_000; again++) answer = await follow(given)
    const said = judge(answer, what)
    if (said !== undefined) found.push(`${what}: ${said}`)
    if (answer.took > 1_000) found.push(`${what}: took ${answer.took} ms`)
  }
  if (at.log().slice(logged).includes(CANARY)) found.push('it stands in the log')
  for (const [name, count] of Object.entries(await kept(at, redis)))
    if (count !== (before[name] ?? 0)) found.push(`${name}: ${count - (before[name] ?? 0)} written`)
  return found
}

const mustRefuse = (answer: RawAnswer): string | undefined =>
  refused(answer) ? undefined : `status ${answer.status} ${String(answer.headers.location ?? '')}`

describe.each(GETS)('GET %s', (path) => {
  const queries = (list: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(list).map(([what, query]) => [what, { path: `${path}?${query}` }]))

  test('refuses what is malformed, oversized or doubled (rows 21, 31)', async () => {
    expect(await complaints(queries({ ...BROKEN_QUERIES, ...DOUBLED }), mustRefuse)).toEqual([])
  })

  test('takes hostile values for refused or absent, and never says them back as markup (rows 21, 42)', async () => {
    const plain = (await follow({ path })).status
    const judge = (answer: RawAnswer) => {
      if (!refused(answer) && answer.status !== plain) return `status ${answer.status}, without it ${plain}`
      if (answer.body.includes(`<script>${CANARY}`)) return 'said back as markup'
      if (String(answer.headers['set-cookie']).includes(CANARY)) return 'got into a cookie'
      return undefined
    }
    expect(await complaints(queries(HOSTILE), judge)).toEqual([])
  })

  test('knows no other method (row 21)', async () => {
    const cases = Object.fromEntries(
      ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'].map((method) => [
        method,
        { method, path, headers: { 'x-canary': CANARY } },
      ]),
    )
    expect(await complaints(cases, mustRefuse)).toEqual([])
  })

  test("serves no other host than the issuer's, whoever says otherwise (row 29)", async () => {
    if (path.startsWith('/health') || path === '/metrics') return
    const cases = Object.fromEntries(
      ['evil.example', `${new URL(at.issuer).host}.evil.example`, `${CANARY}@localhost`, ''].map((host) => [
        `Host ${host}`,
        { path, headers: { host } },
      ]),
    )
    expect(await complaints(cases, mustRefuse)).toEqual([])
  })
})

/** Forms as an honest client would begin them, per address; the bad field goes beside. */
const honest = (path: string): string => {
  if (path === '/activate') return 'scheme=TH&person_code=1999900001010'
  if (path === '/LOGIN/totp') return 'scheme=TH&person_code=1999900001010'
  if (path === '/LOGIN/consent') return 'consent=maybe'
  if (path === '/token') return 'grant_type=authorization_code'
  if (path === '/session/end/confirm') return 'xsrf=guessed'
  return 'client_id=tax'
}

const BODIES: Readonly<Record<string, (form: string) => Omit<RawRequest, 'path'>>> = {
  JSON: (form) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...Object.fromEntries(new URLSearchParams(form)), code: CANARY }),
  }),
  'JSON that says it is a form': () => ({ headers: FORM, body: `{"code":"${CANARY}","client_id":"tax"}` }),
  'plain text': (form) => ({ headers: { 'content-type': 'text/plain' }, body: `${form}&code=${CANARY}` }),
  'parts with boundaries': () => ({
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: `--x\r\nContent-Disposition: form-data; name="code"\r\n\r\n${CANARY}\r\n--x--\r\n`,
  }),
  'no type at all': (form) => ({ body: `${form}&code=${CANARY}` }),
  'two types': (form) => ({
    headers: { 'content-type': 'application/json, application/x-www-form-urlencoded' },
    body: `${form}&code=${CANARY}`,
  }),
  'another alphabet by name': (form) => ({
    headers: { 'content-type': `${FORM['content-type']}; charset=utf-7` },
    body: `${form}&code=%2BADw-${CANARY}`,
  }),
  'another alphabet in truth': (form) => ({
    headers: { 'content-type': `${FORM['content-type']}; charset=utf-16le` },
    body: Buffer.from(`${form}&code=${CANARY}`, 'utf16le'),
  }),
  'an alphabet of the mainframe': (form) => ({
    headers: { 'content-type': `${FORM['content-type']}; charset=ibm037` },
    body: `${form}&code=${CANARY}`,
  }),
  'a zipped bomb': () => ({
    headers: { ...FORM, 'content-encoding': 'gzip' },
    body: gzipSync(`code=${CANARY}${'0'.repeat(5_000_000)}`),
  }),
  'a doubled field': (form) => ({ headers: FORM, body: `${form}&${form}&code=${CANARY}` }),
  'a doubled field, once escaped': (form) => ({
    headers: FORM,
    body: `${form}&%${form.charCodeAt(0).toString(16)}${form.slice(1)}&code=${CANARY}`,
  }),
  'a field in brackets': (form) => ({ headers: FORM, body: `${form}&code[]=1&code[a]=${CANARY}` }),
  'a prototype': (form) => ({ headers: FORM, body: `${form}&__proto__=${CANARY}&constructor=x&toString=y` }),
  'a NUL': (form) => ({ headers: FORM, body: `${form}&code=%00${CANARY}` }),
  'bytes that are no UTF-8': (form) => ({ headers: FORM, body: `${form}&code=%ff%c0%af${CANARY}` }),
  'a bare percent sign': (form) => ({ headers: FORM, body: `${form}&code=%&x=${CANARY}` }),
  'raw bytes': (form) => ({ headers: FORM, body: Buffer.from(`${form}&code=\u00ff\u0001${CANARY}`, 'latin1') }),
  '57 KiB': (form) => ({ headers: FORM, body: `${form}&code=${CANARY.padEnd(57 * 1024, 'x')}` }),
  '1 MiB': (form) => ({ headers: FORM, body: `${form}&code=${CANARY.padEnd(1024 * 1024, 'x')}` }),
  '1 MiB that says it is nothing': (form) => ({
    headers: { ...FORM, 'transfer-encoding': 'chunked' },
    body: `${form}&code=${CANARY.padEnd(1024 * 1024, 'x')}`,
  }),
  '100,000 fields': (form) => ({
    headers: FORM,
    body: `${form}&${Array.from({ length: 100_000 }, (_, n) => `f${n}=`).join('&')}&code=${CANARY}`,
  }),
  'a script': (form) => ({
    headers: FORM,
    body: `${form}&code=${encodeURIComponent(`<script>${CANARY}()</script>`)}`,
  }),
  nothing: () => ({ headers: FORM, body: '' }),
}

describe.each(POSTS)('POST %s', (path) => {
  test('refuses every body that no form of ours has (rows 21, 31)', async () => {
    const cases = Object.fromEntries(
      Object.entries(BODIES).map(([what, make]) => {
        const { headers, body } = make(honest(path))
        return [what, { method: 'POST', path, headers: { ...headers }, ...(body === undefined ? {} : { body }) }]
      }),
    )
    // Whoever signs nobody out needs no field, and what isn't asked for is not looked at.
    const fine = ['JSON that says it is a form', 'a field in brackets', 'a prototype', 'a script', 'nothing']
    const judge = (answer: RawAnswer, what: string) => {
      if (answer.body.includes(`<script>${CANARY}`)) return 'said back as markup'
      const out = answer.headers.location === `${at.issuer}/session/end/success`
      return path === '/session/end' && fine.includes(what) && out ? undefined : mustRefuse(answer)
    }
    expect(await complaints(cases, judge)).toEqual([])
  })

  test('looks at its address as GET does (rows 21, 31)', async () => {
    const cases = Object.fromEntries(
      Object.entries(BROKEN_QUERIES).map(([what, query]) => [
        what,
        { method: 'POST', path: `${path}?${query}`, headers: FORM, body: honest(path) },
      ]),
    )
    expect(await complaints(cases, mustRefuse)).toEqual([])
  })
})

test('an agency that has proved itself and then sends nonsense gets an OAuth error and one line in the audit (row 21)', async () => {
  const { length: count } = Object.keys(BODIES)
  const before = await kept(at, redis)
  for (const [what, make] of Object.entries(BODIES)) {
    const { headers, body } = make('grant_type=authorization_code&code_verifier=x')
    const answer = await send({
      method: 'POST',
      path: '/token',
      headers: { ...headers, ...basic('tax'), accept: 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    expect([what, answer.status]).toEqual([what, 400])
    expect(JSON.parse(answer.body)).toMatchObject({ error: expect.stringMatching(/^(invalid|unsupported)_/) })
    expect(answer.took).toBeLessThan(1_000)
  }
  const after = await kept(at, redis)
  expect(after.audit_event! - before.audit_event!).toBeLessThanOrEqual(count)
  expect({ ...after, audit_event: 0 }).toEqual({ ...before, audit_event: 0 })
  expect(at.log()).not.toContain(CANARY)
})

test('a path that means more than it says is no address of ours (rows 17, 29)', async () => {
  const paths = [
    '//evil.example/',
    '/\\evil.example/',
    '/%2f%2fevil.example/',
    '/login/%2e%2e/metrics',
    '/login/../metrics/',
    '/login/a%00b',
    '/login/%ff',
    '/AUTH',
    '/auth/',
    '/token/',
    '/;/auth',
    '/auth;x=1',
    '/.well-known/openid-configuration/',
    '/.well-known/openid-configuration/..%2f..%2fkeys',
    '/assets/..%2f..%2fkeys%2fmaster.key',
    '/assets/../../keys/master.key',
    `/login/${'a'.repeat(65)}`,
    '/interaction/abc',
    '/reg',
    '/device',
    '/backchannel',
  ]
  const cases = Object.fromEntries(paths.map((path) => [path, { path }]))
  const judge = (answer: RawAnswer) => (answer.headers.location ? 'leads somewhere' : mustRefuse(answer))
  expect(await complaints(cases, judge)).toEqual([])
})

test('a request that is no HTTP is answered with 400 or cut off, and the next one is served (rows 28, 31)', async () => {
  const { host } = new URL(at.issuer)
  const form = FORM['content-type']
  const lines = [
    'GET / HTTP/9.9\r\n\r\n',
    `${CANARY}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\n\r\n`,
    `GET /\u0000 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    `GET http://evil.example/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: ${host}\r\n${'A: b\r\n'.repeat(3_000)}\r\n`,
    `POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${form}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    `POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${form}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\na=bc`,
    `POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${form}\r\nContent-Length: -1\r\n\r\na=b`,
    `POST /token HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `POST /token HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    `POST /token HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    `GET / HTTP/1.1\r\n\r\n`,
  ]
  const before = await kept(at, redis)
  for (const line of lines) {
    const answer = await bytes(at.issuer, line)
    expect([
      line.slice(0, 60),
      /^$|^HTTP\/1\.1 4\d\d /.test(answer),
      answer.match(/HTTP\/1\.1 /g)?.length ?? 0,
    ]).toEqual([line.slice(0, 60), true, answer === '' ? 0 : 1])
  }
  expect(await bytes(at.issuer, `GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 200 /,
  )
  expect(await kept(at, redis)).toEqual(before)
  expect(at.log()).not.toContain(CANARY)
})

test('after all of it the sign-in that was begun before goes on', async () => {
  const page = await send({ path: begun.path })
  expect([page.status, /PRT-\d{4}/.exec(page.body)?.[0]]).toEqual([200, undefined])
})
