import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openPrompts, type PromptCounts } from '../../src/login/prompts.ts'
import type { Prompts, Rung } from '../../src/methods/prompts.ts'
import { type Db, rows } from '../../src/platform/db.ts'
import { type TestClock, testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testIndexer, testRandom } from '../support/keys.ts'

let database: TestDatabase
let clock: TestClock
let counts: PromptCounts
let phone: Prompts
let faults: unknown[]

const open = (db: Db, seed: string): PromptCounts =>
  openPrompts({
    db,
    indexer: testIndexer(),
    clock,
    random: testRandom(seed),
    onFault: (error) => void faults.push(error),
  })
const BELL = { shared: 'push', life: 120_000 }

beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  clock = testClock()
  faults = []
  counts = open(database.db, 'one')
  phone = counts.of(BELL)
})
afterEach(() => database.close())

const SECOND = 1000
const MINUTE = 60_000
const victim = { subject: 'TH|1999900001010', source: '192.0.2.9' }
const begin = (ringing = victim, prompts = phone) => prompts.begin(ringing)

async function rung(ringing = victim, prompts = phone): Promise<string> {
  const one = await begin(ringing, prompts)
  if (!one.ok) throw new Error(`turned away: ${JSON.stringify(one)}`)
  return one.prompt
}
const why = (one: Rung) => (one.ok ? 'rings' : { code: one.refusal.code, ...one.refusal.values })

test('one question at a time: another is refused until the first is answered, or its longest time is over', async () => {
  const until = clock.now() + 2 * MINUTE
  const prompt = await rung()
  expect(why(await begin())).toEqual({ code: 'PRT-2402', seconds: 120, until })
  await phone.end(prompt, 'gone')
  await rung()
  // The node died, and never said that it was over.
  clock.advance(2 * MINUTE)
  expect(why(await begin())).toBe('rings')
})

test('three in ten minutes that nobody confirmed, then none until the first of them is ten minutes old', async () => {
  const began = clock.now()
  for (let n = 0; n < 3; n++) {
    await phone.end(await rung(), 'gone')
    clock.advance(MINUTE)
  }
  const until = began + 10 * MINUTE
  expect(why(await begin())).toEqual({ code: 'PRT-2401', seconds: 420, until })
  clock.set(new Date(until - 1).toISOString())
  expect(why(await begin())).toMatchObject({ code: 'PRT-2401' })
  clock.advance(1)
  await phone.end(await rung(), 'gone')
  expect(why(await begin())).toEqual({ code: 'PRT-2401', seconds: 60, until: until + MINUTE })
})

test('after a refusal the phone has a minute of peace', async () => {
  await phone.end(await rung(), 'refused')
  const until = clock.now() + MINUTE
  clock.advance(20 * SECOND)
  expect(why(await begin())).toEqual({ code: 'PRT-2403', seconds: 40, until })
  clock.advance(40 * SECOND)
  expect(why(await begin())).toBe('rings')
})

test('what was confirmed does not count, neither for the person nor for the source', async () => {
  const small = openPrompts({
    db: database.db,
    indexer: testIndexer(),
    clock,
    random: testRandom('small'),
    onFault: (error) => void faults.push(error),
    sourceMost: 2,
  }).of(BELL)
  for (let n = 0; n < 6; n++) await small.end(await rung(victim, small), 'answered')
  await small.end(await rung(victim, small), 'gone')
  await small.end(await rung({ ...victim, subject: 'TH|2' }, small), 'gone')
  const turned = await begin({ ...victim, subject: 'TH|3' }, small)
  expect(why(turned)).toEqual({ code: 'PRT-1005', seconds: 600, until: clock.now() + 10 * MINUTE })
  // The source spent nothing of that person's.
  expect(why(await begin({ subject: 'TH|3', source: '198.51.100.7' }, small))).toBe('rings')
  expect(faults).toEqual([])
})

test('the end of an earlier question ends no later one, and an end counts once', async () => {
  const first = await rung()
  clock.advance(2 * MINUTE)
  await rung()
  await phone.end(first, 'refused')
  expect(why(await begin())).toMatchObject({ code: 'PRT-2402' })
  clock.advance(2 * MINUTE)
  const third = await rung()
  await phone.end(third, 'answered')
  await phone.end(third, 'answered')
  clock.advance(SECOND)
  await phone.end(await rung(), 'gone')
  expect(why(await begin())).toMatchObject({ code: 'PRT-2401' })
})

test('methods that ring the same phone share what it may be rung; others have their own', async () => {
  await rung()
  expect(why(await begin(victim, counts.of({ shared: 'push', life: 1 })))).toMatchObject({ code: 'PRT-2402' })
  expect(why(await begin(victim, counts.of({ shared: 'sms', life: 1 })))).toBe('rings')
})

test('of 50 starts at once for one person on two nodes one rings', async () => {
  const other = open(database.another(), 'two').of(BELL)
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, n) => begin({ ...victim, source: `192.0.2.${n}` }, n % 2 ? other : phone)),
  )
  const refused = all.filter(({ ok }) => !ok)
  expect(refused).toHaveLength(49)
  expect(new Set(refused.map((one) => (one.ok ? '' : one.refusal.code)))).toEqual(new Set(['PRT-2402']))
  // The record has enough of these after a few.
  expect(refused.filter((one) => !one.ok && !one.onRecord).length).toBeLessThanOrEqual(5)
})

test('of 20 starts within ten minutes three ring, whatever the phone says', async () => {
  let rang = 0
  for (let n = 0; n < 20; n++) {
    const one = await begin({ ...victim, source: `192.0.2.${n}` })
    if (one.ok) {
      rang++
      await phone.end(one.prompt, n % 2 ? 'refused' : 'gone')
    }
    clock.advance(29 * SECOND)
  }
  expect(rang).toBe(3)
})

test('a flood is turned away without a write, and the record says so', async () => {
  await rung()
  for (let n = 0; n < 6; n++) await begin()
  const state = () =>
    rows(
      database.db,
      'select *, xmin from prompt union all select source, null, null, null, null, refused, window_end, xmin from prompt_source',
    )
  const before = await state()
  for (let n = 0; n < 20; n++) expect(await begin()).toMatchObject({ ok: false, onRecord: true })
  expect(await state()).toEqual(before)
})

test('the table holds nothing that names a person, a number or a source, and forgets after an hour', async () => {
  await phone.end(await rung(), 'refused')
  await rung({ subject: '+66800000000', source: '2001:db8::1' })
  const text = JSON.stringify([
    await rows(database.db, `select encode(subject, 'escape') as s, p.* from prompt p`),
    await rows(database.db, `select encode(source, 'escape') as s, p.* from prompt_source p`),
  ])
  expect(text).not.toMatch(/1999900001010|66800000000|192\.0\.2|2001/)
  expect(await counts.purge(database.db)).toBe(0)
  clock.advance(75 * MINUTE)
  expect(await counts.purge(database.db)).toBe(4)
})

test('an end that can not be written is told and fails nobody', async () => {
  const prompt = await rung()
  await rows(database.db, 'alter table prompt rename to gone')
  await phone.end(prompt, 'answered')
  expect(faults).toHaveLength(1)
})

test('when a provider answers hundreds at once, others who ask the database are not behind all of them', async () => {
  const people = Array.from({ length: 200 }, (_, n) => ({ subject: `TH|${n}`, source: `192.0.${n}.1` }))
  const prompts = await Promise.all(people.map((ringing) => rung(ringing)))
  let ended = 0
  const ends = prompts.map((prompt) => phone.end(prompt, 'gone').then(() => ended++))
  await rows(database.db, 'select 1')
  expect(ended).toBeLessThan(100)
  await Promise.all(ends)
  expect([ended, faults]).toEqual([200, []])
  for (const one of people.slice(-5)) expect(why(await begin(one))).toBe('rings')
})

test('an end whose turn does not come is told, and keeps nobody waiting', async () => {
  const prompts = [await rung(), await rung({ ...victim, subject: 'TH|2' }), await rung({ ...victim, subject: 'TH|3' })]
  const ends = prompts.map((prompt) => phone.end(prompt, 'gone'))
  clock.advance(11 * SECOND)
  await Promise.all(ends)
  expect(faults).toHaveLength(1)
})
