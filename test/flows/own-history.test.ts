import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { SECTIONS } from '../../src/web/portal/everything.ts'
import { linkIn, type MailService, startMailService } from '../support/mail.ts'
import { enter, pathOf, prove } from '../support/own-door.ts'
import { addPension, receive } from '../support/pension.ts'
import { type Citizen, callback, request } from '../support/service.ts'
import { sureMethod } from '../support/sure-method.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// What a citizen sees of what is done in their name, over HTTP: open visits and their end, history, what went to whom,
// consents taken back, "this was not me" said signed in, and the file with everything.

let mail: MailService
let somying: Citizen
beforeAll(async () => {
  mail = await startMailService({ furtherMethods: [sureMethod()] })
  somying = mail.at.citizens[0]!
  await addPension(mail.at)
  await mail.at.service.parts.persons.setLanguage(mail.at.database.db, somying.key, 'en')
  // Known surely from the first: nothing is taken away later.
  await enter(mail.at, mail.at.visitor(), somying, { by: 'mobile-id' })
}, 60_000)
afterAll(() => mail.close())
beforeEach(() => mail.at.clock.advance(900_000))

const db = () => mail.at.database.db
const links = ({ html }: Page, like: RegExp): string[] =>
  [...html.matchAll(/href="([^"]+)"/g)].flatMap(([, to]) => (like.test(to!) ? [to!] : []))
const SESSION = /^\/me\/sessions\/[0-9a-f-]{36}$/
const NOT_ME = /^\/me\/not-me\//

const signInAt = (visitor: Visitor, agency: string, scope?: string) => receive(mail.at, visitor, somying, agency, scope)
const userInfo = async (token: string): Promise<Record<string, unknown>> =>
  (
    await fetch(`${mail.at.issuer}/me`.replace('/me', '/userinfo'), { headers: { authorization: `Bearer ${token}` } })
  ).json() as Promise<Record<string, unknown>>

test('a sign-in is a line with means and browser, and beside it what the agency received on which ground', async () => {
  const visitor = mail.at.visitor()
  const { access_token } = await signInAt(visitor, 'pension')
  await userInfo(access_token)
  const page = await visitor.open('/me')
  expect(page.html).toMatch(
    /Signed in to Site of pension[\s\S]*One-time code[\s\S]*It received: Name[\s\S]*Ground: a law\. \(Section 9\)[\s\S]*It received: Date of birth[\s\S]*Ground: your consent/,
  )
  // Nothing of it lies open in the database.
  const kept = await rows<{ detail: Buffer }>(db(), 'select detail from own_history')
  expect(Buffer.concat(kept.map(({ detail }) => detail)).toString('latin1')).not.toMatch(/birthdate|totp/)
  // Others see nothing of it.
  const other = mail.at.visitor()
  const [line] = links(page, NOT_ME)
  await enter(mail.at, other, mail.at.citizens[1]!, { by: 'mobile-id' })
  expect((await other.open(line!)).trouble).toBe('PRT-2235')
  expect((await other.open('/me/history')).html).not.toContain('Site of pension')
})

test('the history goes on from page to page to its beginning', async () => {
  const visitor = mail.at.visitor()
  await enter(mail.at, visitor, somying)
  const asked = () => visitor.open(request(mail.at.issuer, 'tax', { prompt: 'none' }).url)
  for (let n = 0; n < 60; n++) await asked()
  const seen = new Set<string>()
  let page = await visitor.open('/me/history')
  for (let pages = 1; ; pages++) {
    for (const link of links(page, NOT_ME)) {
      expect(seen.has(link)).toBe(false)
      seen.add(link)
    }
    const [older] = links(page, /^\/me\/history\?before=/)
    if (!older) {
      expect(pages).toBeGreaterThan(1)
      break
    }
    page = await visitor.open(older)
  }
  expect(seen.size).toBeGreaterThan(60)
  expect((await visitor.open('/me/history?before=nonsense')).status).toBe(200)
})

describe('an open visit', () => {
  test('is shown with its agencies, and ended from another browser: there and at its agencies', async () => {
    const [phone, desk] = [mail.at.visitor(), mail.at.visitor()]
    await signInAt(phone, 'tax', 'openid')
    await enter(mail.at, desk, somying, { by: 'mobile-id' })
    const page = await desk.open('/me')
    expect(page.html).toContain('This browser')
    const sessions = links(page, SESSION)
    expect(sessions.length).toBeGreaterThanOrEqual(2)
    const { live } = mail.at.service.parts
    const one = (await live.listOf(db(), somying.key)).find(({ parties }) =>
      parties.some(({ client }) => client === 'tax'),
    )!
    const asked = await desk.open(`/me/sessions/${one.ref}`)
    expect(asked.html).toContain('Site of tax')
    expect((await desk.submit(asked, {})).html).toContain('Ended')
    // On every node within moments of the answer.
    const again = async () => callback(await phone.open(request(mail.at.issuer, 'tax', { prompt: 'none' }).url)).error
    while ((await again()) !== 'login_required');
    expect((await desk.open(`/me/sessions/${one.ref}`)).trouble).toBe('PRT-2235')
    // Which agencies have heard of it stands beside the line.
    const { queue } = mail.at.service.parts
    const told = { kind: 'logout', destination: 'tax', person: somying.key, session: one.ref, about: 'citizen' }
    await queue.put(db(), { ...told, payload: {}, after: 86_400_000 })
    expect((await desk.open('/me/history')).html).toMatch(/A visit was ended[\s\S]{0,300}Site of tax: not reached yet/)
    await rows(db(), "delete from job where kind = 'logout'")
  })

  test('takes a sure sign-in to end: whoever has the weak means ends nothing', async () => {
    const weak = mail.at.visitor()
    await enter(mail.at, weak, somying)
    const [session] = links(await weak.open('/me'), SESSION)
    expect(pathOf(await weak.open(session!))).toMatch(/^\/login\//)
    const before = (await mail.at.service.parts.live.listOf(db(), somying.key)).length
    await weak.post(session!, {})
    expect(await mail.at.service.parts.live.listOf(db(), somying.key)).toHaveLength(before)
  })
})

test('a consent that is withdrawn holds at once: the very token that told it before tells it no more', async () => {
  const visitor = mail.at.visitor()
  const { access_token } = await signInAt(visitor, 'pension')
  expect(await userInfo(access_token)).toHaveProperty('birthdate')
  const own = mail.at.visitor()
  await enter(mail.at, own, somying, { by: 'mobile-id' })
  const page = await own.open('/me/consents')
  expect(page.html).toContain('Purpose of pension')
  const [path] = links(page, /^\/me\/consents\/[\w-]+$/)
  const asked = await own.open(path!)
  expect(asked.html).toContain('Date of birth')
  expect((await own.submit(asked, {})).html).toContain('Withdrawn')
  const told = await userInfo(access_token)
  expect(told).toHaveProperty('name')
  expect(told).not.toHaveProperty('birthdate')
  expect((await own.open('/me/consents')).html).toContain('Withdrawn on')
  expect((await own.open(path!)).trouble).toBe('PRT-2235')
})

test('“this was not me” of a line ends what was entered, shuts the means, opens a case, and tells how to go on', async () => {
  const thief = mail.at.visitor()
  await signInAt(thief, 'tax', 'openid')
  const own = mail.at.visitor()
  await enter(mail.at, own, somying, { by: 'mobile-id' })
  const page = await own.open('/me/history')
  const line = links(page, NOT_ME)[
    page.html.slice(0, page.html.indexOf('Signed in to Site of tax')).match(/href="\/me\/not-me\//g)?.length ?? 0
  ]!
  const asked = await own.open(line)
  expect(asked.html).toContain('Nobody gets in with this any more: One-time code')
  const done = await own.submit(asked, {})
  expect(done.html).toContain('Shut: One-time code')
  const number = /id="case">(K-[\w-]+)</.exec(done.html)![1]!
  expect(callback(await thief.open(request(mail.at.issuer, 'tax', { prompt: 'none' }).url)).error).toBe(
    'login_required',
  )
  const again = mail.at.visitor()
  expect((await prove(mail.at, again, somying, await again.open('/me'))).trouble).toBe('PRT-1107')
  // Whoever says it is not signed out by it, and sees that it is looked into.
  expect((await own.open('/me')).html).toContain(number)
  await mail.at.service.parts.persons.setBlocks(db(), somying.key, undefined, {
    actor: { kind: 'operator', name: 'test' },
  })
})

test('an official’s look-up is a line with its reason, and asking why opens a case and shuts nothing', async () => {
  const { audit, clock } = mail.at.service.parts
  const read = { type: 'person.read', actor: { kind: 'operator', name: 'anna' }, person: somying.key } as const
  await audit.append(db(), { ...read, detail: { what: 'entry', reason: 'benefit claim 114' } })
  await audit.append(db(), {
    ...read,
    shownFrom: clock.now() + 86_400_000,
    detail: { what: 'entry', reason: 'withheld' },
  })
  const own = mail.at.visitor()
  await enter(mail.at, own, somying, { by: 'mobile-id' })
  const page = await own.open('/me/look-ups')
  expect(page.html).toContain('Reason given: benefit claim 114')
  expect(page.html).not.toContain('withheld')
  const done = await own.submit(await own.open(links(page, NOT_ME)[0]!), {})
  expect(done.html).toContain('We have asked')
  expect(pathOf(await own.open('/me'))).toBe('/me')
  expect(
    await rows(db(), 'select blocked_methods from person where key = ? and blocked_methods is not null', [somying.key]),
  ).toEqual([])
})

describe('the file with everything', () => {
  /** Every table of the database: the part of the file that answers for it, or why nothing of a person's is in it. */
  const ANSWERS: Readonly<Record<string, string>> = {
    person: 'entry',
    person_identifier: 'entry',
    person_language: 'entry',
    person_history: 'versions',
    credential: 'means',
    pin: 'means',
    passkey: 'means',
    code_card: 'means',
    mail_address: 'channels',
    live_session: 'sessions',
    live_session_party: 'sessions',
    own_history: 'history',
    own_history_elsewhen: 'history',
    consent: 'consents',
    own_case: 'cases',
    job: 'notices',
    operator_request: 'requests',
    audit_event: 'no: the same acts stand in history; what is only proof names nobody without the keys',
    activation_letter: 'no: a keyed hash; that a letter was sent stands in history',
    wiped_means: 'no: shown on the page until read, and stands in history',
    passkey_handle: 'no: random bytes that their own devices have',
    own_link: 'no: a hash; the notice that has the link stands in notices',
    register_event: 'no: gone within seconds; what changed stands in versions',
    throttle: 'no: keyed hashes that can’t be searched by person',
    prompt: 'no: keyed hashes that can’t be searched by person',
    prompt_source: 'no: keyed hashes of networks',
    card_key: 'no: hashes that can’t be searched by person',
    card_block: 'no: hashes of cards’ numbers, of nobody in particular',
  }
  const NOBODYS = [
    'agency',
    'agreement',
    'client_change',
    'key_fingerprint',
    'key_schedule',
    'key_uptake',
    'method_switch',
    'migration',
    'operator',
    'periodic_work',
    'relying_party',
    'secret_holder',
    'secret_schedule',
    'secret_version',
    'secret_wrap',
    'signing_for',
    'signing_key',
    'signing_private',
  ]

  test('answers for every table there is: a new one without an answer fails here', async () => {
    const tables = await rows<{ name: string }>(
      db(),
      `select c.relname as name from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
       and c.relname !~ '^own_history_[0-9]' order by 1`,
    )
    const unanswered = tables.map(({ name }) => name).filter((name) => !(name in ANSWERS) && !NOBODYS.includes(name))
    expect(unanswered).toEqual([])
    const sections = Object.values(ANSWERS).filter((answer) => !answer.startsWith('no: '))
    expect(new Set(sections)).toEqual(new Set(SECTIONS))
  })

  test('is given after a sure sign-in, whole, as JSON and to read, without secrets, and is on record', async () => {
    const { parts } = mail.at.service
    const by = { kind: 'operator', name: 'anna' } as const
    await parts.requests.ask(db(), {
      kind: 'recovery',
      person: somying.key,
      act: { why: 'lost all' },
      reason: 'lost all',
      by,
    })
    await parts.mailAddresses.confirm(db(), somying.key, 'somying@example.org', { actor: by })
    const weak = mail.at.visitor()
    await enter(mail.at, weak, somying)
    linkIn(await mail.next('somying@example.org', /new device/))
    expect(pathOf(await weak.open('/me/download'))).toMatch(/^\/login\//)
    const own = mail.at.visitor()
    const page = await enter(mail.at, own, somying, { path: '/me/download', by: 'mobile-id' })
    const file = await own.submit(page, { as: 'json' })
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="pratu-.*\.json"$/)
    const all = JSON.parse(file.html) as Record<string, readonly Record<string, unknown>[]>
    for (const section of SECTIONS) expect([section, all[section]!.length > 0]).toEqual([section, true])
    expect(all.entry![0]).toMatchObject({ given_name: 'สมหญิง', identifiers: ['TH 1999900001010'] })
    expect(all.channels).toContainEqual(expect.objectContaining({ mail_address: 'somying@example.org' }))
    expect(all.history!.length).toBe(
      (await rows(db(), 'select 1 from own_history where person = ? and shown_from is null', [somying.key])).length,
    )
    expect(all.history).toContainEqual(expect.objectContaining({ what: 'own.downloaded' }))
    expect(file.html).not.toContain(somying.secret.toString('base64'))
    expect(file.html).not.toMatch(/anna|withheld/)

    const read = await own.submit(await own.open('/me/download'), { as: 'page' })
    expect(read.html).toContain('Everything that this service holds about you')
    expect(read.html).toContain('1999900001010')
    // What happened is told as on the page, agencies and claims by their names.
    for (const words of ['Your entry was looked up', 'Signed in to Site of pension', 'Date of birth'])
      expect(read.html).toContain(words)
    expect(read.html).not.toMatch(/>(sign-in\.succeeded|Something else was changed|pension|birthdate|totp)</)
    expect(read.html).not.toMatch(/<script|<link|<img/)
    expect(await rows(db(), "select 1 from audit_event where type = 'own.downloaded'")).toHaveLength(2)
  })
})
