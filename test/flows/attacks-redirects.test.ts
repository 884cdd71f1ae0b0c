import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { enterParty } from '../support/enter-party.ts'
import { FORM, type RawAnswer, type RawRequest, raw } from '../support/raw-request.ts'
import { basic, callback, redeem, request, signIn, startService, type TestService } from '../support/service.ts'
import type { Visitor } from '../support/visitor.ts'

// Security bar §3 row 17: two hundred ways to write an address that isn't the registered one, at every door that leads
// anywhere. Not one Location header may name another address than the registered, to the letter.

const BACK = 'https://prey.example/callback'
const BYE = 'https://prey.example/bye'
const LOOPBACK = 'http://localhost:9/tax/callback'

/** How the registered address of each door would be spoilt. */
function spoilt(good: string): string[] {
  const { protocol, host, pathname } = new URL(good)
  const written = [
    // Other schemes, some of which browsers run (CVE-2026-9086).
    ...['javascript:alert(1)', 'JavaScript:alert(1)//', 'java\tscript:alert(1)', 'data:text/html,x', 'vbscript:x'],
    ...['file:///etc/passwd', 'blob:https://prey.example/x', 'about:blank', 'mailto:a@evil.example', 'intent://evil#x'],
    ...[`view-source:${good}`, `ftp://${host}${pathname}`, `ws://${host}${pathname}`, `//${host}${pathname}`],
    ...[
      `${host}${pathname}`,
      pathname,
      `/${host}`,
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      'https:evil',
    ],
    ...[
      'https:/evil.example',
      'https:///evil.example',
      'https:\\\\evil.example',
      'https://',
      'https',
      ':',
      '?',
      '#',
      '*',
    ],
    // Who stands before the @ is a name, not a host (CVE-2026-7504 with two of them).
    ...[
      '@evil.example',
      '@@evil.example',
      ':x@evil.example',
      '%40evil.example',
      '\\@evil.example',
      '#@evil.example',
    ].map((end) => `${protocol}//${host}${end}${pathname}`),
    ...['evil@', 'evil:pw@', '@', ':@'].map((start) => `${protocol}//${start}${host}${pathname}`),
    // Hosts that only look alike (CVE-2026-18211, CVE-2024-8883).
    ...['.evil.example', '.', '%2eevil.example', '%00.evil.example', '%0d%0a.evil.example', '\u3002evil.example'].map(
      (end) => `${protocol}//${host.replace(/:\d+$/, '')}${end}${pathname}`,
    ),
    ...['evil.', 'www.', 'xn--', '-', '*.', '\u200b', '%'].map((start) => `${protocol}//${start}${host}${pathname}`),
    ...[host.toUpperCase(), host.replace('p', '\u0440'), host.replace('e', '\uff45'), `[${host}]`].map(
      (other) => `${protocol}//${other}${pathname}`,
    ),
    ...[
      '127.0.0.1',
      '[::1]',
      '0.0.0.0',
      '0x7f.1',
      '2130706433',
      '[::ffff:7f00:1]',
      'localhost.evil',
      'localtest.me',
    ].map((other) => `${protocol}//${other}${pathname}`),
    ...[':80', ':443', ':0', ':00443', ':8443', ':', ':443@evil.example', ':evil'].map(
      (port) => `${protocol}//${host.replace(/:\d+$/, '')}${port}${pathname}`,
    ),
    // Another path that a server would take for the same (CVE-2023-6927, CVE-2024-1132, CVE-2024-52289).
    ...['/..', '/.', '/', '/%2e%2e/evil', '/..%2fevil', '/../evil', '/..;/evil', ';/evil', ';x=1', '%2f..%2fevil'].map(
      (end) => `${good}${end}`,
    ),
    ...['/./', '//', '/%2e/', '/a/../', '/a/%2e%2e/', '/%2f', '\\', '/;/'].map(
      (start) => `${protocol}//${host}${start}${pathname.slice(1)}`,
    ),
    ...[pathname.toUpperCase(), pathname.slice(0, -1), `${pathname}x`, pathname.replace('a', '%61'), '', '/'].map(
      (path) => `${protocol}//${host}${path}`,
    ),
    `${protocol === 'https:' ? 'http:' : 'https:'}//${host}${pathname}`,
    `${protocol.toUpperCase()}//${host}${pathname}`,
    ...[
      '?',
      '?x=1',
      '?x',
      '?redirect=https://evil.example',
      '?%00',
      '?code=stolen',
      '#',
      '#x',
      '#@evil',
      '#?',
      '%23',
    ].map((end) => `${good}${end}`),
    // Two in one, and what separates them.
    ...[
      ' ',
      ',',
      '\n',
      '\r\n',
      '\t',
      '|',
      ';',
      '%20',
      '\u2028',
      '\u00a0',
      '\\',
      '+',
      '"',
      "'",
      '<',
      '>',
      '`',
      '^',
      '{',
    ].flatMap((sign) => [`${good}${sign}https://evil.example/`, `${sign}${good}`, `${good}${sign}`]),
    ...['\r\nLocation: https://evil.example', '%0d%0aLocation:%20https://evil.example', '\u010d\u010aLocation: x'].map(
      (end) => `${good}${end}`,
    ),
    ...[
      'https://evil.example',
      `https://evil.example/${good}`,
      `https://evil.example?${good}`,
      `https://evil.example#${good}`,
    ],
    ...[`https://evil.example\\.${host}`, `https://evil.example;.${host}`, `https://evil.example%23.${host}`],
    // The same in other clothes: digits, letters and slashes of other alphabets, escapes of escapes.
    ...['\u2044', '\u2215', '\uff0f', '%252f', '%c0%af', '\u29f8'].map(
      (slash) => `${protocol}//${host}${slash}callback`,
    ),
    ...['\u2024', '\uff0e', '%252e', '\u00b7'].map((dot) => `${protocol}//${host.replace('.', dot)}${pathname}`),
    ...['\u202e', '\ufeff', '\u00ad', '\u0301', '\u200d'].map((sign) => `${protocol}//${host}${pathname}${sign}`),
    ...['\ud83d\ude00', '\u0e01'].map((start) => `${protocol}//${start}.${host}${pathname}`),
    `[${good}]`,
    `["${good}"]`,
    `{"0":"${good}"}`,
    encodeURIComponent(good),
    good.repeat(20),
    'null',
    'undefined',
    '0',
  ]
  return [...new Set(written)].filter((vector) => vector !== good && vector !== '')
}

const VECTORS = spoilt(BACK)

let at: TestService
let visitor: Visitor
let hint: string
beforeAll(async () => {
  at = await startService()
  await enterParty(at, 'prey', {
    redirect_uris: [BACK],
    post_logout_redirect_uris: [BYE],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: SECRET,
  })
  visitor = at.visitor()
  const asked = request(at.issuer, 'prey', { redirect_uri: BACK })
  const { code } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
  const tokens = await raw(at.issuer, {
    method: 'POST',
    path: '/token',
    headers: { ...FORM, ...basic('tax', SECRET), ...ownBasic },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: code!,
      code_verifier: asked.verifier,
      redirect_uri: BACK,
    }).toString(),
  })
  hint = (JSON.parse(tokens.body) as { id_token: string }).id_token
})
afterAll(() => at.close())

const SECRET = 'prey-secret-of-at-least-forty-three-characters-00000'
const ownBasic = { authorization: `Basic ${Buffer.from(`prey:${SECRET}`).toString('base64')}` }

const cookies = () =>
  visitor
    .cookies()
    .filter(({ path }) => path === '/')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')

/** Follows what stays in the house, so that a detour is found too. */
async function ask(given: RawRequest): Promise<RawAnswer> {
  let answer = await raw(at.issuer, { ...given, headers: { accept: 'text/html', cookie: cookies(), ...given.headers } })
  for (let hop = 0; hop < 5; hop++) {
    const on = String(answer.headers.location ?? '')
    if (!on.startsWith(`${at.issuer}/`)) break
    answer = await raw(at.issuer, {
      path: on.slice(at.issuer.length),
      headers: { accept: 'text/html', cookie: cookies() },
    })
  }
  return answer
}

/** Where an answer leads: by header, by a form, by a link or a refresh. */
function leads({ headers, body }: RawAnswer): string | undefined {
  const { location, refresh } = headers
  if (location) return String(location)
  if (refresh) return String(refresh)
  const form = /<form[^>]*action="(?!\/)([^"]*)"/i.exec(body)?.[1]
  if (form && !form.startsWith(at.issuer)) return form
  return /<meta[^>]*http-equiv="?refresh[^>]*>/i.exec(body)?.[0]
}

/** The vectors that led anywhere. */
async function led(
  vectors: readonly string[],
  make: (vector: string) => RawRequest,
  refused: (status: number) => boolean = (status) => status >= 400 && status < 500,
): Promise<string[]> {
  const found: string[] = []
  for (const vector of vectors) {
    const answer = await ask(make(vector))
    const to = leads(answer)
    if (to !== undefined) found.push(`${JSON.stringify(vector)} → ${to}`)
    else if (!refused(answer.status)) found.push(`${JSON.stringify(vector)}: status ${answer.status}`)
  }
  return found
}

const query = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): RawRequest => ({
  method: 'POST',
  path,
  headers: { ...FORM, ...headers },
  body: query(fields),
})

const whole = (redirect_uri: string): Record<string, string> => ({
  ...Object.fromEntries(new URL(request(at.issuer, 'prey').url).searchParams),
  redirect_uri,
})
/** What else is wrong must not be told before the address is known to be right (CVE-2026-41479). */
const WRONG: Readonly<Record<string, (fields: Record<string, string>) => Record<string, string>>> = {
  nothing: (fields) => fields,
  'the response type': (fields) => ({ ...fields, response_type: 'token' }),
  'the scope': (fields) => ({ ...fields, scope: 'nonsense' }),
  'the prompt': (fields) => ({ ...fields, prompt: 'none login' }),
  'the level': (fields) => ({ ...fields, acr_values: 'high', prompt: 'none' }),
  'the challenge': (fields) => ({ ...fields, code_challenge: 'short' }),
  'the response mode': (fields) => ({ ...fields, response_mode: 'fragment' }),
  'the way back, as a form': (fields) => ({ ...fields, response_mode: 'form_post', prompt: 'none' }),
  'a request object': (fields) => ({ ...fields, request: 'a.b.c' }),
}

test('there are two hundred, none of them the registered address', () => {
  expect(VECTORS.length).toBeGreaterThanOrEqual(200)
  expect(VECTORS).not.toContain(BACK)
})

test('the registered address itself leads back, so that a refusal means something', async () => {
  const answer = await ask({ path: `/auth?${query({ ...whole(BACK), prompt: 'none' })}` })
  expect(leads(answer)).toMatch(/^https:\/\/prey\.example\/callback\?code=/)
  const bye = await ask({ path: `/session/end?${query({ id_token_hint: hint, post_logout_redirect_uri: BYE })}` })
  expect([bye.status, bye.body.includes('id="logout-confirm"')]).toEqual([200, true])
})

describe('an authorization request leads nowhere but to the registered address (row 17)', () => {
  test('by GET, all vectors', async () => {
    expect(await led(VECTORS, (vector) => ({ path: `/auth?${query(whole(vector))}` }))).toEqual([])
  })

  test('by POST, all vectors', async () => {
    expect(await led(VECTORS, (vector) => form('/auth', whole(vector)))).toEqual([])
  })

  test('pushed, all vectors: 400 and no request_uri', async () => {
    const pushed: string[] = []
    for (const vector of VECTORS) {
      const answer = await ask(form('/request', whole(vector), { ...ownBasic, accept: 'application/json' }))
      if (answer.status !== 400 || answer.body.includes('request_uri')) pushed.push(`${vector}: ${answer.status}`)
    }
    expect(pushed).toEqual([])
    // The address of the front channel doesn't stand in for the pushed one.
    const good = await ask(form('/request', whole(BACK), { ...ownBasic, accept: 'application/json' }))
    const { request_uri } = JSON.parse(good.body) as { request_uri: string }
    const mixed = { client_id: 'prey', request_uri, redirect_uri: 'https://evil.example/', prompt: 'none' }
    expect(leads(await ask({ path: `/auth?${query(mixed)}` })) ?? BACK).toContain(BACK)
  })

  test.each(Object.keys(WRONG))('when %s is wrong too', async (what) => {
    const some = VECTORS.filter((_, n) => n % 4 === Object.keys(WRONG).indexOf(what) % 4)
    expect(await led(some, (vector) => ({ path: `/auth?${query(WRONG[what]!(whole(vector)))}` }))).toEqual([])
  })

  test('with the parameter twice, in brackets, in another spelling, or of another agency', async () => {
    const { redirect_uri: _, ...rest } = whole(BACK)
    const evil = encodeURIComponent('https://evil.example/')
    const good = encodeURIComponent(BACK)
    const queries = [
      `redirect_uri=${good}&redirect_uri=${evil}`,
      `redirect_uri=${evil}&redirect_uri=${good}`,
      `redirect_uri[]=${evil}&redirect_uri[0]=${good}`,
      `REDIRECT_URI=${evil}`,
      `redirect_uri%00=${evil}`,
      `redirect%5furi=${evil}`,
      `redirect_uri=`,
      ``,
      `redirect_uri=${encodeURIComponent(LOOPBACK)}`,
      `redirect_uri=${encodeURIComponent(BYE)}`,
    ]
    expect(await led(queries, (more) => ({ path: `/auth?${query(rest)}&${more}` }))).toEqual([])
  })

  test('not even on loopback, where other servers allow any port (CVE-2024-8883, CVE-2026-18211)', async () => {
    const { redirect_uri: _, ...rest } = Object.fromEntries(new URL(request(at.issuer, 'tax').url).searchParams)
    const vectors = [
      'http://127.0.0.1:9/tax/callback',
      'http://localhost:10/tax/callback',
      'http://localhost/tax/callback',
    ]
    const all = [
      ...vectors,
      'http://[::1]:9/tax/callback',
      'http://localhost.evil:9/tax/callback',
      ...spoilt(LOOPBACK).slice(0, 60),
    ]
    expect(await led(all, (redirect_uri) => ({ path: `/auth?${query({ ...rest, redirect_uri })}` }))).toEqual([])
  })
})

describe('a sign-out leads nowhere but to the registered address (row 17, CVE-2022-3782)', () => {
  const ends = spoilt(BYE)
  test('with a hint, all vectors', async () => {
    const ask = (post_logout_redirect_uri: string) => ({
      path: `/session/end?${query({ id_token_hint: hint, post_logout_redirect_uri, state: 's' })}`,
    })
    expect(await led(ends, ask)).toEqual([])
  })

  test('with a client only, by a form, and of somebody who is not signed in', async () => {
    const some = ends.filter((_, n) => n % 3 === 0)
    const fields = (post_logout_redirect_uri: string) => ({ client_id: 'prey', post_logout_redirect_uri })
    expect(await led(some, (vector) => form('/session/end', fields(vector)))).toEqual([])
    const nobody = (vector: string) => ({ path: `/session/end?${query(fields(vector))}`, headers: { cookie: '' } })
    expect(await led(some, nobody)).toEqual([])
  })

  test('at the page of goodbye and at the confirmation', async () => {
    const some = ends.filter((_, n) => n % 5 === 0)
    for (const name of ['post_logout_redirect_uri', 'redirect_uri', 'returnTo', 'client_uri']) {
      const page = (vector: string) => ({ path: `/session/end/success?${query({ [name]: vector })}` })
      expect(await led(some, page, (status) => status < 500)).toEqual([])
      expect(await led(some, (vector) => form('/session/end/confirm', { xsrf: 'x', [name]: vector }))).toEqual([])
    }
  })
})

test('no other address of the house takes one to go to (row 17, CVE-2025-8129)', async () => {
  const names = ['next', 'returnTo', 'return_to', 'redirect', 'redirect_uri', 'url', 'continue', 'ui_locales']
  const paths = ['/', '/privacy', '/activate', '/login/abc', '/auth/abc', '/userinfo', '/health/live', '/nothing']
  const found: string[] = []
  for (const path of paths)
    for (const name of names)
      for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
        const headers = {
          referer: to,
          'x-forwarded-host': 'evil.example',
          'x-original-url': to,
          forwarded: 'host=evil.example',
        }
        const answer = await ask({ path: `${path}?${query({ [name]: to })}`, headers })
        if (leads(answer) !== undefined) found.push(`${path} ${name}=${to}`)
        if (answer.body.includes('href="https://evil') || answer.body.includes('href="//evil'))
          found.push(`link: ${path}`)
      }
  expect(found).toEqual([])
})

test('after all of it the session goes on', async () => {
  const asked = request(at.issuer, 'tax')
  const { code } = callback(await visitor.open(asked.url))
  expect((await redeem(at.issuer, 'tax', code!, asked.verifier)).status).toBe(200)
})
