import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { LATE_TABS } from '../../src/oidc/lifetimes.ts'
import { rows } from '../../src/platform/db.ts'
import { kept, raw } from '../support/raw-request.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import {
  basic,
  type Citizen,
  callback,
  form,
  redeem,
  request,
  signIn,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'
import { thaiCode } from '../support/sign-in.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Security bar §3 rows 12–16, 19, 21, 23 and 29: whose session it is, and who may begin, end or redirect it.

let redis: TestRedis
let at: TestService
let somying: Citizen
let somchai: Citizen
beforeAll(async () => {
  redis = await testRedis()
  at = await startService({ redisUrl: redis.url })
  ;[somying, somchai] = at.citizens as [Citizen, Citizen]
})
afterAll(async () => {
  await at.close()
  await redis.close()
})

const SESSION = '__Host-idp_sid'
const sessionOf = (visitor: Visitor) => visitor.cookies().find(({ name }) => name === SESSION)?.value
const jar = (visitor: Visitor) => visitor.cookies().filter(({ name }) => name.startsWith(SESSION))
/** Whether these cookies, in a browser that has nothing else, are known to the service. */
async function alive(cookies: ReturnType<Visitor['cookies']>): Promise<boolean> {
  const other = at.visitor()
  other.adopt(cookies)
  return callback(await other.open(request(at.issuer, 'tax', { prompt: 'none' }).url)).code !== undefined
}
const proof = (citizen: Citizen) => {
  at.clock.advance(30_000)
  return { scheme: citizen.scheme, person_code: citizen.code, code: citizen.oneTimeCode() }
}
const nameOf = async (page: Page, agency: 'tax' | 'social', verifier: string) => {
  const { access_token } = await redeem(at.issuer, agency, callback(page).code!, verifier)
  return (await userInfo(at.issuer, access_token)).name
}

describe('the id of a session (row 13, CVE-2024-7341, ASVS 7.2.4)', () => {
  test('changes at each proof, and the old one is dead when no late tab can come with it any more', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const [first, before] = [sessionOf(visitor), jar(visitor)]
    expect(await alive(before)).toBe(true)
    await signIn(at, visitor, somying, request(at.issuer, 'tax', { prompt: 'login' }))
    expect(sessionOf(visitor)).toBeDefined()
    expect(sessionOf(visitor)).not.toBe(first)
    at.clock.advance(LATE_TABS * 1000)
    expect([await alive(before), await alive(jar(visitor))]).toEqual([false, true])
  })

  test('dies with the sign-out, on every tab and for whoever copied it', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const before = jar(visitor)
    await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })
    expect([sessionOf(visitor), await alive(before)]).toEqual([undefined, false])
  })

  test.each([
    ['made up', () => [`${'a'.repeat(43)}.${'b'.repeat(43)}`, 'c'.repeat(43)]],
    ['unsigned', () => ['attacker', '']],
    ['of the attacker, who is signed in', async () => taken(true)],
    ['of the attacker, who has signed out', async () => taken(false)],
  ])('that an attacker has set beforehand, %s, is not the one that the person gets', async (_what, make) => {
    const [value = '', signature = ''] = await make()
    const victim = at.visitor()
    const planted = [
      { name: SESSION, value, path: '/', attributes: '' },
      { name: `${SESSION}.sig`, value: signature, path: '/', attributes: '' },
    ]
    victim.adopt(planted)
    const asked = request(at.issuer, 'tax', { prompt: 'login' })
    let page = await signIn(at, victim, somchai, asked)
    // Where the attacker's session lives, somebody else proved themselves in it: it must be ended first.
    if (page.form?.action.endsWith('/session/end/confirm')) page = await victim.submit(page, {})
    expect(await nameOf(page, 'tax', asked.verifier)).toBe('สมชาย ลองระบบ')
    expect(sessionOf(victim)).not.toBe(value)
    expect(await alive(planted)).toBe(false)
  })

  async function taken(still: boolean): Promise<string[]> {
    const attacker = at.visitor()
    await signIn(at, attacker, somying, request(at.issuer, 'tax'))
    const found = jar(attacker).map(({ value }) => value)
    if (!still) await attacker.submit(await attacker.open('/session/end'), { logout: 'yes' })
    return found
  }

  test('is signed: one changed letter, or another signature, and it is nobody’s', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const good = jar(visitor)
    const other = at.visitor()
    await signIn(at, other, somchai, request(at.issuer, 'tax'))
    const signature = jar(other).find(({ name }) => name.endsWith('.sig'))!.value
    const turned = (value: string) => `${value.slice(0, -2)}${value.at(-2) === 'A' ? 'B' : 'A'}${value.at(-1)!}`
    for (const spoil of [
      (cookie: (typeof good)[number]) => ({ ...cookie, value: turned(cookie.value) }),
      (cookie: (typeof good)[number]) => (cookie.name.endsWith('.sig') ? { ...cookie, value: signature } : cookie),
      (cookie: (typeof good)[number]) => (cookie.name.endsWith('.sig') ? { ...cookie, value: '' } : cookie),
    ])
      expect(await alive(good.map(spoil))).toBe(false)
    expect(await alive(good.filter(({ name }) => name === SESSION))).toBe(false)
    expect(await alive(good)).toBe(true)
  })
})

describe("another's sign-in (rows 11, 12, CVE-2026-7507)", () => {
  test('can not be finished in another browser, and the one who began it gets nothing of it', async () => {
    const attacker = at.visitor()
    const asked = request(at.issuer, 'tax')
    const page = await attacker.open(asked.url)
    const victim = at.visitor()
    expect((await victim.open(page.url)).trouble).toBe('PRT-1002')
    expect((await victim.post(page.form!.action, proof(somying))).trouble).toBe('PRT-1002')
    // Also when the victim is in the middle of a sign-in of their own.
    const own = await victim.open(request(at.issuer, 'social').url)
    expect((await victim.post(page.form!.action, proof(somying))).trouble).toBe('PRT-1002')
    expect((await victim.post(`${page.form!.action}?x=1`, proof(somying))).trouble).toBe('PRT-1002')
    // The address of return belongs to the browser that was sent away from it.
    const resume = page.url.replace('/login/', '/auth/')
    expect((await victim.open(resume)).trouble).toBe('PRT-1002')
    expect((await attacker.open(page.url)).form?.action).toBe(page.form!.action)
    expect(callback(await victim.submit(own, proof(somying))).code).toBeDefined()
    expect((await attacker.open(page.url)).form).toBeDefined()
  })

  test('can not be reached by a name of its kind, or by two cookies', async () => {
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url)
    const uid = page.url.split('/').at(-1)!
    for (const path of [
      `/login/${uid.toUpperCase()}`,
      `/login/${uid}x`,
      `/login/${uid.slice(0, -1)}`,
      '/login/__proto__',
    ])
      expect((await visitor.open(path)).trouble).toMatch(/^PRT-100[123]$/)
  })

  test('that is cancelled in an open session leaves the session as it was (row 14, CVE-2023-6787)', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const page = await visitor.open(request(at.issuer, 'tax', { prompt: 'login' }).url)
    // Somebody else at the same machine tries, fails, and goes away.
    await visitor.submit(page, { ...proof(somchai), code: '000000' })
    expect(callback(await visitor.submit(page, { cancel: '1' }))).toMatchObject({ error: 'access_denied' })
    const asked = request(at.issuer, 'social')
    expect(await nameOf(await visitor.open(asked.url), 'social', asked.verifier)).toBe('สมหญิง ตัวอย่างดี')
  })
})

describe('a form from another site', () => {
  const foreign: [string, Record<string, string>][] = [
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['same-site', { 'sec-fetch-site': 'same-site' }],
    ['a foreign origin', { origin: 'https://evil.example', 'sec-fetch-site': '' }],
    ['a foreign port', { origin: 'http://localhost:9', 'sec-fetch-site': '' }],
    ['a look-alike', { origin: 'http://localhost.evil.example', 'sec-fetch-site': '' }],
  ]

  test.each(foreign)('signs nobody in and activates nothing (%s; row 15, login CSRF)', async (_what, headers) => {
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url)
    const before = await kept(at, redis)
    expect((await visitor.submit(page, proof(somying), headers)).trouble).toBe('PRT-1009')
    expect((await visitor.submit(page, { cancel: '1' }, headers)).trouble).toBe('PRT-1009')
    expect((await visitor.post('/activate', { person_code: somying.code, code: 'x' }, headers)).trouble).toBe(
      'PRT-1009',
    )
    expect(sessionOf(visitor)).toBeUndefined()
    expect(await kept(at, redis)).toEqual(before)
  })

  test('comes without cookies in every browser of today, and then means nothing', async () => {
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url)
    visitor.forget()
    const posted = await visitor.submit(page, proof(somying), { origin: '', 'sec-fetch-site': '' })
    expect([posted.status, posted.trouble]).toEqual([400, 'PRT-1002'])
  })

  test('or an image signs nobody out (row 16, CVE-2020-10734)', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    for (const method of ['GET', 'HEAD'])
      await raw(at.issuer, { method, path: '/session/end?client_id=tax', headers: cookieOf(visitor) })
    const page = await visitor.open('/session/end')
    expect(page.html).toContain('id="logout-confirm"')
    const { xsrf } = page.form!.fields
    const stranger = at.visitor()
    await signIn(at, stranger, somchai, request(at.issuer, 'tax'))
    const others = (await stranger.open('/session/end')).form!.fields.xsrf
    for (const fields of [
      { logout: 'yes' },
      { logout: 'yes', xsrf: 'guessed' },
      { logout: 'yes', xsrf: others! },
      { xsrf: '' },
    ])
      expect((await visitor.post('/session/end/confirm', fields)).status).toBe(400)
    expect(await alive(jar(visitor))).toBe(true)
    await visitor.post('/session/end/confirm', { logout: 'yes', xsrf: xsrf! })
    expect(await alive(jar(visitor))).toBe(false)
  })

  const cookieOf = (visitor: Visitor) => ({
    cookie: jar(visitor)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; '),
  })
})

describe('what a proxy would say, from somebody who is none (rows 23, 29)', () => {
  const FORGED = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '1',
    'x-forwarded-for': '6.6.6.6, 10.0.0.1',
    'x-real-ip': '6.6.6.6',
    'true-client-ip': '6.6.6.6',
    'cf-connecting-ip': '6.6.6.6',
    'x-client-ip': '6.6.6.6',
    forwarded: 'for=6.6.6.6;host=evil.example;proto=http',
    'x-original-url': '/metrics',
    'x-rewrite-url': '/metrics',
    'x-http-method-override': 'DELETE',
    'x-ssl-client-cert': 'MIIB',
    'ssl-client-cert': 'MIIB',
    ssl_client_cert: 'MIIB',
    'x-client-verify': 'SUCCESS',
    'x-ssl-client-s-dn': 'CN=SOMYING',
    'x-remote-user': 'admin',
    via: '1.1 evil.example',
    'x-request-id': 'evil-request',
  }

  test('changes no address, no cookie and no page', async () => {
    for (const path of ['/.well-known/openid-configuration', '/jwks', '/', '/privacy', '/health/live']) {
      const [plain, forged] = [await raw(at.issuer, { path }), await raw(at.issuer, { path, headers: FORGED })]
      expect([path, forged.status]).toEqual([path, plain.status])
      if (path !== '/') expect(forged.body).toBe(plain.body)
      expect(JSON.stringify(forged)).not.toMatch(/evil/)
    }
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url, FORGED)
    const back = await visitor.submit(page, proof(somying), FORGED)
    expect(callback(back)).toMatchObject({ iss: at.issuer })
    expect(visitor.setCookies.every((line) => /; secure/i.test(line) && !/domain=/i.test(line))).toBe(true)
    expect(await nameOf(await visitor.open(request(at.issuer, 'tax').url, FORGED), 'tax', 'x')).toBeUndefined()
  })

  test('gives nobody more tries: sixty from one place are sixty, whatever the place calls itself', async () => {
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url)
    const answers: (string | undefined)[] = []
    for (let n = 0; n < 64; n++) {
      // Each at another person, so that no person's own throttle is in the way.
      const person_code = thaiCode(5_000_000 + n)
      const headers = {
        ...FORGED,
        'x-forwarded-for': `6.6.6.${n}`,
        'x-real-ip': `7.7.7.${n}`,
        forwarded: `for=8.8.8.${n}`,
      }
      answers.push((await visitor.submit(page, { scheme: 'TH', person_code, code: '123456' }, headers)).trouble)
    }
    expect(answers.filter((code) => code === 'PRT-1201').length).toBeLessThanOrEqual(60)
    expect(answers.slice(-3)).toEqual(['PRT-1005', 'PRT-1005', 'PRT-1005'])
    // It lifts by itself, and the sources in the table are ours, not the forged ones.
    at.clock.advance(11 * 60_000)
    const [{ count } = { count: '0' }] = await rows<{ count: string }>(at.database.db, 'select count(*) from throttle')
    expect(Number(count)).toBeLessThan(80)
  })
})

describe('PKCE can not be taken away (row 19, CVE-2024-23647, RFC 9700 §2.1.1)', () => {
  const fields = (more: Record<string, string>) => {
    const query = new URL(request(at.issuer, 'tax').url).searchParams
    for (const [name, value] of Object.entries(more)) {
      if (value === '') query.delete(name)
      else query.set(name, value)
    }
    return query
  }

  test.each([
    ['no challenge', { code_challenge: '', code_challenge_method: '' }],
    ['no challenge, but a method', { code_challenge: '' }],
    ['no method, which would mean plain', { code_challenge_method: '' }],
    ['plain', { code_challenge_method: 'plain' }],
    ['s256', { code_challenge_method: 's256' }],
    ['none', { code_challenge_method: 'none' }],
    ['a challenge too short', { code_challenge: 'abc' }],
    ['a challenge with other letters', { code_challenge: `${'a'.repeat(42)}=` }],
    ['a challenge too long', { code_challenge: 'a'.repeat(129) }],
  ])('in the request: %s', async (_what, more) => {
    const visitor = at.visitor()
    const answer = callback(await visitor.open(`${at.issuer}/auth?${fields(more).toString()}`))
    expect(answer).toMatchObject({ error: 'invalid_request', iss: at.issuer })
    expect(answer.code).toBeUndefined()
    const pushed = await form(`${at.issuer}/request`, Object.fromEntries(fields(more)), basic('tax'))
    expect(pushed).toMatchObject({ status: 400, error: 'invalid_request' })
  })

  test('at the exchange: no verifier, another, the challenge itself, an empty one', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    for (const spoil of [
      () => ({}),
      () => ({ code_verifier: 'a'.repeat(43) }),
      (challenge: string) => ({ code_verifier: challenge }),
      () => ({ code_verifier: '' }),
      () => ({ code_verifier: 'short' }),
    ]) {
      const asked = request(at.issuer, 'tax')
      const { code } = callback(await visitor.open(asked.url))
      const answer = await form(
        `${at.issuer}/token`,
        {
          grant_type: 'authorization_code',
          code: code!,
          redirect_uri: 'http://localhost:9/tax/callback',
          ...spoil(new URL(asked.url).searchParams.get('code_challenge')!),
        },
        basic('tax'),
      )
      expect(answer.status).toBe(400)
      expect(answer.error).toMatch(/^invalid_(grant|request)$/)
    }
  })
})

describe('a code (rows 2, 18, 39, RFC 6749 §4.1.3)', () => {
  test('is worth nothing to another agency, or at another address', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const stolen = async (agency: 'tax' | 'social', redirect_uri: string) => {
      const asked = request(at.issuer, 'tax')
      const { code } = callback(await visitor.open(asked.url))
      const fields = { grant_type: 'authorization_code', code: code!, code_verifier: asked.verifier, redirect_uri }
      return form(`${at.issuer}/token`, fields, basic(agency))
    }
    const own = 'http://localhost:9/tax/callback'
    expect(await stolen('social', own)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await stolen('social', 'http://localhost:9/social/callback')).toMatchObject({ error: 'invalid_grant' })
    expect(await stolen('tax', `${own}?x`)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect((await stolen('tax', own)).status).toBe(200)
  })
})
