import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { codeAt, secretFromText } from '../../src/methods/totp/code.ts'
import { rows } from '../../src/platform/db.ts'
import { enter, pathOf, prove, removals, secretOn } from '../support/own-door.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { type Citizen, request, startService, type TestService } from '../support/service.ts'
import { sureMethod } from '../support/sure-method.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// The citizen's own page: their means, each added and taken away by themselves.

// What is begun in one request waits in Redis for the next.
let redis: TestRedis
let at: TestService
let somying: Citizen
let somchai: Citizen
beforeAll(async () => {
  redis = await testRedis()
  at = await startService({ redisUrl: redis.url, furtherMethods: [sureMethod()] })
  ;[somying, somchai] = at.citizens as [Citizen, Citizen]
  // He is known surely already: nothing is taken away when he comes surely again.
  await enter(at, at.visitor(), somchai, { by: 'mobile-id' })
}, 60_000)
afterAll(async () => {
  await at.close()
  await redis.close()
})

/** As he must be known for a change: once surely known, one always is. */
const SURELY = { by: 'mobile-id' } as const

const audited = async (type: string, person: Citizen) =>
  (await rows(at.database.db, 'select 1 from audit_event where type = ? and person = ?', [type, person.key])).length

/** Connects a new app, from the page of it. */
async function connect(visitor: Visitor, page: Page): Promise<{ done: Page; secret: Buffer }> {
  const secret = secretFromText(secretOn(page))
  const done = await visitor.submit(page, { code: codeAt(secret, at.clock.now()).code })
  return { done, secret }
}

describe('the way in', () => {
  test('a stranger is led to sign in and comes back; the page names who they are and what they have', async () => {
    const visitor = at.visitor()
    const first = await visitor.open('/me')
    expect(pathOf(first)).toMatch(/^\/login\//)
    expect(first.html).toContain('My door')
    const page = await enter(at, visitor, somying)
    expect(pathOf(page)).toBe('/me')
    expect(page.html).toContain('สมหญิง ตัวอย่างดี')
    expect(page.html).toContain('One-time code')
    expect(page.html).toContain('Given to you at a desk')
    expect(removals(page)).toHaveLength(1)
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('who is signed in at an agency is known at once, and a sign-out ends it', async () => {
    const visitor = at.visitor()
    await prove(at, visitor, somying, await visitor.open(request(at.issuer, 'tax').url))
    expect(pathOf(await visitor.open('/me'))).toBe('/me')
    await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })
    expect(pathOf(await visitor.open('/me'))).toMatch(/^\/login\//)
  })

  test('what comes back from the door is not believed: neither where to go nor that somebody is there', async () => {
    const visitor = at.visitor()
    await enter(at, visitor, somying)
    for (const state of ['https://evil.example/', '//evil.example', '/me/../auth', '/session/end', '/me/return', ''])
      expect(pathOf(await visitor.open(`/me/return?code=x&state=${encodeURIComponent(state)}`))).toBe('/me')
    const stranger = await at.visitor().open('/me/return?code=x&state=/me/add/totp')
    expect(stranger.trouble).toBe('PRT-1002')
    expect(pathOf(await at.visitor().open('/me/return?error=access_denied'))).toBe('/')
  })

  test('a code made for this page opens nothing at the token endpoint', async () => {
    const visitor = at.visitor()
    await enter(at, visitor, somying)
    const back = visitor.trail.find((line) => line.includes('/me/return?'))!
    const code = new URL(back.slice(4)).searchParams.get('code')!
    const body = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: `${at.issuer}/me/return`,
      client_id: 'pratu-me',
    }
    for (const authorization of [undefined, 'pratu-me:', 'pratu-me:pratu-me'])
      expect(
        (
          await fetch(`${at.issuer}/token`, {
            method: 'POST',
            body: new URLSearchParams(body),
            ...(authorization && { headers: { authorization: `Basic ${btoa(authorization)}` } }),
          })
        ).status,
      ).toBeGreaterThanOrEqual(400)
  })
})

describe('a one-time-code app', () => {
  test('is connected only when a code from it came back; then it signs in, and the former does not', async () => {
    const visitor = at.visitor()
    await enter(at, visitor, somchai, SURELY)
    const page = await visitor.open('/me/add/totp')
    expect(page.html).toContain('will then stop working')
    expect((await visitor.submit(page, { code: '12' })).trouble).toBe('PRT-1206')
    const wrong = await visitor.submit(page, { code: somchai.oneTimeCode() })
    expect([wrong.status, wrong.trouble]).toEqual([422, 'PRT-2220'])
    expect(secretOn(wrong)).toBe(secretOn(page))
    // Until now the former one is in force.
    expect(await audited('credential.removed', somchai)).toBe(0)

    const { done, secret } = await connect(visitor, page)
    expect(done.status).toBe(200)
    expect(done.html).toContain('You can use it from now on')
    expect(await audited('credential.removed', somchai)).toBe(1)
    expect(await audited('credential.enrolled', somchai)).toBe(2)

    // The code that was typed to connect it signs nobody in.
    const fields = (code: string) => ({ scheme: somchai.scheme, person_code: somchai.code, code })
    const other = at.visitor()
    const login = await other.submit(await other.open(request(at.issuer, 'tax').url), { method: 'totp' })
    const typed = codeAt(secret, at.clock.now()).code
    expect((await other.submit(login, fields(typed))).trouble).toBe('PRT-1202')
    at.clock.advance(30_000)
    expect((await other.submit(login, fields(somchai.oneTimeCode()))).trouble).toBe('PRT-1201')
    expect((await other.submit(login, fields(codeAt(secret, at.clock.now()).code))).status).toBe(303)
    Object.assign(somchai, {
      secret,
      oneTimeCode: (later = 0) => codeAt(secret, at.clock.now() + later * 30_000).code,
    })
  })

  test('pressed twice it is connected once; what was begun long ago must be begun anew', async () => {
    const visitor = at.visitor()
    const page = await enter(at, visitor, somchai, { path: '/me/add/totp', ...SURELY })
    const secret = secretFromText(secretOn(page))
    const code = codeAt(secret, at.clock.now()).code
    const before = await audited('credential.enrolled', somchai)
    const twice = await Promise.all([visitor.submit(page, { code }), visitor.submit(page, { code })])
    expect(twice.some(({ status }) => status === 200)).toBe(true)
    expect(await audited('credential.enrolled', somchai)).toBe(before + 1)
    expect((await visitor.submit(page, { code })).trouble).toBe('PRT-2222')
    Object.assign(somchai, {
      secret,
      oneTimeCode: (later = 0) => codeAt(secret, at.clock.now() + later * 30_000).code,
    })
  })

  test('the code of another browser’s page connects nothing', async () => {
    const [mine, theirs] = [at.visitor(), at.visitor()]
    const page = await enter(at, mine, somchai, { path: '/me/add/totp', ...SURELY })
    const foreign = await enter(at, theirs, somying, { path: '/me/add/totp' })
    expect(secretOn(foreign)).not.toBe(secretOn(page))
    const code = codeAt(secretFromText(secretOn(page)), at.clock.now()).code
    expect((await theirs.submit(foreign, { code })).trouble).toBe('PRT-2220')
  })
})

describe('taking away', () => {
  test('the last means is not taken away without the warning that a desk will be needed', async () => {
    const visitor = at.visitor()
    const [path] = removals(await enter(at, visitor, somying))
    const page = await visitor.open(path!)
    expect(page.html).toContain('the last means you have with us')
    expect(page.html).toContain('help desk')
    const again = await visitor.submit(page, { last: '' })
    expect(again.html).toContain('the last means you have with us')
    expect(await audited('credential.removed', somying)).toBe(0)
    const done = await visitor.submit(again, {})
    expect(done.html).toContain('It no longer works')
    expect(await audited('credential.removed', somying)).toBe(1)
    // Their session came by it and ends with it, in a moment: once more takes nothing away, whether it still lives or not.
    await visitor.submit(page, {})
    expect(await audited('credential.removed', somying)).toBe(1)
  })

  test('what another has can’t be taken away by its address', async () => {
    const [theirs] = removals(await enter(at, at.visitor(), somchai))
    const visitor = at.visitor()
    await enter(at, visitor, somying, { by: 'mobile-id' })
    expect((await visitor.open(theirs!)).trouble).toBe('PRT-2223')
    expect((await visitor.post(theirs!, { last: '1' })).trouble).toBe('PRT-2223')
    const before = await audited('credential.removed', somchai)
    expect(removals(await enter(at, at.visitor(), somchai))).toHaveLength(1)
    expect(await audited('credential.removed', somchai)).toBe(before)
  })
})

describe('a change needs a sign-in that is fresh and sure enough', () => {
  test('one of ten minutes ago leads to a new sign-in and back to the very form', async () => {
    const visitor = at.visitor()
    await enter(at, visitor, somchai, SURELY)
    const form = await visitor.open('/me/add/totp')
    at.clock.advance(10 * 60_000)
    expect(pathOf(await visitor.open('/me'))).toBe('/me')
    for (const path of ['/me/add/totp', removals(await visitor.open('/me'))[0]!, '/me/ways'])
      expect(pathOf(await visitor.open(path))).toMatch(/^\/login\//)
    const before = await audited('credential.enrolled', somchai)
    const stale = await visitor.submit(form, {
      code: codeAt(secretFromText(secretOn(form)), at.clock.now()).code,
    })
    expect(pathOf(stale)).toMatch(/^\/login\//)
    expect(await audited('credential.enrolled', somchai)).toBe(before)
    const back = await prove(at, visitor, somchai, stale, SURELY)
    expect(pathOf(back)).toBe('/me/add/totp')
  })

  test('five minutes will do, a second more will not', async () => {
    const visitor = at.visitor()
    await enter(at, visitor, somchai, SURELY)
    at.clock.advance(300_000)
    expect(pathOf(await visitor.open('/me/add/totp'))).toBe('/me/add/totp')
    at.clock.advance(1_000)
    expect(pathOf(await visitor.open('/me/add/totp'))).toMatch(/^\/login\//)
  })

  test('whoever was once known surely changes nothing by a code alone, also where there is no PIN', async () => {
    const visitor = at.visitor()
    const page = await enter(at, visitor, somchai)
    for (const path of ['/me/add/totp', removals(page)[0]!])
      expect(pathOf(await visitor.open(path))).toMatch(/^\/login\//)
    expect(pathOf(await visitor.post(removals(page)[0]!, { last: '1' }))).toMatch(/^\/login\//)
    expect(removals(await visitor.open('/me'))).toEqual(removals(page))
  })

  test('a PIN is not set by a one-time code alone, for it makes codes surer than that', async () => {
    const visitor = at.visitor()
    await enter(at, visitor, somchai)
    const step = await visitor.open('/me/add/pin')
    expect(pathOf(step)).toMatch(/^\/login\//)
    const form = await visitor.open('/me/add/pin')
    const refused = await visitor.post('/me/add/pin', { pin: '481592', again: '481592' })
    expect(pathOf(refused)).toMatch(/^\/login\//)
    expect(await rows(at.database.db, 'select 1 from pin')).toHaveLength(0)

    const page = await prove(at, visitor, somchai, form, { by: 'mobile-id' })
    expect(pathOf(page)).toBe('/me/add/pin')
    expect((await visitor.submit(page, { pin: '123456', again: '123456' })).trouble).toBe('PRT-2007')
    expect((await visitor.submit(page, { pin: '481592', again: '481593' })).trouble).toBe('PRT-2224')
    expect((await visitor.submit(page, { pin: '481592', again: '481592' })).html).toContain('id="done"')
    expect((await visitor.open('/me')).html).toContain('PIN')
  })

  test('nor does whoever made what they have when they were known so surely, and was never known more so', async () => {
    const citizen = at.citizens[2]!
    const visitor = at.visitor()
    await enter(at, visitor, citizen)
    expect(pathOf(await visitor.open('/me/add/totp'))).toBe('/me/add/totp')
    await rows(at.database.db, "update credential set confirmed = 'substantial' where person = ?", [citizen.key])
    expect(pathOf(await visitor.open('/me/add/totp'))).toMatch(/^\/login\//)
  })

  test('with a PIN set, a code without it changes no code any more', async () => {
    const visitor = at.visitor()
    const page = await enter(at, visitor, somchai, { pin: '481592' })
    expect(pathOf(page)).toBe('/me')
    expect(pathOf(await visitor.open('/me/add/pin'))).toBe('/me/add/pin')
    const [app, pin] = removals(page)
    expect((await visitor.open(app!)).html).toContain('id="remove"')
    const done = await visitor.submit(await visitor.open(pin!), {})
    expect(done.html).toContain('It no longer works')
    expect(await rows(at.database.db, 'select 1 from pin')).toHaveLength(0)
  })
})

test('a form sent from another site changes nothing', async () => {
  const visitor = at.visitor()
  const page = await enter(at, visitor, somchai, { path: '/me/add/totp', ...SURELY })
  const code = codeAt(secretFromText(secretOn(page)), at.clock.now()).code
  const [path] = removals(await visitor.open('/me'))
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  const attempts: [string, Record<string, string>][] = [
    ['/me/add/totp', { code }],
    ['/me/add/pin', { pin: '481592', again: '481592' }],
    [path!, { last: '1' }],
    ['/me/ways', { 'way-totp': '1' }],
    ['/me/read', {}],
  ]
  for (const [to, fields] of attempts) expect((await visitor.post(to, fields, foreign)).trouble).toBe('PRT-1009')
})

test('of forty guesses at once at the code of a new app five are looked at, and who guessed can still sign in', async () => {
  const visitor = at.visitor()
  const page = await enter(at, visitor, somchai, { path: '/me/add/totp', ...SURELY })
  const right = codeAt(secretFromText(secretOn(page)), at.clock.now()).code
  const wrong = right === '111111' ? '222222' : '111111'
  const looked = async (guesses: number) => {
    const pages = await Promise.all(Array.from({ length: guesses }, () => visitor.submit(page, { code: wrong })))
    for (const { trouble, headers } of pages)
      if (trouble === 'PRT-2227') expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    return pages.filter(({ trouble }) => trouble === 'PRT-2220').length
  }
  // A busy machine answers one or the other with 503: never more than five.
  const first = await looked(40)
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThanOrEqual(5)
  // The right one waits as well; signing in does not.
  expect((await visitor.submit(page, { code: right })).trouble).toBe('PRT-2227')
  expect(pathOf(await enter(at, at.visitor(), somchai))).toBe('/me')
})
