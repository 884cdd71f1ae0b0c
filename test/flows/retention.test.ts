import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { type MailService, startMailService } from '../support/mail.ts'
import { enter, prove } from '../support/own-door.ts'
import { callback, redeem, request, userInfo } from '../support/service.ts'
import { sureMethod } from '../support/sure-method.ts'

// What is forgotten is forgotten: after its time, as many more sign-ins leave no more rows than those before, in whatever
// table, and old months are dropped. Looked at over every table of the database, so that a new one is looked at too.

const DAY = 86_400_000
let mail: MailService
beforeAll(async () => {
  mail = await startMailService({ furtherMethods: [sureMethod()] })
}, 60_000)
afterAll(() => mail.close())

const db = () => mail.at.database.db

/** All kinds of a day: sign-ins with what follows, wrong codes, a new browser that is told of, a look at the own page. */
async function live(): Promise<void> {
  const { at } = mail
  const [somying] = at.citizens
  for (let n = 0; n < 3; n++) {
    at.clock.advance(60_000)
    for (const citizen of at.citizens.slice(0, 2)) {
      const visitor = at.visitor()
      const asked = request(at.issuer, 'tax')
      const { code } = callback(await prove(at, visitor, citizen, await visitor.open(asked.url)))
      const { access_token } = await redeem(at.issuer, 'tax', code!, asked.verifier)
      await userInfo(at.issuer, access_token)
      await visitor.open('/me')
      await visitor.open(request(at.issuer, 'social', { prompt: 'none' }).url)
    }
    const guesser = at.visitor()
    const form = await guesser.submit(await guesser.open(request(at.issuer, 'tax').url), { method: 'totp' })
    await guesser.submit(form, { scheme: somying!.scheme, person_code: somying!.code, code: '000000' })
    await enter(at, at.visitor(), somying!, { by: 'mobile-id' })
    await mail.next('somying@example.org', /./)
  }
}

/** Long after, with the schedule at work: sessions lapse first, and are taken off the list an hour later. */
async function forget(): Promise<void> {
  const waiting = () => rows(db(), 'select 1 from job where ended_at is null')
  while ((await waiting()).length > 0);
  for (const later of [1_000 * DAY, 40 * DAY, DAY]) {
    mail.at.clock.advance(later)
    await mail.at.service.look()
  }
}

async function counted(): Promise<Readonly<Record<string, number>>> {
  const tables = await rows<{ name: string }>(
    db(),
    "select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace",
  )
  const counts: Record<string, number> = {}
  const { clock, config } = mail.at.service.parts
  const erased = new Date(clock.now() - config.auditRetentionDays * DAY)
  for (const { name } of tables) {
    // Keys change by the calendar, not by sign-ins, and their public halves stay.
    if (name === 'signing_key') continue
    // The proof that something was done stays for ever; what it said does not.
    const [only, values] = name === 'audit_event' ? ['where payload is not null and at < ?', [erased]] : ['', []]
    const [row] = await rows<{ count: number }>(db(), `select count(*)::int as count from ${name} ${only}`, values)
    // Months have other names a thousand days later.
    const table = name.replace(/_\d{4}_\d{2}$/, '_month')
    counts[table] = (counts[table] ?? 0) + row!.count
  }
  return counts
}

test('after their time, more sign-ins leave no more rows than before, in any table', async () => {
  const by = { kind: 'operator', name: 'test' } as const
  await mail.at.service.parts.mailAddresses.confirm(db(), mail.at.citizens[0]!.key, 'somying@example.org', {
    actor: by,
  })
  await live()
  await forget()
  const before = await counted()
  await live()
  const meanwhile = await counted()
  expect(meanwhile.own_history).toBeGreaterThan(20)
  expect(meanwhile.job).toBeGreaterThan(before.job!)
  await forget()
  expect(await counted()).toEqual(before)
  // The first sign-ins' months are gone, and those that are there are as many as three years have at most.
  const months = await rows<{ name: string }>(
    db(),
    "select relname as name from pg_class where relname ~ '^own_history_[0-9_]+$' order by 1",
  )
  expect(months[0]!.name > 'own_history_2027_00').toBe(true)
  expect(months.length).toBeLessThan(36)
  expect(before).toMatchObject({
    audit_event: 0,
    own_history_elsewhen: 0,
    live_session: 0,
    live_session_party: 0,
    job: 0,
    own_link: 0,
    throttle: 0,
  })
}, 120_000)
