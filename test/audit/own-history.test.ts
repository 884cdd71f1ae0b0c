import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Entry } from '../../src/audit/entry.ts'
import { openAuditLog } from '../../src/audit/log.ts'
import { openOwnHistory } from '../../src/audit/own-history.ts'
import { clientId, personKey } from '../../src/identity/identifiers.ts'
import { atOnce } from '../../src/platform/at-once.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { countStatements } from '../support/statements.ts'

const sealer = testSealer('audit-payload')
const PERSON = personKey('00000000-0000-4000-8000-000000000001')
const OTHER = personKey('00000000-0000-4000-8000-000000000002')
const DAY = 86_400_000

let database: TestDatabase
const clock = testClock()
const audit = openAuditLog({ sealer, clock, random: testRandom('audit') })
const history = openOwnHistory({ sealer, clock, retentionDays: 730 })
beforeEach(async () => {
  database = await testDatabase()
  clock.set('2026-11-21T09:00:00Z')
})
afterEach(() => database.close())

const signIn = (more: Partial<Entry> = {}): Entry => ({
  type: 'sign-in.succeeded',
  actor: { kind: 'citizen', person: PERSON },
  person: PERSON,
  client: clientId('tax'),
  detail: { method: 'totp', amr: ['otp', 'totp'], acr: 'low', device: 'Chrome · Android', evidence: 'secret' },
  ...more,
})
const append = (...[entry, ...more]: [Entry, ...Entry[]]) => audit.append(database.db, entry, ...more)
const lines = () => history.of(database.db, PERSON)
const turn = async () => {
  await transaction(database.db, (tx) => history.makeMonths(tx))
  return transaction(database.db, (tx) => history.dropMonths(tx))
}
const months = async () =>
  (
    await rows<{ name: string; lines: string }>(
      database.db,
      `select c.relname as name, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || c.relname, false, true, '')))[1]::text as lines
       from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'own_history'::regclass order by 1`,
    )
  ).map(({ name, lines: held }) => `${name.replace('own_history_', '')} ${held}`)

test('a person sees what the table shows of an entry and nothing else of it; others see nothing', async () => {
  await append(signIn())
  expect(await lines()).toEqual([
    {
      ref: expect.stringMatching(/^[0-9a-f-]{36}$/),
      at: clock.now(),
      type: 'sign-in.succeeded',
      client: 'tax',
      detail: { method: 'totp', amr: ['otp', 'totp'], acr: 'low', device: 'Chrome · Android' },
    },
  ])
  expect(await history.of(database.db, OTHER)).toEqual([])
  const [{ ref }] = (await lines()) as unknown as [{ ref: string }]
  expect(await history.find(database.db, OTHER, ref)).toBeUndefined()
  expect(await history.find(database.db, PERSON, 'nonsense')).toBeUndefined()
  expect(await history.find(database.db, PERSON, ref)).toMatchObject({ client: 'tax' })
  const [{ detail }] = (await rows<{ detail: Buffer }>(database.db, 'select detail from own_history')) as [
    { detail: Buffer },
  ]
  expect(detail.includes('totp')).toBe(false)
})

test('a line costs no statement of its own: it is written by the entry’s, alone, several at once, or within another', async () => {
  const counted = countStatements(database.db)
  await append(signIn())
  await append(signIn({ type: 'sign-in.single-sign-on' }), signIn({ type: 'code.issued' }))
  await atOnce(database.db, {
    when: [{ sql: `select 1 where {only}`, values: [] }],
    acts: audit.parts(signIn()),
  })
  expect(counted.count()).toBe(3)
  counted.stop()
  expect((await lines()).map(({ type }) => type).toSorted()).toEqual([
    'sign-in.single-sign-on',
    'sign-in.succeeded',
    'sign-in.succeeded',
  ])
  expect(await rows(database.db, 'select 1 from audit_event')).toHaveLength(4)
})

test('what is not done by its condition leaves no line either', async () => {
  await atOnce(database.db, {
    when: [{ sql: `select 1 where {only} and false`, values: [] }],
    acts: audit.parts(signIn()),
  })
  expect(await lines()).toEqual([])
  expect(await rows(database.db, 'select 1 from audit_event')).toEqual([])
})

test('a wrong code is no line, for it must cost the same whether or not there is such a person; a right proof refused is one', async () => {
  const refused = { type: 'sign-in.refused', actor: { kind: 'visitor' } } as const
  await append(signIn({ ...refused, detail: { code: 'PRT-1201', method: 'totp', because: 'step' } }))
  await append(signIn({ ...refused, detail: { error: 'access_denied' } }))
  expect(await lines()).toEqual([])
  await append(signIn({ ...refused, detail: { code: 'PRT-1107', method: 'totp', proved: true, evidence: 'x' } }))
  expect(await lines()).toMatchObject([{ detail: { code: 'PRT-1107', method: 'totp', actor: 'visitor' } }])
  expect((await lines())[0]?.detail).not.toHaveProperty('evidence')
})

test('pages follow one another from the newest on, without a gap and without a line twice', async () => {
  const all: string[] = []
  for (let n = 0; n < 7; n++) {
    // Three fall into the same millisecond.
    if (n !== 3 && n !== 4) clock.advance(1_000)
    await append(signIn({ client: clientId(`c${n}`) }))
  }
  let after: { ref: string; at: number } | undefined
  for (;;) {
    const page = await history.of(database.db, PERSON, { limit: 2, ...(after && { after }) })
    if (page.length === 0) break
    all.push(...page.map(({ client }) => client!))
    after = page.at(-1)
  }
  expect(all.toSorted()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
  expect([all[0], all[1], all[6]]).toEqual(['c6', 'c5', 'c0'])
  expect(await history.of(database.db, PERSON, { types: ['person.read'] })).toEqual([])
})

test('a look-up that a law keeps back is shown when its time has come', async () => {
  await append({
    type: 'person.read',
    actor: { kind: 'operator', name: 'anna' },
    person: PERSON,
    shownFrom: clock.now() + 30 * DAY,
    detail: { what: 'entry', reason: 'a case', code: '1 •••' },
  })
  expect(await lines()).toEqual([])
  clock.advance(30 * DAY)
  expect(await lines()).toMatchObject([{ detail: { what: 'entry', reason: 'a case', actor: 'operator' } }])
  expect((await lines())[0]?.detail).not.toHaveProperty('code')
})

test('months are made ahead, and a row that found none is taken into its own', async () => {
  await append(signIn())
  expect(await months()).toEqual(['elsewhen 1'])
  await turn()
  // Not the present month: a row on its way into it would find its place taken.
  expect(await months()).toEqual(['2026_12 0', '2027_01 0', '2027_02 0', 'elsewhen 1'])
  expect(await lines()).toHaveLength(1)
  // The job rested for half a year: nobody's sign-in fails for it.
  clock.set('2027-06-15T00:00:00Z')
  await append(signIn())
  expect((await months()).at(-1)).toBe('elsewhen 2')
  await turn()
  expect(await months()).toContain('2026_11 1')
  expect((await months()).at(-1)).toBe('elsewhen 1')
  expect(await lines()).toHaveLength(2)
  clock.set('2027-07-01T00:30:00Z')
  await turn()
  expect((await months()).at(-1)).toBe('elsewhen 1')
  clock.set('2027-07-01T01:00:00Z')
  await turn()
  expect(await months()).toContain('2027_06 1')
  expect((await months()).at(-1)).toBe('elsewhen 0')
  expect(await lines()).toHaveLength(2)
  await turn()
  expect(await lines()).toHaveLength(2)
})

test('the job at work keeps nobody from signing in, with a month or without', async () => {
  await append(signIn())
  const others = Array.from({ length: 4 }, () => database.another())
  let written = 1
  // The first of them finds no month of its own, the others do; the last drops what is past.
  for (const month of ['2026-11-30', '2026-12-05', '2027-01-05', '2027-06-05', '2029-01-05']) {
    clock.set(`${month}T09:00:00Z`)
    const over = new AbortController()
    const writing = others.map(async (db) => {
      for (; !over.signal.aborted; written++) await audit.append(db, signIn())
    })
    for (let n = 0; n < 5; n++) await turn().catch((error: unknown) => expect(String(error)).toContain('lock timeout'))
    over.abort()
    await Promise.all(writing)
  }
  const kept = await rows(database.db, 'select 1 from own_history')
  expect(await rows(database.db, 'select 1 from audit_event')).toHaveLength(written)
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length).toBeLessThan(written)
})

test('what is past its time is not shown, and its month is dropped whole when its last day is past', async () => {
  clock.set('2026-10-21T09:00:00Z')
  await turn()
  clock.set('2026-11-21T09:00:00Z')
  await append(signIn())
  clock.set('2028-11-20T08:59:00Z')
  expect(await lines()).toHaveLength(1)
  clock.set('2028-11-21T09:00:01Z')
  expect(await lines()).toEqual([])
  expect(await turn()).toBe(0)
  clock.set('2028-12-01T00:00:00Z')
  await append(signIn())
  // November 2026 ends 730 days before the first of December 2028.
  expect(await turn()).toBe(1)
  expect(await months()).not.toContain('2026_11 1')
  expect(await lines()).toHaveLength(1)
  // The audit's own retention is another matter.
  expect(await rows(database.db, 'select 1 from audit_event where payload is not null')).toHaveLength(2)
})

test('a job that can’t have its lock at once gives way to those who sign in, and is done at the next look', async () => {
  await append(signIn())
  const other = database.another()
  await transaction(other, async (tx) => {
    await audit.append(tx, signIn())
    clock.set('2026-12-21T09:00:00Z')
    await expect(turn()).rejects.toThrow(/lock timeout/)
    await append(signIn())
  })
  await turn()
  expect((await months())[0]).toBe('2026_11 2')
})
