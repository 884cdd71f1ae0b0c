import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { linkIn, type MailService, startMailService } from '../support/mail.ts'
import { enter, pathOf, prove } from '../support/own-door.ts'
import { type Citizen, callback, request } from '../support/service.ts'
import { sureMethod } from '../support/sure-method.ts'
import type { Visitor } from '../support/visitor.ts'

// What people are told of by e-mail, over a real SMTP server: where it goes, what it says, and the link by which they say
// that it was not them.

const ADDRESS = 'somying@example.org'
let mail: MailService
let somying: Citizen
let somchai: Citizen
beforeAll(async () => {
  mail = await startMailService({ furtherMethods: [sureMethod()] })
  ;[somying, somchai] = mail.at.citizens as [Citizen, Citizen]
}, 60_000)
afterAll(() => mail.close())
// A quarter of an hour later: every wait of the test before is over.
beforeEach(() => mail.at.clock.advance(900_000))

const db = () => mail.at.database.db
const codeIn = (text: string): string => /(?<!\d)\d{6}(?!\d)/.exec(text)![0]

/** Enters an address at the own page, signed in surely, and the code that came. */
async function confirmAddress(visitor: Visitor, citizen: Citizen, address: string): Promise<void> {
  const page = await enter(mail.at, visitor, citizen, { path: '/me/mail', by: 'mobile-id' })
  const sent = await visitor.submit(page, { address })
  const done = await visitor.submit(sent, { code: codeIn((await mail.next(address, /code/)).text) })
  expect(done.html).toContain('We write to you there from now on')
}

describe('an e-mail address', () => {
  test('is in force when its code came back, sealed in the database, and opens no door', async () => {
    const visitor = mail.at.visitor()
    const page = await enter(mail.at, visitor, somying, { path: '/me/mail', by: 'mobile-id' })
    expect((await visitor.submit(page, { address: 'somying' })).trouble).toBe('PRT-2230')
    expect((await visitor.submit(page, { address: `${ADDRESS}\r\nBcc: all@example.org` })).trouble).toBe('PRT-2230')
    const sent = await visitor.submit(page, { address: ADDRESS })
    expect(sent.html).toContain('so•••@example.org')
    expect(sent.html).not.toContain(ADDRESS)
    expect(await rows(db(), 'select 1 from mail_address')).toEqual([])
    const { text } = await mail.next(ADDRESS, /code/)
    const wrong = await visitor.submit(sent, { code: codeIn(text) === '111111' ? '222222' : '111111' })
    expect([wrong.status, wrong.trouble]).toEqual([422, 'PRT-2231'])
    expect((await visitor.submit(wrong, { code: codeIn(text) })).html).toContain('We write to you there from now on')
    const [row] = await rows<{ address: Buffer }>(db(), 'select address from mail_address')
    expect(row!.address.toString('latin1')).not.toContain('somying')
    expect((await visitor.open('/me')).html).toContain('so•••@example.org')
    // Too soon for another code, to whatever address; the one that is there stays.
    const again = await visitor.open('/me/mail')
    expect((await visitor.submit(again, { address: 'other@example.org' })).trouble).toBe('PRT-2233')
  })

  test('takes a sign-in at substantial, and a fresh one', async () => {
    const visitor = mail.at.visitor()
    await enter(mail.at, visitor, somchai)
    expect(pathOf(await visitor.open('/me/mail'))).toMatch(/^\/login\//)
    expect((await visitor.post('/me/mail', { address: 'thief@example.org' })).html).not.toContain('id="continue"')
    expect(mail.came('thief@example.org')).toBe(0)
  })

  test('that is replaced hears of it itself, and then no more', async () => {
    await mail.at.service.parts.persons.setLanguage(db(), somchai.key, 'en')
    const visitor = mail.at.visitor()
    await confirmAddress(visitor, somchai, 'first@example.org')
    mail.at.clock.advance(120_000)
    await confirmAddress(visitor, somchai, 'second@example.org')
    const told = await mail.next('first@example.org', /being changed/)
    expect(told.text).toContain('This is the last message to this one')
    const page = await visitor.open('/me/mail')
    expect((await visitor.submit(page, { remove: '1' })).html).toContain('We do not write to you any more')
    await mail.next('second@example.org', /removed/)
    expect(await rows(db(), 'select 1 from mail_address where person = ?', [somchai.key])).toEqual([])
  })
})

describe('a sign-in from a browser that this person never used', () => {
  test('is told in the person’s language, with no link to a sign-in; the same browser again is not', async () => {
    await mail.at.service.parts.persons.setLanguage(db(), somying.key, 'et')
    const visitor = mail.at.visitor()
    const came = mail.came(ADDRESS)
    await enter(mail.at, visitor, somying)
    const told = await mail.next(ADDRESS, /uuest seadmest/)
    expect(told.text).toContain('Ühekordne kood')
    // The service by its name, the link, and nothing else that could be pressed.
    expect(told.text.match(/https?:\/\/\S+/g)).toEqual([`${mail.at.issuer}${linkIn(told)}`, mail.at.issuer])
    await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })
    await enter(mail.at, visitor, somying)
    // What is told commits with the sign-in: had it been told, there would be a job.
    expect(await rows(db(), "select 1 from job where kind = 'notice' and ended_at is null")).toEqual([])
    expect(mail.came(ADDRESS)).toBe(came + 1)
    await mail.at.service.parts.persons.setLanguage(db(), somying.key, 'en')
  })

  test('costs those who have no channel nothing: no job is made', async () => {
    const before = await rows(db(), "select 1 from job where kind = 'notice'")
    await enter(mail.at, mail.at.visitor(), mail.at.citizens[2]!)
    expect(await rows(db(), "select 1 from job where kind = 'notice'")).toHaveLength(before.length)
  })
})

describe('the link of a notice', () => {
  test('shows what it is about to whoever looks, however often, and does nothing; pressed it ends, shuts and opens a case, once', async () => {
    const thief = mail.at.visitor()
    await enter(mail.at, thief, somying)
    const tax = callback(await thief.open(request(mail.at.issuer, 'tax').url))
    expect(tax).toHaveProperty('code')
    const path = linkIn(await mail.next(ADDRESS, /new device/))

    // A mail scanner, then the owner, in a browser without any sign-in.
    const reader = mail.at.visitor()
    await mail.at.visitor().open(path)
    const page = await reader.open(path)
    expect(page.html).toContain('One-time code')
    expect(page.html).not.toMatch(/สมหญิง|1999900001010|\/login\/|\/auth/)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(pathOf(await thief.open('/me'))).toBe('/me')

    const done = await reader.submit(page, {})
    expect(done.status).toBe(200)
    const number = /id="case">(K-[\w-]+)</.exec(done.html)![1]!
    expect(done.html).toContain('Shut: One-time code')
    expect(done.html).toContain('tel:')
    expect(pathOf(await thief.open('/me'))).toMatch(/^\/login\//)
    expect(callback(await thief.open(request(mail.at.issuer, 'tax', { prompt: 'none' }).url)).error).toBe(
      'login_required',
    )
    const again = mail.at.visitor()
    expect((await prove(mail.at, again, somying, await again.open('/me'))).trouble).toBe('PRT-1107')
    expect(await mail.next(ADDRESS, /was shut/)).toBeDefined()
    const { cases } = mail.at.service.parts
    expect(await cases.find(db(), number)).toMatchObject({ person: somying.key, said: 'link' })
    expect(await rows(db(), "select 1 from audit_event where type = 'case.opened'")).toHaveLength(1)

    // Once only, also for two at the same time.
    const used = await reader.open(path)
    expect([used.status, used.trouble]).toEqual([410, 'PRT-2234'])
    expect((await reader.submit(page, {})).trouble).toBe('PRT-2234')
    expect(await cases.list(db())).toHaveLength(1)
  })

  test('is a hash in the database, dies after thirty days, and nobody guesses one', async () => {
    const visitor = mail.at.visitor()
    await enter(mail.at, visitor, somying, { by: 'mobile-id' })
    const told = await mail.next(ADDRESS, /new device/)
    const path = linkIn(told)
    const kept = await rows<{ hash: Buffer }>(db(), 'select hash, about from own_link')
    expect(JSON.stringify(kept)).not.toContain(path.slice(3))
    for (const wrong of ['/n/x', `/n/${'A'.repeat(22)}`, `${path}x`])
      expect((await visitor.open(wrong)).status).toBeGreaterThanOrEqual(404)
    mail.at.clock.advance(30 * 86_400_000)
    expect((await visitor.open(path)).trouble).toBe('PRT-2234')
    expect(await mail.at.service.parts.links.purge(db())).toBe(kept.length)
  })

  test('pressed by fifty at once it acts once', async () => {
    await enter(mail.at, mail.at.visitor(), somying, { by: 'mobile-id' })
    const path = linkIn(await mail.next(ADDRESS, /new device/))
    const { cases } = mail.at.service.parts
    const before = (await cases.list(db())).length
    const reader = mail.at.visitor()
    const page = await reader.open(path)
    const answers = await Promise.all(Array.from({ length: 50 }, () => reader.submit(page, {})))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ trouble }) => trouble === 'PRT-2234')).toHaveLength(49)
    expect(await cases.list(db())).toHaveLength(before + 1)
  })

  test('pressed on another site’s page it does nothing', async () => {
    await mail.at.service.parts.persons.setBlocks(db(), somying.key, undefined, {
      actor: { kind: 'operator', name: 'test' },
    })
    await enter(mail.at, mail.at.visitor(), somying, { by: 'mobile-id' })
    const path = linkIn(await mail.next(ADDRESS, /new device/))
    const forged = await fetch(`${mail.at.issuer}${path}`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(forged.status).toBeGreaterThanOrEqual(400)
    expect((await mail.at.visitor().open(path)).status).toBe(200)
  })
})

describe('a server that does not take it', () => {
  test('is tried again while it is down, and left alone where it refuses for good', async () => {
    const { clock } = mail.at
    mail.box.answer(ADDRESS, 'down')
    await enter(mail.at, mail.at.visitor(), somying, { by: 'mobile-id' })
    const state = async () =>
      (
        await rows<{ tries: number; outcome: string | null }>(
          db(),
          "select tries, outcome from job where kind = 'mail' order by made_at desc limit 1",
        )
      )[0]
    while (((await state())?.tries ?? 0) < 1) await new Promise(setImmediate)
    mail.box.answer(ADDRESS, 'take')
    clock.advance(60_000)
    await mail.next(ADDRESS, /new device/)
    mail.box.answer(ADDRESS, 'refused')
    clock.advance(60_000)
    await enter(mail.at, mail.at.visitor(), somying, { by: 'mobile-id' })
    const outcomes = async () => await rows(db(), "select 1 from job where kind = 'mail' and outcome = 'refused'")
    while ((await outcomes()).length < 1) await new Promise(setImmediate)
    mail.box.answer(ADDRESS, 'take')
  })
})
