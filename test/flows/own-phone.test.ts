import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { enter, pathOf, prove, removals } from '../support/own-door.ts'
import { softAuthenticator } from '../support/passkeys.ts'
import type { Citizen } from '../support/service.ts'
import { codeIn, type SmsService, startSmsService } from '../support/sms.ts'
import { sureMethod } from '../support/sure-method.ts'
import type { Page } from '../support/visitor.ts'

// On the citizen's own page: the telephone, the passkey, and who hears of a change.

let sms: SmsService
let somying: Citizen
let onne: Citizen
beforeAll(async () => {
  sms = await startSmsService({ furtherMethods: [sureMethod()], settings: { PRATU_PASSKEYS: 'on' } })
  ;[somying, , onne] = sms.at.citizens as [Citizen, Citizen, Citizen]
  for (const person of [somying, onne]) await enter(sms.at, sms.at.visitor(), person, { by: 'mobile-id' })
}, 60_000)
afterAll(() => sms.close())
// An hour later: every wait of the test before is over.
beforeEach(() => sms.at.clock.advance(3_700_000))

const NEW = '+66855550123'
// Of a change; that a browser is new is another matter (own-notices).
const told = /^(?!.*#\d{6}$)(?!.*อุปกรณ์ใหม่)/s
const held = ({ key }: Citizen) =>
  rows(sms.at.database.db, "select method, confirmed from credential where person = ? and state = 'active'", [key])

describe('a telephone', () => {
  test('is added by a code that was sent to it, and the list shows its last digits', async () => {
    const visitor = sms.at.visitor()
    const page = await enter(sms.at, visitor, onne, { path: '/me/add/sms-code', by: 'mobile-id' })
    expect((await visitor.submit(page, { phone: '12' })).trouble).toBe('PRT-1906')
    const sent = await visitor.submit(page, { phone: '085 555 0123' })
    expect(sent.html).toContain('ends in 0123')
    const text = await sms.next(NEW)
    expect(text).toContain('My door')
    const code = codeIn(text)
    const off = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
    expect((await visitor.submit(sent, { code: off })).trouble).toBe('PRT-1901')
    expect(await held(onne)).toHaveLength(1)
    // The page comes back as it was, and nobody else's browser has it.
    expect((await visitor.open('/me/add/sms-code')).html).toContain('ends in 0123')
    const other = sms.at.visitor()
    await enter(sms.at, other, onne, { by: 'mobile-id' })
    expect((await other.post('/me/add/sms-code', { code })).trouble).toBe('PRT-2222')

    expect((await visitor.submit(sent, { code })).html).toContain('id="done"')
    expect(await held(onne)).toContainEqual({ method: 'sms-code', confirmed: 'high' })
    expect((await visitor.open('/me')).html).toContain('•••• 0123')
    expect((await visitor.submit(sent, { code })).trouble).toBe('PRT-2222')
  })

  test('that is replaced hears of it, the new one does not until it is in force', async () => {
    const visitor = sms.at.visitor()
    const page = await enter(sms.at, visitor, somying, { path: '/me/add/sms-code', by: 'mobile-id' })
    expect(page.html).toContain('takes the place of the number you have')
    const sent = await visitor.submit(page, { phone: '+66 85 555 0999' })
    const code = codeIn(await sms.next('+66855550999'))
    const before = sms.came('+66855550999')
    expect((await visitor.submit(sent, { code })).html).toContain('id="done"')
    expect(await sms.next(sms.phoneOf(somying), told)).toBeTruthy()
    expect(sms.came('+66855550999')).toBe(before)
  })

  test('hears of every other change: ways shut and opened, a means taken away', async () => {
    const visitor = sms.at.visitor()
    await enter(sms.at, visitor, somying, { by: 'mobile-id' })
    const number = '+66855550999'
    const ways = { 'way-mobile-id': '1', 'way-totp': '1', later: '1' }
    expect((await visitor.post('/me/ways', ways)).html).toContain('id="done"')
    expect(await sms.next(number, told)).toMatch(/^ปิดการเข้าสู่ระบบ.*พาสคีย์, รหัสทางข้อความ/)
    const all = { ...ways, 'way-passkey': '1', 'way-sms-code': '1' }
    expect((await visitor.post('/me/ways', all)).html).toContain('id="done"')
    expect(await sms.next(number, told)).toMatch(/^เปิดการเข้าสู่ระบบ.*พาสคีย์, รหัสทางข้อความ/)
    const [app] = removals(await visitor.open('/me'))
    expect((await visitor.submit(await visitor.open(app!), {})).html).toContain('It no longer works')
    expect(await sms.next(number, told)).toBeTruthy()
  })
})

describe('a passkey', () => {
  const optionsOn = ({ html }: Page): unknown =>
    JSON.parse(/data-options="([^"]*)"/.exec(html)![1]!.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))

  test('is made only after a sign-in at high, and stands in the list under its name', async () => {
    const visitor = sms.at.visitor()
    await enter(sms.at, visitor, onne)
    const led = await visitor.open('/me/add/passkey')
    expect(pathOf(led)).toMatch(/^\/login\//)
    expect(pathOf(await visitor.post('/me/add/passkey', { answer: '{}', name: 'x' }))).toMatch(/^\/login\//)
    const page = await prove(sms.at, visitor, onne, led, { by: 'mobile-id' })
    expect(pathOf(page)).toBe('/me/add/passkey')

    const device = softAuthenticator({ origin: sms.at.issuer })
    expect((await visitor.submit(page, { answer: '{}', name: 'x' })).trouble).toBe('PRT-2102')
    const again = await visitor.open('/me/add/passkey')
    const answer = device.make(optionsOn(again)).made
    const done = await visitor.submit(again, { answer, name: 'My phone' })
    expect(done.html).toContain('id="done"')
    expect((await visitor.open('/me')).html).toContain('Passkey, My phone')
    // The answer was good once.
    expect((await visitor.submit(again, { answer, name: 'My phone' })).trouble).toBe('PRT-2103')

    // To take it away, a code is not enough.
    const weak = sms.at.visitor()
    const list = await enter(sms.at, weak, onne)
    const means = list.html.slice(list.html.indexOf('id="means"'))
    const path = removals(list)[means.indexOf('Passkey, My phone') < means.indexOf('One-time code') ? 0 : 1]!
    const step = await weak.open(path)
    expect(pathOf(step)).toMatch(/^\/login\//)
    const asked = await prove(sms.at, weak, onne, step, { by: 'mobile-id' })
    expect(pathOf(asked)).toBe(path)
    expect((await weak.submit(asked, {})).html).toContain('It no longer works')
    expect((await visitor.open('/me')).html).not.toContain('My phone')
  })
})
