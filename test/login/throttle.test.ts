import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Try } from '../../src/methods/guard.ts'
import { rows } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase({ connections: 20 })
  world = signInWorld(database.db)
})
afterEach(() => database.close())

const SECOND = 1000
const HOUR = 3_600_000
const stranger: Try = { subject: 'p1', source: '192.0.2.9' }
const spend = (attempt = stranger) => world.throttle.spend('totp', attempt)

/** Seconds to wait after each wrong try, when every wait is sat out to the end. */
async function waits(count: number): Promise<number[]> {
  const seen: number[] = []
  for (let n = 0; n < count; n++) {
    const spent = await spend()
    if (!spent.ok) throw new Error('turned away after sitting out the wait')
    const seconds = Number(spent.otherwise.values?.seconds ?? 0)
    seen.push(seconds)
    world.clock.advance(seconds * SECOND)
  }
  return seen
}

test('five tries are free, then the wait is 30 seconds and doubles up to an hour', async () => {
  expect(await waits(14)).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
})

test('the person is told how many tries are left, then how long to wait', async () => {
  const first = await spend()
  expect(first).toEqual({ ok: true, otherwise: { code: 'PRT-1201', values: { left: 4 } } })
  for (let n = 0; n < 3; n++) await spend()
  const until = world.clock.now() + 30 * SECOND
  expect(await spend()).toEqual({ ok: true, otherwise: { code: 'PRT-1201', values: { left: 0, seconds: 30, until } } })
  world.clock.advance(10 * SECOND)
  expect(await spend()).toMatchObject({ ok: false, refusal: { code: 'PRT-1203', values: { seconds: 20, until } } })
})

test('a try during a wait neither counts nor makes the wait longer', async () => {
  await waits(4)
  await spend()
  for (let n = 0; n < 40; n++) expect(await spend()).toMatchObject({ ok: false })
  world.clock.advance(30 * SECOND)
  expect(await spend()).toMatchObject({ ok: true, otherwise: { values: { seconds: 60 } } })
})

test('the fiftieth try stops the factor for a day, then for two, and says until when', async () => {
  await waits(49)
  const until = world.clock.now() + 24 * HOUR
  expect(await spend()).toMatchObject({ ok: true, otherwise: { code: 'PRT-1204', values: { until } } })
  world.clock.advance(24 * HOUR - 1)
  expect(await spend()).toMatchObject({ ok: false, refusal: { code: 'PRT-1204', values: { until } } })
  world.clock.advance(1)
  expect(await waits(49)).toHaveLength(49)
  expect(await spend()).toMatchObject({
    otherwise: { code: 'PRT-1204', values: { until: world.clock.now() + 48 * HOUR } },
  })
})

test('no stop is longer than 30 days', async () => {
  await spend()
  await rows(database.db, 'update throttle set failures = 49, stops = 200')
  expect(await spend()).toMatchObject({ otherwise: { values: { until: world.clock.now() + 30 * 24 * HOUR } } })
})

test('a new secret lifts the stop of every browser', async () => {
  const browser = world.knownBrowsers.add(undefined, 'p1')
  await waits(50)
  for (let n = 0; n < 5; n++) await spend({ ...stranger, browser })
  await world.throttle.lift(database.db, 'totp', 'p1')
  expect(await spend()).toMatchObject({ ok: true, otherwise: { values: { left: 4 } } })
  expect(await spend({ ...stranger, browser })).toMatchObject({ ok: true, otherwise: { values: { left: 4 } } })
})

test('of 200 guesses in one burst over two nodes five are evaluated, and never more than 50 in all', async () => {
  const other = database.another()
  const second = signInWorld(other, world.clock, 'second node')
  const burst = async (guesses: number) => {
    const spent = await Promise.all(
      Array.from({ length: guesses }, (_, n) =>
        (n % 2 ? world : second).throttle.spend('totp', { subject: 'p1', source: `192.0.2.${n}` }),
      ),
    )
    return spent.filter(({ ok }) => ok).length
  }
  expect(await burst(200)).toBe(5)
  let evaluated = 5
  for (let round = 0; round < 45; round++) {
    world.clock.advance(HOUR)
    evaluated += await burst(10)
  }
  expect(evaluated).toBe(50)
  world.clock.advance(HOUR)
  expect(await burst(10)).toBe(0)
})

test('a stranger’s failures leave a browser that was here before its own tries, behind the same address too', async () => {
  const browser = world.knownBrowsers.add(undefined, 'p1')
  for (let n = 0; n < 150; n++) {
    await spend()
    if (n % 3 === 0) world.clock.advance(HOUR)
  }
  expect(await spend()).toMatchObject({ ok: false })
  expect(await spend({ ...stranger, browser })).toEqual({
    ok: true,
    otherwise: { code: 'PRT-1201', values: { left: 4 } },
  })
})

test('a browser that was here before is not held back by what others did behind the same address', async () => {
  const browser = world.knownBrowsers.add(undefined, 'p1')
  for (let n = 0; n < 61; n++) await spend({ subject: `q${n}`, source: stranger.source })
  expect(await spend()).toMatchObject({ ok: false, refusal: { code: 'PRT-1005' } })
  expect(await spend({ ...stranger, browser })).toMatchObject({ ok: true })
})

test('a known browser has its own waits, and they touch nobody else', async () => {
  const browser = world.knownBrowsers.add(undefined, 'p1')
  for (let n = 0; n < 5; n++) await spend({ ...stranger, browser })
  expect(await spend({ ...stranger, browser })).toMatchObject({ ok: false, refusal: { code: 'PRT-1203' } })
  expect(await spend()).toMatchObject({ ok: true, otherwise: { values: { left: 4 } } })
  const another = world.knownBrowsers.add(undefined, 'p1')
  expect(await spend({ ...stranger, browser: another })).toMatchObject({ ok: true })
})

test('a browser known for one person is a stranger to another', async () => {
  const browser = world.knownBrowsers.add(undefined, 'p2')
  for (let n = 0; n < 5; n++) await spend()
  expect(await spend({ ...stranger, browser })).toMatchObject({ ok: false })
})

test('one source has sixty failures in ten minutes, whomever it tries', async () => {
  for (let n = 0; n < 60; n++)
    expect(await spend({ subject: `p${n}`, source: '192.0.2.9' })).toMatchObject({ ok: true })
  expect(await spend({ subject: 'fresh', source: '192.0.2.9' })).toMatchObject({
    ok: false,
    refusal: { code: 'PRT-1005', values: { seconds: 600 } },
  })
  expect(await spend({ subject: 'fresh', source: '192.0.2.10' })).toMatchObject({ otherwise: { values: { left: 4 } } })
  world.clock.advance(10 * 60 * SECOND)
  expect(await spend({ subject: 'fresh', source: '192.0.2.9' })).toMatchObject({ ok: true })
})

test('all addresses of one IPv6 /64 are one source', async () => {
  for (let n = 0; n < 60; n++)
    await spend({ subject: `p${n}`, source: `2001:db8:1:2:${n.toString(16)}::${n.toString(16)}` })
  expect(await spend({ subject: 'x', source: '2001:db8:1:2::1' })).toMatchObject({ ok: false })
  expect(await spend({ subject: 'x', source: '2001:db8:1:3::1' })).toMatchObject({ ok: true })
})

test('a success gives the source its try back and forgets the failures of that budget alone', async () => {
  const browser = world.knownBrowsers.add(undefined, 'p1')
  for (let n = 0; n < 4; n++) await spend()
  await spend({ ...stranger, browser })
  await world.throttle.succeed(database.db, 'totp', { ...stranger, browser })
  expect(await spend({ ...stranger, browser })).toMatchObject({ otherwise: { values: { left: 4 } } })
  expect(await spend()).toMatchObject({ otherwise: { values: { left: 0 } } })
  world.clock.advance(30 * SECOND)
  await spend()
  await world.throttle.succeed(database.db, 'totp', stranger)
  expect(await spend()).toMatchObject({ otherwise: { values: { left: 4 } } })
  for (let n = 0; n < 200; n++) {
    const attempt = { subject: `q${n}`, source: '192.0.2.200' }
    expect(await spend(attempt)).toMatchObject({ ok: true })
    await world.throttle.giveBack(attempt)
  }
})

test('a crowd behind one address whose sign-ins have not ended yet is let on as soon as they end', async () => {
  const crowd = Array.from({ length: 100 }, (_, n) => ({ subject: `q${n}`, source: '192.0.2.200' }))
  const spent = await Promise.all(crowd.map((attempt) => spend(attempt)))
  const inside = crowd.filter((_attempt, n) => spent[n]!.ok)
  expect(inside).toHaveLength(60)
  const [first, ...rest] = inside as [Try, ...Try[]]
  await world.throttle.giveBack(first)
  expect(await spend({ subject: 'fresh', source: '192.0.2.200' })).toMatchObject({ ok: true })
  // One came back and one came: full again.
  expect(await spend({ subject: 'other', source: '192.0.2.200' })).toMatchObject({ ok: false })
  for (const attempt of rest) await world.throttle.giveBack(attempt)
  for (let n = 0; n < 59; n++)
    expect(await spend({ subject: `r${n}`, source: '192.0.2.200' })).toMatchObject({ ok: true })
})

test('tries that a fault took away are the source’s again: those counted, and those that could not be given back', async () => {
  const crowd = Array.from({ length: 60 }, (_, n) => ({ subject: `q${n}`, source: '192.0.2.200' }))
  for (const attempt of crowd) await spend(attempt)
  const fault = async (work: () => Promise<unknown>) => {
    await database.db.raw('alter table throttle rename to elsewhere')
    await expect(work()).rejects.toThrow()
    await database.db.raw('alter table elsewhere rename to throttle')
  }
  for (const attempt of crowd.slice(0, 3)) await fault(() => world.throttle.giveBack(attempt))
  for (let n = 0; n < 3; n++)
    expect(await spend({ subject: `r${n}`, source: '192.0.2.200' })).toMatchObject({ ok: true })
  expect(await spend({ subject: 's', source: '192.0.2.200' })).toMatchObject({ ok: false })
  // Whether it was counted nobody knows.
  await fault(() => spend({ subject: 't', source: '192.0.2.200' }))
  expect(await spend({ subject: 't', source: '192.0.2.200' })).toMatchObject({ ok: true })
})

test('the tries of one factor are not those of another', async () => {
  for (let n = 0; n < 5; n++) await spend()
  expect(await world.throttle.spend('letter', stranger)).toMatchObject({ ok: true })
})

test('a flood that is being turned away writes nothing and asks for no more records', async () => {
  for (let n = 0; n < 5; n++) await spend()
  const answers = []
  for (let n = 0; n < 20; n++) answers.push(await spend())
  expect(answers.map((spent) => !spent.ok && spent.onRecord)).toEqual([
    ...Array.from({ length: 5 }, () => false),
    ...Array.from({ length: 15 }, () => true),
  ])
  const before = await rows(database.db, 'select xmin, subject from throttle order by subject')
  for (let n = 0; n < 20; n++) await spend()
  expect(await rows(database.db, 'select xmin, subject from throttle order by subject')).toEqual(before)
})

test('the table names nobody: neither codes nor persons nor addresses stand in it', async () => {
  const attempt = { subject: `TH|${thaiCode(1)}`, source: '198.51.100.77' }
  await spend(attempt)
  await spend({ ...attempt, browser: world.knownBrowsers.add(undefined, attempt.subject) })
  const dump = JSON.stringify(await rows(database.db, "select t::text, encode(subject, 'escape') from throttle t"))
  expect(dump).not.toContain(thaiCode(1))
  expect(dump).not.toContain('198.51.100.77')
})

test('after a purge more tries leave no more rows than before', async () => {
  const clock = testClock()
  const bounded = signInWorld(database.db, clock, 'bounded')
  const size = async () => (await rows(database.db, 'select 1 from throttle')).length
  const day = async () => {
    for (let n = 0; n < 50; n++) await bounded.throttle.spend('totp', { subject: `${clock.now()}|${n}`, source: '::1' })
  }
  await day()
  clock.advance(31 * 24 * HOUR)
  await bounded.throttle.purge(database.db)
  const before = await size()
  await day()
  clock.advance(31 * 24 * HOUR)
  expect(await bounded.throttle.purge(database.db)).toBeGreaterThan(0)
  expect(await size()).toBe(before)
})

test('a stop that still runs survives the purge', async () => {
  await spend()
  await rows(database.db, 'update throttle set failures = 49, stops = 200')
  await spend()
  world.clock.advance(30 * 24 * HOUR - 1)
  await world.throttle.purge(database.db)
  expect(await spend()).toMatchObject({ ok: false, refusal: { code: 'PRT-1204' } })
})
