import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { codeAt, secretFromText } from '../../src/methods/totp/code.ts'
import { rows } from '../../src/platform/db.ts'
import { enter, pathOf, prove, secretOn } from '../support/own-door.ts'
import {
  type Citizen,
  callback,
  redeem,
  request,
  secretOfAgency,
  signIn,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'
import { sureMethod } from '../support/sure-method.ts'

// Somebody was faster than the owner (security bar §3 row 35): what a weak sign-in added before the owner first came with
// a strong means is worth nothing from then on.

let at: TestService
let somying: Citizen
let somchai: Citizen
beforeAll(async () => {
  at = await startService({ furtherMethods: [sureMethod()] })
  ;[somying, somchai] = at.citizens as [Citizen, Citizen]
}, 60_000)
afterAll(() => at.close())

const audited = (type: string, { key }: Citizen) =>
  rows<{ type: string }>(at.database.db, 'select type from audit_event where type = ? and person = ?', [type, key])

test('the owner’s first sure sign-in takes away what a thief of the letter made, the thief’s session and their tokens', async () => {
  // The thief got in weakly and connects an app of their own.
  const thief = at.visitor()
  const page = await enter(at, thief, somying, { path: '/me/add/totp' })
  const secret = secretFromText(secretOn(page))
  await thief.submit(page, { code: codeAt(secret, at.clock.now()).code })
  const app = { ...somying, secret, oneTimeCode: () => codeAt(secret, at.clock.now()).code }
  expect((await thief.open('/me')).html).toContain('You were not surely known when this was added')
  const asked = request(at.issuer, 'social')
  const { access_token, refresh_token } = await redeem(
    at.issuer,
    'social',
    callback(await thief.open(asked.url)).code!,
    asked.verifier,
  )
  expect((await userInfo(at.issuer, access_token)).status).toBe(200)
  const late = request(at.issuer, 'tax')
  const lateCode = callback(await thief.open(late.url)).code!

  // The owner comes.
  at.clock.advance(2_000)
  const owner = at.visitor()
  const mine = await enter(at, owner, somying, { by: 'mobile-id' })
  expect(pathOf(mine)).toBe('/me')
  expect(mine.html).toContain('We have taken away means that were not surely yours')
  expect(mine.html).toContain('no means of your own')
  expect(await audited('credential.wiped', somying)).toHaveLength(1)

  // The thief is out: the page, single sign-on, tokens, a code not yet redeemed, the app.
  expect(pathOf(await thief.open('/me'))).toMatch(/^\/login\//)
  expect(pathOf(await thief.open(request(at.issuer, 'tax').url))).toMatch(/^\/login\/|^\/auth/)
  expect((await thief.open(request(at.issuer, 'tax').url)).status).toBe(200)
  const silent = await thief.open(request(at.issuer, 'tax', { prompt: 'none' }).url)
  expect(callback(silent).error).toBe('login_required')
  expect((await userInfo(at.issuer, access_token)).status).toBe(401)
  expect((await redeem(at.issuer, 'tax', lateCode, late.verifier)).error).toBe('invalid_grant')
  expect(refresh_token).toBeDefined()
  const refreshed = await fetch(`${at.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`social:${secretOfAgency('social')}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh_token! }),
  })
  expect(refreshed.status).toBe(400)
  const again = at.visitor()
  at.clock.advance(30_000)
  const login = await again.submit(await again.open('/me'), { method: 'totp' })
  const wrong = await again.submit(login, { scheme: app.scheme, person_code: app.code, code: app.oneTimeCode() })
  expect(wrong.trouble).toBe('PRT-1201')

  // What the owner has read isn't told again, and what they add now stays.
  at.clock.advance(301_000)
  const back = await prove(at, owner, somying, await owner.submit(mine, {}), { by: 'mobile-id' })
  expect(pathOf(back)).toBe('/me')
  expect(back.html).toContain('We have taken away')
  expect(pathOf(await owner.submit(back, {}))).toBe('/me')
  expect((await owner.open('/me')).html).not.toContain('We have taken away')
  const own = await owner.open('/me/add/totp')
  const ownSecret = secretFromText(secretOn(own))
  expect((await owner.submit(own, { code: codeAt(ownSecret, at.clock.now()).code })).html).toContain('id="done"')
  expect((await owner.open('/me')).html).not.toContain('You were not surely known')
  at.clock.advance(60_000)
  await enter(at, at.visitor(), somying, { by: 'mobile-id' })
  expect(await audited('credential.wiped', somying)).toHaveLength(1)
  expect((await owner.open('/me')).html).toContain('One-time code')
})

test('what the desk or its letter gave stays, and so do the sessions made with it', async () => {
  const visitor = at.visitor()
  expect(pathOf(await enter(at, visitor, somchai))).toBe('/me')
  at.clock.advance(2_000)
  const sure = await enter(at, at.visitor(), somchai, { by: 'mobile-id' })
  expect(sure.html).toContain('Given to you at a desk')
  expect(sure.html).not.toContain('We have taken away')
  expect(pathOf(await visitor.open('/me'))).toBe('/me')
  expect(await audited('credential.wiped', somchai)).toHaveLength(0)
})

test('of many first sure sign-ins at once one takes away, and all get in', async () => {
  const person = at.citizens[2]!
  const weak = at.visitor()
  const page = await enter(at, weak, person, { path: '/me/add/totp' })
  await weak.submit(page, { code: codeAt(secretFromText(secretOn(page)), at.clock.now()).code })
  at.clock.advance(2_000)
  const all = await Promise.all(Array.from({ length: 8 }, () => enter(at, at.visitor(), person, { by: 'mobile-id' })))
  expect(all.map(pathOf)).toEqual(Array.from({ length: 8 }, () => '/me'))
  expect(await audited('credential.wiped', person)).toHaveLength(1)
})

test('an agency’s own sign-in by a strong means does it as well', async () => {
  const { db } = at.database
  await rows(db, 'update person set strong_since = null, ended_at = null where key = ?', [somchai.key])
  await rows(db, "update credential set confirmed = null where person = ? and state = 'active'", [somchai.key])
  at.clock.advance(2_000)
  const visitor = at.visitor()
  const choose = await visitor.open(request(at.issuer, 'tax', { acr_values: 'high' }).url)
  const form = choose.html.includes('name="person_code"')
    ? choose
    : await visitor.submit(choose, { method: 'mobile-id' })
  const answer = await visitor.submit(form, { scheme: somchai.scheme, person_code: somchai.code, code: '000000' })
  expect(callback(answer).code).toBeDefined()
  expect(await audited('credential.wiped', somchai)).toHaveLength(1)
  expect(callback(await signIn(at, visitor, somchai, request(at.issuer, 'social')))).toHaveProperty('code')
})
