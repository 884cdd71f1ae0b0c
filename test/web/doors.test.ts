import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Problem } from '../../src/identity/trouble.ts'
import { ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { errorBoundary, type Trouble, troubleOf } from '../../src/web/errors.ts'
import { parseForm, readForm } from '../../src/web/form.ts'
import { onlyIssuer, openBuckets, ownForms, plainRequest } from '../../src/web/limits.ts'
import { type Handler, openRouter } from '../../src/web/router.ts'
import { openSource } from '../../src/web/source.ts'
import { answer, serve } from '../support/web.ts'

type Served = Awaited<ReturnType<typeof serve>>
const reports: Trouble[] = []
const boundary = errorBoundary({
  render: (ctx, trouble) => {
    ctx.type = 'html'
    ctx.body = trouble.code
  },
  report: (_ctx, trouble) => reports.push(trouble),
})

function raw(
  port: number,
  path: string,
  headers: Record<string, string>,
  body?: string,
  method = body === undefined ? 'GET' : 'POST',
) {
  return new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const out = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: response.headers,
        }),
      )
    })
    out.on('error', reject)
    out.end(body)
  })
}

describe("only the issuer's host is served", () => {
  let at: Served
  beforeAll(async () => {
    at = await serve(
      boundary,
      onlyIssuer('https://id.example'),
      answer(() => 'in'),
    )
  })
  afterAll(() => at.close())

  test('the issuer itself', async () =>
    expect(await raw(at.port, '/', { host: 'id.example' })).toMatchObject({ status: 200 }))
  test.each(['evil.example', 'id.example:443', 'id.example.evil', 'ID.EXAMPLE@evil', ''])('not %p', async (host) => {
    expect(await raw(at.port, '/', { host, accept: 'text/html' })).toMatchObject({ status: 421, body: 'PRT-1006' })
  })
  test('health is asked for by address', async () =>
    expect(await raw(at.port, '/health/live', { host: '10.0.0.1' })).toMatchObject({ status: 200 }))
  test.each(['http://evil.example/', '//evil.example/'])('a request line naming %p is refused', async (path) => {
    expect((await raw(at.port, path, { host: 'id.example' })).status).toBe(400)
  })
})

describe('plain requests', () => {
  let at: Served
  beforeAll(async () => {
    at = await serve(
      boundary,
      plainRequest,
      answer(() => 'in'),
    )
  })
  afterAll(() => at.close())

  test('an address of 9 KiB is refused', async () =>
    expect((await raw(at.port, `/?a=${'a'.repeat(9_000)}`, {})).status).toBe(413))
  test('a state of 3 KiB is refused, one of 384 characters is not', async () => {
    expect((await raw(at.port, `/?state=${'a'.repeat(3_000)}`, {})).status).toBe(413)
    expect((await raw(at.port, `/?state=${'a'.repeat(384)}`, {})).status).toBe(200)
  })
  test.each(['/?a=%00', '/?a=%zz', '/?%00=1'])('%s is refused', async (path) =>
    expect((await raw(at.port, path, {})).status).toBe(400),
  )
})

describe('forms', () => {
  let at: Served
  beforeAll(async () => {
    at = await serve(
      boundary,
      async (ctx, next) => {
        ownForms('https://id.example')(ctx)
        await next()
      },
      answer((ctx) => readForm(ctx)),
    )
  })
  afterAll(() => at.close())
  const form = (body: string, headers: Record<string, string> = {}) =>
    raw(
      at.port,
      '/',
      {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      },
      body,
    )

  test('fields come as typed, Thai and spaces included', async () => {
    expect(JSON.parse((await form('person_code=1+1020+03456&name=%E0%B8%81')).body)).toEqual({
      person_code: '1 1020 03456',
      name: 'ก',
    })
  })
  test.each([
    ['a doubled field', 'code=1&code=2'],
    ['broken UTF-8', 'code=%ff'],
    ['NUL', 'code=%00'],
    ['raw bytes', 'code=\u00e9'],
    ['a bare percent sign', 'code=%'],
    ['a value of 1,001 characters', `code=${'1'.repeat(1_001)}`],
    ['21 fields', Array.from({ length: 21 }, (_, n) => `f${n}=`).join('&')],
  ])('%s is refused', async (_what, body) => expect((await form(body)).status).toBe(400))
  test('a prototype is not a field', () => expect(Object.getPrototypeOf(parseForm('__proto__=x'))).toBeNull())
  test('9 KiB are refused, declared or not', async () => {
    expect((await form('a='.padEnd(9_000, 'x'))).status).toBe(413)
    const chunked = await raw(
      at.port,
      '/',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'a='.padEnd(9_000, 'x'),
    )
    expect(chunked.status).toBe(413)
  })
  test('another content type is refused', async () =>
    expect((await form('{}', { 'content-type': 'application/json' })).status).toBe(400))
  test("a form from another site is refused, ours and a program's are not", async () => {
    expect((await form('a=1', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await form('a=1', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await form('a=1', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await form('a=1', { origin: 'null', 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await form('a=1')).status).toBe(200)
  })
})

describe('the boundary', () => {
  test.each([
    [new Problem('PRT-1203', { values: { seconds: 30 } }), 'PRT-1203'],
    [new ArtifactsUnavailable('gone'), 'PRT-5002'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'PRT-5001'],
    [Object.assign(new Error('x'), { code: '57P01' }), 'PRT-5001'],
    [new Error('Query read timeout'), 'PRT-5001'],
    [Object.assign(new Error('too large'), { status: 413, expose: true }), 'PRT-1007'],
    [Object.assign(new Error('x'), { status: 400, expose: true }), 'PRT-1004'],
    [Object.assign(new Error('unique violation'), { code: '23505' }), 'PRT-5004'],
    ['a string', 'PRT-5004'],
    [undefined, 'PRT-5004'],
  ])('%p is %s', (error, code) => expect(troubleOf(error).code).toBe(code))

  test('a 503 says when to come back, touches no cookie and is reported', async () => {
    reports.length = 0
    const at = await serve(boundary, (ctx) => {
      ctx.cookies.set('sid', null)
      throw new ArtifactsUnavailable('gone')
    })
    const page = await raw(at.port, '/', { accept: 'text/html' })
    expect(page).toMatchObject({ status: 503, body: 'PRT-5002' })
    expect(page.headers['retry-after']).toBe('5')
    expect(page.headers['set-cookie']).toBeUndefined()
    const program = await raw(at.port, '/', {})
    expect(JSON.parse(program.body)).toMatchObject({ error: 'temporarily_unavailable', code: 'PRT-5002' })
    expect(reports).toHaveLength(2)
    await at.close()
  })
})

describe('where a request comes from', () => {
  async function seen(trusted: string[], forwarded: string) {
    const source = openSource(trusted)
    const at = await serve(answer((ctx) => source(ctx)))
    const { body } = await raw(at.port, '/', forwarded ? { 'x-forwarded-for': forwarded } : {})
    await at.close()
    return body
  }
  test("a stranger's header changes nothing", async () => expect(await seen([], '6.6.6.6')).toBe('127.0.0.1'))
  test("a named proxy's last word counts, not what stood before it", async () => {
    expect(await seen(['127.0.0.0/8'], '6.6.6.6, 203.0.113.7')).toBe('203.0.113.7')
    expect(await seen(['127.0.0.1', '10.0.0.0/8'], '6.6.6.6, 203.0.113.7, 10.1.2.3')).toBe('203.0.113.7')
  })
  test('nonsense behind a proxy falls back to the proxy', async () =>
    expect(await seen(['127.0.0.1'], '6.6.6.6, <script>')).toBe('127.0.0.1'))
})

describe('buckets', () => {
  test('a source has its burst, then its rate; others are not touched', () => {
    const clock = { time: 0, now: () => clock.time }
    const buckets = openBuckets({ perMinute: 60, clock })
    expect(buckets.take('a')).toBeCloseTo(119 / 120)
    for (let n = 1; n < 120; n++) buckets.take('a')
    expect(() => buckets.take('a')).toThrow(/PRT-1005/)
    buckets.take('b')
    clock.time += 1_000
    buckets.take('a')
    expect(() => buckets.take('a')).toThrow(/PRT-1005/)
  })
  test('a flood of sources stays bounded', () => {
    const buckets = openBuckets({ perMinute: 1, clock: { now: () => 0 }, most: 3 })
    for (let n = 0; n < 1_000; n++) buckets.take(`source-${n}`)
    for (const early of ['source-0', 'source-0']) buckets.take(early)
    expect(() => buckets.take('source-0')).toThrow(/PRT-1005/)
  })
})

function says(words: (uid: string | undefined) => string | undefined): Handler {
  return (ctx, { uid }) => {
    ctx.body = words(uid)
  }
}

test('the router serves what it names, refuses the wrong method, and leaves the rest to others', async () => {
  const router = openRouter([
    { method: 'GET', path: '/login/:uid', handler: says((uid) => uid) },
    { method: 'POST', path: '/login/:uid/totp', handler: says((uid) => `posted ${uid}`) },
  ])
  const at = await serve(boundary, async (ctx) => {
    if (!(await router(ctx))) ctx.body = 'not ours'
  })
  expect((await raw(at.port, '/login/a-b_c', {})).body).toBe('a-b_c')
  expect((await raw(at.port, '/login/x/totp', {}, '')).body).toBe('posted x')
  expect(await raw(at.port, '/login/x/totp', { accept: 'text/html' })).toMatchObject({
    status: 405,
    body: 'PRT-1008',
    headers: { allow: 'POST' },
  })
  for (const path of ['/login/', '/login/a%2fb', '/login', '/auth', `/login/${'a'.repeat(65)}`])
    expect((await raw(at.port, path, {})).body).toBe('not ours')
  await at.close()
})
