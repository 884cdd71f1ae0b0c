import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { rows } from '../../src/platform/db.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import {
  basic,
  type Citizen,
  callback,
  claimsOf,
  form,
  redeem,
  refresh,
  request,
  signIn,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'

// The story of the first issue, told twice: with sessions in Redis and with sessions in this process.

let redis: TestRedis
beforeAll(async () => {
  redis = await testRedis()
})
afterAll(() => redis.close())

describe.each(['redis', 'memory'] as const)('with sessions in %s', (kept) => {
  let at: TestService
  let somying: Citizen
  let somchai: Citizen
  beforeAll(async () => {
    at = await startService(kept === 'redis' ? { redisUrl: redis.url } : {})
    const [first, second] = at.citizens
    somying = first!
    somchai = second!
  })
  afterAll(() => at.close())

  // But for ends of sessions that have lapsed: the service notices them by itself, at whatever moment.
  const audited = async () =>
    (
      await rows<{ type: string }>(
        at.database.db,
        "select type from audit_event where type <> 'session.ended' order by id",
      )
    ).map((row) => row.type)
  const since = async (count: number) => (await audited()).slice(count)

  test('a citizen signs in at one agency and is known to the other without a form', async () => {
    const before = (await audited()).length
    const visitor = at.visitor()
    const first = request(at.issuer, 'tax')
    const answer = callback(await signIn(at, visitor, somying, first))
    expect(answer).toMatchObject({ state: first.state, iss: at.issuer })
    const tokens = await redeem(at.issuer, 'tax', answer.code!, first.verifier)
    expect(tokens.status).toBe(200)

    const keys = createLocalJWKSet((await (await fetch(`${at.issuer}/jwks`)).json()) as JSONWebKeySet)
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token, keys, {
      issuer: at.issuer,
      audience: 'tax',
      currentDate: new Date(at.clock.now()),
    })
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload).toMatchObject({
      nonce: first.nonce,
      acr: 'low',
      amr: ['otp', 'totp'],
      auth_time: Math.floor(at.clock.now() / 1000),
    })
    expect(await userInfo(at.issuer, tokens.access_token)).toEqual({
      status: 200,
      sub: payload.sub,
      name: 'สมหญิง ตัวอย่างดี',
      given_name: 'สมหญิง',
      family_name: 'ตัวอย่างดี',
      person_code: somying.code,
    })

    at.clock.advance(60_000)
    const second = request(at.issuer, 'social')
    const known = await visitor.open(second.url)
    expect(known.form).toBeUndefined()
    const others = await redeem(at.issuer, 'social', callback(known).code!, second.verifier)
    const other = claimsOf(others.id_token)
    expect(other).toMatchObject({ auth_time: payload.auth_time, acr: 'low' })
    // Nothing that two agencies could lay side by side (security bar §3 row 49).
    const shared = Object.values(payload).filter(
      (value) => typeof value === 'string' && Object.values(other).includes(value),
    )
    expect(new Set(shared)).toEqual(new Set([at.issuer, 'low']))
    expect(await since(before)).toEqual([
      'sign-in.succeeded',
      'code.issued',
      'tokens.issued',
      'data.released',
      'sign-in.single-sign-on',
      'code.issued',
      'tokens.issued',
    ])
  })

  test('every cookie is ours alone: Secure, HttpOnly, Lax, and not for scripts or subdomains', async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    expect(visitor.setCookies.length).toBeGreaterThan(3)
    for (const line of visitor.setCookies) {
      expect(line).toMatch(/; secure/i)
      expect(line).toMatch(/; httponly/i)
      expect(line).toMatch(/; samesite=lax/i)
      expect(line).not.toMatch(/; domain/i)
      expect(line).toMatch(/^__(Host|Secure)-/)
      if (line.startsWith('__Host-')) expect(line).toMatch(/; path=\/(;|$)/i)
    }
    expect(new Set(visitor.setCookies.map((line) => line.slice(0, line.indexOf('='))))).toContain('__Host-idp_sid')
  })

  test('a wrong code keeps what was typed, says how many tries are left, and lets nobody in', async () => {
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url)
    const again = await visitor.submit(page, { scheme: 'TH', person_code: '1 9999 00002 02 4', code: '000000' })
    expect(again.status).toBe(422)
    expect(again.trouble).toBe('PRT-1201')
    expect(again.html).toContain('value="1 9999 00002 02 4"')
    expect(again.html).toContain('4')
    expect(visitor.cookies().map((cookie) => cookie.name)).not.toContain('__Host-idp_sid')
    at.clock.advance(30_000)
    const done = await visitor.submit(again, { person_code: '๑ ๙๙๙๙ ๐๐๐๐๒ ๐๒ ๔', code: somchai.oneTimeCode() })
    expect(callback(done).code).toBeDefined()
  })

  test('who changes their mind goes back to the agency with access_denied, and nobody is signed in', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax')
    const page = await visitor.open(asked.url)
    const back = await visitor.submit(page, { person_code: '', code: '', cancel: '1' })
    expect(callback(back)).toMatchObject({ error: 'access_denied', state: asked.state, iss: at.issuer })
    expect((await visitor.open(request(at.issuer, 'tax').url)).form).toBeDefined()
  })

  test('data on the ground of consent wait for the citizen: shown, sent once agreed, never asked twice', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'land')
    const question = await signIn(at, visitor, somying, asked)
    expect(question.html).toContain('12 April 1987')
    expect(question.html).toContain('Purpose of land')
    expect(question.html).toContain('id="consent-allow"')
    const done = callback(await visitor.submit(question, { consent: 'allow' }))
    const tokens = await redeem(at.issuer, 'land', done.code!, asked.verifier)
    expect(await userInfo(at.issuer, tokens.access_token)).toMatchObject({
      birthdate: '1987-04-12',
      name: 'สมหญิง ตัวอย่างดี',
    })
    expect(await userInfo(at.issuer, tokens.access_token)).not.toHaveProperty('person_code')
    expect(callback(await visitor.open(request(at.issuer, 'land').url)).code).toBeDefined()
  })

  test('who does not agree is taken back, nothing was sent, and it is on record', async () => {
    const visitor = at.visitor()
    const question = await signIn(at, visitor, somchai, request(at.issuer, 'land'))
    const before = (await audited()).length
    expect(callback(await visitor.submit(question, { consent: 'deny' }))).toMatchObject({
      error: 'access_denied',
      error_description: 'the person did not agree to what was to be sent',
    })
    expect(await since(before)).toEqual(['consent.denied', 'sign-in.refused'])
  })

  test('signing out asks first, ends the session for all agencies, and kills what hung on it', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax')
    const tokens = await redeem(
      at.issuer,
      'tax',
      callback(await signIn(at, visitor, somying, asked)).code!,
      asked.verifier,
    )
    const back = `http://localhost:9/tax/`
    const question = await visitor.open(
      `${at.issuer}/session/end?${new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state: 'bye' }).toString()}`,
    )
    expect(question.html).toContain('id="logout-confirm"')
    expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(200)
    const gone = await visitor.submit(question, { logout: 'yes' })
    expect(gone.headers.get('location')).toBe(`${back}?state=bye`)
    expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(401)
    expect((await visitor.open(request(at.issuer, 'social').url)).form).toBeDefined()
    expect((await audited()).at(-1)).toBe('sign-out.done')
  })

  test('a code is used once; a second use kills what the first brought (RFC 6749 §4.1.2)', async () => {
    const asked = request(at.issuer, 'social')
    const { code } = callback(await signIn(at, at.visitor(), somying, asked))
    const first = await redeem(at.issuer, 'social', code!, asked.verifier)
    expect((await userInfo(at.issuer, first.access_token)).status).toBe(200)
    expect(await redeem(at.issuer, 'social', code!, asked.verifier)).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
    expect((await userInfo(at.issuer, first.access_token)).status).toBe(401)
  })

  test('refresh goes only to whom it was agreed with, and outlives the session that began it', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'social', { scope: 'openid profile offline_access', prompt: 'consent' })
    const page = await signIn(at, visitor, somying, asked)
    const tokens = await redeem(at.issuer, 'social', callback(page).code!, asked.verifier)
    expect(tokens.refresh_token).toBeDefined()
    const next = await refresh(at.issuer, 'social', tokens.refresh_token!)
    expect(next.status).toBe(200)
    const other = request(at.issuer, 'tax', { scope: 'openid profile offline_access', prompt: 'consent' })
    const without = await redeem(at.issuer, 'tax', callback(await visitor.open(other.url)).code!, other.verifier)
    expect(without.refresh_token).toBeUndefined()
  })

  test('a person suspended in the register is out at once, everywhere (security bar §3 row 38)', async () => {
    const { parts } = at.service
    const visitor = at.visitor()
    const asked = request(at.issuer, 'social', { scope: 'openid profile offline_access', prompt: 'consent' })
    const tokens = await redeem(
      at.issuer,
      'social',
      callback(await signIn(at, visitor, somchai, asked)).code!,
      asked.verifier,
    )
    const pending = request(at.issuer, 'tax')
    const { code } = callback(await visitor.open(pending.url))
    const why = { actor: { kind: 'operator', name: 'test' } as const, reason: 'test' }
    await parts.persons.setStatus(parts.db, somchai.key, 'suspended', why)
    expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(401)
    expect((await refresh(at.issuer, 'social', tokens.refresh_token!)).status).toBe(400)
    expect((await redeem(at.issuer, 'tax', code!, pending.verifier)).status).toBe(400)
    expect((await visitor.open(request(at.issuer, 'tax').url)).form).toBeDefined()
    const page = await signIn(at, at.visitor(), somchai, request(at.issuer, 'tax'))
    expect(page.trouble).toBe('PRT-1101')
    await parts.persons.setStatus(parts.db, somchai.key, 'active', why)
  })

  test('an agency disabled in the middle of a sign-in gets nothing (security bar §3 row 39)', async () => {
    const { parts } = at.service
    const operator = { kind: 'operator', name: 'test' } as const
    const asked = request(at.issuer, 'tax')
    const { code } = callback(await signIn(at, at.visitor(), somying, asked))
    await parts.clients.setDisabled(parts.db, 'tax', true, operator)
    await parts.clients.refresh()
    expect((await redeem(at.issuer, 'tax', code!, asked.verifier)).status).toBe(401)
    expect((await at.visitor().open(request(at.issuer, 'tax').url)).trouble).toBe('PRT-3001')
    await parts.clients.setDisabled(parts.db, 'tax', false, operator)
    await parts.clients.refresh()
  })

  test('a level that nobody here can reach is refused to the agency, never answered with less', async () => {
    const asked = request(at.issuer, 'tax', { acr_values: 'high' })
    expect(callback(await at.visitor().open(asked.url))).toMatchObject({
      error: 'unmet_authentication_requirements',
      state: asked.state,
    })
    const quiet = request(at.issuer, 'tax', { prompt: 'none' })
    expect(callback(await at.visitor().open(quiet.url))).toMatchObject({ error: 'login_required' })
  })

  test('a refusal that goes back to the agency is on record for those who are somebody, and not for strangers', async () => {
    const before = (await audited()).length
    await at.visitor().open(request(at.issuer, 'tax', { acr_values: 'high' }).url)
    expect(await since(before)).toEqual([])
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const signedIn = (await audited()).length
    const refused = await visitor.open(request(at.issuer, 'tax', { acr_values: 'high' }).url)
    expect(callback(refused).error).toBe('unmet_authentication_requirements')
    expect(await since(signedIn)).toEqual(['sign-in.refused'])
    const page = await at.visitor().open(request(at.issuer, 'tax').url)
    expect(page.form).toBeDefined()
    const turning = at.visitor()
    const login = await turning.open(request(at.issuer, 'tax').url)
    await turning.submit(login, { cancel: '1', person_code: '', code: '' })
    expect(await since(signedIn)).toEqual(['sign-in.refused', 'sign-in.refused'])
  })

  test("another person's sign-in does not slip into an open session: the page asks to sign the first out", async () => {
    const visitor = at.visitor()
    await signIn(at, visitor, somying, request(at.issuer, 'tax'))
    const asked = request(at.issuer, 'social', { prompt: 'login' })
    const page = await signIn(at, visitor, somchai, asked)
    expect(page.status).toBe(200)
    expect(page.form?.action).toBe(`${at.issuer}/session/end/confirm`)
    // And names the agency to which one may go back instead.
    expect(page.html).toContain('Cancel and go back to Site of social')
    const done = callback(await visitor.submit(page, {}))
    const tokens = await redeem(at.issuer, 'social', done.code!, asked.verifier)
    expect(await userInfo(at.issuer, tokens.access_token)).toMatchObject({ name: 'สมชาย ลองระบบ' })
  })

  test("another's interaction address is worth nothing (security bar §3 row 12)", async () => {
    const attacker = at.visitor()
    const page = await attacker.open(request(at.issuer, 'tax').url)
    const victim = at.visitor()
    expect((await victim.open(page.url)).trouble).toBe('PRT-1002')
    const posted = await victim.post(page.form!.action, {
      scheme: 'TH',
      person_code: somying.code,
      code: somying.oneTimeCode(1),
    })
    expect(posted.trouble).toBe('PRT-1002')
  })

  test('a form that did not go through keeps what was typed, and names the request that is on record', async () => {
    const visitor = at.visitor()
    const page = await visitor.open(request(at.issuer, 'tax').url)
    const typed = (html: string, name: string) =>
      new RegExp(`<input[^>]* name="${name}"[^>]* value="([^"]*)"`).exec(html)?.[1]
    const slip = await visitor.submit(page, { scheme: 'TH', person_code: '1 9999', code: '123 456' })
    expect(slip.trouble).toBe('PRT-1205')
    expect([typed(slip.html, 'person_code'), typed(slip.html, 'code')]).toEqual(['1 9999', '123 456'])
    // Nothing was tried, nothing is on record.
    expect(slip.html).not.toContain(slip.headers.get('x-request-id')!)
    const wrong = await visitor.submit(page, { scheme: 'TH', person_code: somchai.code, code: '000000' })
    expect(wrong.trouble).toBe('PRT-1201')
    expect([typed(wrong.html, 'person_code'), typed(wrong.html, 'code')]).toEqual([somchai.code, undefined])
    const id = wrong.headers.get('x-request-id')!
    expect(wrong.html).toContain(`<b class="id">${id}</b>`)
    expect(await rows(at.database.db, 'select type from audit_event where request = ?', [id])).toEqual([
      { type: 'sign-in.refused' },
    ])
  })

  test('pages speak what the link says, then what the agency asks for, then the browser, then Thai', async () => {
    const html = async (language: string, more: Record<string, string> = {}, suffix = '') => {
      const visitor = at.visitor(language)
      const page = await visitor.open(request(at.issuer, 'tax', more).url)
      return (suffix ? await visitor.open(page.url + suffix) : page).html
    }
    expect(await html('et')).toContain('<html lang="et">')
    expect(await html('fr')).toContain('<html lang="th">')
    expect(await html('et', { ui_locales: 'fr en' })).toContain('<html lang="en">')
    expect(await html('et', { ui_locales: 'en' }, '?ui_locales=th')).toContain('<html lang="th">')
  })

  test("a language once pressed is the person's: it greets them in the next browser", async () => {
    const first = at.visitor('en')
    const page = await first.open(request(at.issuer, 'land', { prompt: 'consent' }).url)
    const pressed = await first.open(`${page.url}?ui_locales=et`)
    at.clock.advance(30_000)
    await first.submit(pressed, {
      scheme: 'EE',
      person_code: at.citizens[2]!.code,
      code: at.citizens[2]!.oneTimeCode(),
    })
    const next = at.visitor('en')
    const question = await signIn(at, next, at.citizens[2]!, request(at.issuer, 'land'))
    expect(question.html).toContain('id="consent-allow"')
    expect(question.html).toContain('<html lang="et">')
    expect((await next.open(`${at.issuer}/session/end`)).html).toContain('<html lang="et">')
  })

  test('introspection tells an agency about its own tokens alone (security bar §3 row 46)', async () => {
    const asked = request(at.issuer, 'tax')
    const tokens = await redeem(
      at.issuer,
      'tax',
      callback(await signIn(at, at.visitor(), somying, asked)).code!,
      asked.verifier,
    )
    const look = (agency: 'tax' | 'social') =>
      form(`${at.issuer}/token/introspection`, { token: tokens.access_token }, basic(agency))
    expect(await look('tax')).toMatchObject({ active: true })
    expect(await look('social')).toEqual({ status: 200, active: false })
    await form(`${at.issuer}/token/revocation`, { token: tokens.access_token }, basic('social'))
    expect(await look('tax')).toMatchObject({ active: true })
    expect((await form(`${at.issuer}/token/revocation`, { token: tokens.access_token }, basic('tax'))).status).toBe(200)
    expect(await look('tax')).toEqual({ status: 200, active: false })
  })
})

test('a full login asks Redis at most 25 times, SQL included in one count below', async () => {
  const at = await startService({ redisUrl: redis.url })
  const stats = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.client.info('stats'))?.[1])
  const once = async () => {
    const asked = request(at.issuer, 'tax')
    const tokens = await redeem(
      at.issuer,
      'tax',
      callback(await signIn(at, at.visitor(), at.citizens[0]!, asked)).code!,
      asked.verifier,
    )
    expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(200)
  }
  await once()
  const seen = await monitored(redis, once)
  expect(seen).toBeGreaterThan(5)
  expect(seen).toBeLessThanOrEqual(25)
  expect(await stats()).toBeGreaterThan(0)
  await at.close()
})

/** Commands that reach our database during `work`; what a script does inside counts as the one script. */
async function monitored({ client, url }: TestRedis, work: () => Promise<void>): Promise<number> {
  const number = new URL(url.replace('unix:', 'http:')).searchParams.get('db')
  const monitor = await client.monitor()
  let count = 0
  monitor.on('monitor', (_time: string, _args: string[], source: string, database: string) => {
    if (database === number && source !== 'lua') count++
  })
  await work()
  await client.ping()
  monitor.disconnect()
  return count
}
