import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openQueue } from '../../src/jobs/queue.ts'
import { type Attempt, type Attempted, type Kind, openWorker, type Worker } from '../../src/jobs/worker.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'

const SECOND = 1_000
const clock = testClock()
const sealer = testSealer()
let database: TestDatabase
let queue: ReturnType<typeof openQueue>
beforeAll(async () => {
  database = await testDatabase()
  queue = openQueue({ sealer, clock, random: testRandom('jobs') })
})
afterAll(() => database.close())

let tried: { id: string; payload: unknown }[] = []
let faults: string[] = []
let heard: string[] = []
beforeEach(async () => {
  await rows(database.db, 'delete from job')
  tried = []
  faults = []
  heard = []
})

const kindOf = (answer: (job: Attempt) => Attempted | Promise<Attempted>, name = 'letter'): Kind => ({
  name,
  waits: [5 * SECOND, 30 * SECOND],
  keep: 60 * SECOND,
  async attempt(job) {
    tried.push({ id: job.id, payload: job.payload })
    return answer(job)
  },
})

const worker = (kinds: readonly Kind[], db = database.db): Worker =>
  openWorker({
    db,
    sealer,
    clock,
    kinds,
    lookEvery: 0,
    onFault: (kind) => faults.push(kind),
    heard: (_kind, outcome) => heard.push(outcome),
  })

const put = (n: number, destination = 'gate.example', kind = 'letter') =>
  queue.put(database.db, { kind, destination, payload: { n } })

const left = () => rows<{ tries: number; outcome: string | null }>(database.db, 'select tries, outcome from job')

describe('a job', () => {
  test('is there with its cause, or not at all', async () => {
    const { db } = database
    const undone = transaction(db, async (tx) => {
      await queue.put(tx, { kind: 'letter', destination: 'gate.example', payload: 1 })
      throw new Error('the cause failed')
    })
    await expect(undone).rejects.toThrow('the cause failed')
    expect(await left()).toEqual([])
    await transaction(db, (tx) => queue.put(tx, { kind: 'letter', destination: 'gate.example', payload: 1 }))
    expect(await left()).toHaveLength(1)
  })

  test('shows nobody in the table what it says, and nothing is left of it afterwards', async () => {
    await queue.put(database.db, { kind: 'letter', destination: 'gate.example', payload: { to: '+66812345678' } })
    const [row] = await rows<{ payload: Buffer }>(database.db, 'select payload from job')
    expect(row!.payload.toString('latin1')).not.toContain('66812345678')
    await worker([kindOf(() => 'done')]).look()
    expect(tried.map(({ payload }) => payload)).toEqual([{ to: '+66812345678' }])
    expect(await rows(database.db, 'select payload, outcome from job')).toEqual([{ payload: null, outcome: 'done' }])
  })

  test('is tried again at its times, under the same id, and given up after the last', async () => {
    const id = await put(1)
    const at = worker([kindOf(() => 'failed')])
    const triesAfter = async (ms: number) => {
      clock.advance(ms)
      return at.look()
    }
    expect([await triesAfter(0), await triesAfter(4_999), await triesAfter(1)]).toEqual([1, 0, 1])
    expect([await triesAfter(29_999), await triesAfter(1), await triesAfter(3_600_000)]).toEqual([0, 1, 0])
    expect(tried.map((each) => each.id)).toEqual([id, id, id])
    expect(heard).toEqual(['failed', 'failed', 'given-up'])
    expect(await left()).toEqual([{ tries: 3, outcome: 'given-up' }])
  })

  test('that is refused for good is not tried again', async () => {
    await put(1)
    const at = worker([kindOf(() => 'refused')])
    await at.look()
    clock.advance(3_600_000)
    expect(await at.look()).toBe(0)
    expect(await left()).toEqual([{ tries: 1, outcome: 'refused' }])
  })

  test('that meets a fault of ours is told of and tried again', async () => {
    await put(1)
    let broken = true
    const at = worker([
      kindOf(() => {
        if (broken) throw new Error('ours')
        return 'done'
      }),
    ])
    await at.look()
    expect(faults).toEqual(['letter'])
    broken = false
    clock.advance(5_000)
    await at.look()
    expect(heard).toEqual(['failed', 'done'])
  })

  test('of a kind that this release does not know waits for one that does', async () => {
    await put(1, 'gate.example', 'of-tomorrow')
    expect(await worker([kindOf(() => 'done')]).look()).toBe(0)
    expect(await worker([kindOf(() => 'done', 'of-tomorrow')]).look()).toBe(1)
  })
})

describe('many nodes', () => {
  test('do each of 200 jobs once between them', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, n) => put(n, `gate${n % 5}.example`)))
    const other = database.another()
    const nodes = [worker([kindOf(() => 'done')]), worker([kindOf(() => 'done')], other)]
    const both = async () => (await Promise.all(nodes.map((node) => node.look()))).reduce((sum, each) => sum + each, 0)
    expect(await both()).toBe(200)
    expect(new Set(tried.map(({ id }) => id)).size).toBe(200)
    expect(tried).toHaveLength(200)
  })

  test('lose nothing when one dies with a job in hand: another takes it over, and the late answer changes nothing', async () => {
    await put(1)
    const { promise: answer, resolve: answerLate } = Promise.withResolvers<Attempted>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const dying = worker([
      kindOf(() => {
        begin()
        return answer
      }),
    ]).look()
    await begun
    const other = worker([kindOf(() => 'done')])
    clock.advance(59_999)
    expect(await other.look()).toBe(0)
    clock.advance(1)
    expect(await other.look()).toBe(1)
    answerLate('failed')
    await dying
    expect(await left()).toEqual([{ tries: 2, outcome: 'done' }])
  })
})

test('a late “never” of a node that was given up does not end a job that another has in hand', async () => {
  await put(1)
  const hands = [Promise.withResolvers<Attempted>(), Promise.withResolvers<Attempted>()]
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const looking = []
  for (const [at, hand] of hands.entries()) {
    const kind = kindOf(() => {
      begun[at]!.resolve()
      return hand.promise
    })
    looking.push(worker([kind]).look())
    await begun[at]!.promise
    // The first has looked once more by now, and found nothing to do beside.
    expect(await worker([kind]).look()).toBe(0)
    if (at === 0) clock.advance(60_000)
  }
  hands[0]!.resolve('refused')
  await looking[0]
  expect(await left()).toEqual([{ tries: 2, outcome: null }])
  hands[1]!.resolve('done')
  await looking[1]
  expect(await left()).toEqual([{ tries: 2, outcome: 'done' }])
})

describe('a destination that is down', () => {
  test('is left alone after five failures and holds up nobody else; the rest costs no job a try', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => put(n, 'dead.example')))
    // Due a moment later: of what is due at once any may come first, and a mixed handful knows of fewer failures.
    clock.advance(1)
    for (let n = 0; n < 10; n++) await put(n, 'well.example')
    let alive = false
    const at = worker([
      kindOf((job) => ((job.payload as { n: number }).n >= 0 && alive ? 'done' : 'failed')),
      kindOf(() => 'done', 'other'),
    ])
    await put(99, 'fine.example', 'other')
    // Eight are taken at once, so three more have begun when the fifth failure is known; the rest is not taken.
    const taken = await at.look()
    expect(taken).toBeLessThanOrEqual(8 + 8 + 1)
    const dead = async () =>
      rows<{ tried: string }>(database.db, "select sum(tries) as tried from job where destination = 'dead.example'")
    expect(Number((await dead())[0]!.tried)).toBeLessThanOrEqual(8)
    expect(await rows(database.db, "select 1 from job where kind = 'other' and outcome = 'done'")).toHaveLength(1)
    alive = true
    for (let n = 0; n < 10; n++) {
      clock.advance(30_000)
      await at.look()
    }
    expect(await rows(database.db, 'select 1 from job where outcome is distinct from ?', ['done'])).toEqual([])
    const [counted] = await rows<{ tries: string }>(
      database.db,
      "select sum(tries) as tries from job where kind <> 'other'",
    )
    expect(Number(counted!.tries)).toBe(tried.length - 1)
  })
})

test('one who was left alone for one kind of work still gets the other', async () => {
  for (let n = 0; n < 6; n++) await put(n, 'gate.example')
  const at = worker([kindOf(() => 'failed'), kindOf(() => 'done', 'other')])
  await at.look()
  await put(1, 'gate.example', 'other')
  expect(await at.look()).toBe(1)
})

test('the table stays bounded: as many jobs again leave no more rows than before', async () => {
  const at = worker([kindOf(() => 'done')])
  const roundOf = async () => {
    for (let n = 0; n < 30; n++) await put(n)
    await at.look()
    clock.advance(60_001)
    await at.purge(database.db)
    return (await left()).length
  }
  expect(await roundOf()).toBe(0)
  expect(await roundOf()).toBe(0)
})

test('a running worker finds what was put in, and ends after the try in hand', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: answer, resolve } = Promise.withResolvers<Attempted>()
  const at = openWorker({
    db: database.db,
    sealer,
    clock,
    kinds: [
      kindOf(() => {
        begin()
        return answer
      }),
    ],
    lookEvery: 5,
    onFault: (kind) => faults.push(kind),
  })
  await put(1)
  await begun
  const closed = at.close()
  resolve('done')
  await closed
  expect(await left()).toEqual([{ tries: 1, outcome: 'done' }])
})
