import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { personKey } from '../../src/identity/identifiers.ts'
import { type NewJob, openQueue, type Queue } from '../../src/jobs/queue.ts'
import { openReceipts } from '../../src/jobs/receipts.ts'
import { type Attempted, openWorker } from '../../src/jobs/worker.ts'
import { rows } from '../../src/platform/db.ts'
import { openSignals } from '../../src/platform/signals.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'

// What has become of deliveries, and receivers that were away for hours: found soon after they are back, without more noise
// than one try every few minutes.

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000]
const clock = testClock()
const sealer = testSealer()
const receipts = openReceipts({ clock })
const person = personKey(randomUUID())
const session = randomUUID()
let database: TestDatabase
let queue: Queue
beforeAll(async () => {
  database = await testDatabase()
  queue = openQueue({ sealer, clock, random: testRandom('receipts') })
})
afterAll(() => database.close())

let down = new Set<string>()
let tried: string[] = []
beforeEach(async () => {
  await rows(database.db, 'delete from job')
  down = new Set()
  tried = []
})

const worker = (answer: (to: string) => Attempted = (to) => (down.has(to) ? 'failed' : 'done')) =>
  openWorker({
    db: database.db,
    sealer,
    clock,
    kinds: [
      {
        name: 'notice',
        waits: [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR],
        lasts: 24 * HOUR + 13 * MINUTE,
        keep: HOUR,
        async attempt({ payload }) {
          tried.push(payload as string)
          return answer(payload as string)
        },
      },
    ],
    onFault: (_kind, error) => {
      throw error
    },
    lookEvery: 0,
  })
type At = ReturnType<typeof worker>

const put = (to: string, more: Partial<NewJob> = {}) =>
  queue.put(database.db, { kind: 'notice', destination: to, payload: to, ...more })
const found = (which: object = {}, limit = 100) => receipts.find(database.db, { kinds: ['notice'], ...which }, limit)
const outcomes = async () => (await found()).map(({ destination, state }) => `${destination} ${state}`).toSorted()

/** The worker's own look, and one for those who are silent: every minute, as the schedule has it, or at its slowest. */
async function pass(at: At, ms: number, every = 4 * MINUTE): Promise<void> {
  for (const end = clock.now() + ms; clock.now() < end; ) {
    clock.advance(Math.min(every, end - clock.now()))
    await at.seek(database.db)
    await at.look()
  }
}

describe('a receipt', () => {
  test('tells what waits and until when, how often it was tried, and when it was delivered', async () => {
    const id = await put('tax', { person, session, about: 'signed-out' })
    const begun = clock.now()
    expect(await found()).toEqual([
      {
        ...{ id, kind: 'notice', destination: 'tax', person, session, about: 'signed-out' },
        ...{ madeAt: begun, tries: 0, state: 'waiting', nextTry: begun },
      },
    ])
    down.add('tax')
    const at = worker()
    await at.look()
    expect(await found()).toMatchObject([{ tries: 1, state: 'waiting', triedAt: begun, nextTry: begun + 5 * SECOND }])
    down.clear()
    clock.advance(5 * SECOND)
    await at.look()
    expect(await found()).toMatchObject([{ tries: 2, state: 'delivered', endedAt: begun + 5 * SECOND }])
  })

  test('is found by person, by session, by receiver and by what has become of it, page by page', async () => {
    down.add('land')
    await put('tax', { person, session })
    clock.advance(1)
    await put('land', { person, session: randomUUID() })
    clock.advance(1)
    await put('tax', { person: personKey(randomUUID()) })
    await worker((to) => (to === 'land' ? 'failed' : 'done')).look()
    const names = async (which: object) => (await found(which)).map(({ destination }) => destination)
    expect(await names({ person })).toEqual(['land', 'tax'])
    expect(await names({ session })).toEqual(['tax'])
    expect(await names({ destination: 'tax' })).toEqual(['tax', 'tax'])
    expect(await names({ state: 'waiting' })).toEqual(['land'])
    expect(await names({ state: 'delivered' })).toEqual(['tax', 'tax'])
    expect(await names({ kinds: ['letter'] })).toEqual([])
    const [first] = await found({}, 1)
    const rest = await found({ after: first })
    expect([first!.id, ...rest.map(({ id }) => id)]).toEqual((await found()).map(({ id }) => id))
    expect(rest).toHaveLength(2)
  })

  test('of what was given up keeps what is needed to begin anew, and of what was delivered nothing', async () => {
    down.add('tax')
    await put('tax')
    await put('land')
    const at = worker()
    await at.look()
    await pass(at, 26 * HOUR, HOUR / 2)
    expect(await outcomes()).toEqual(['land delivered', 'tax given-up'])
    const kept = await rows(database.db, 'select destination from job where payload is not null')
    expect(kept).toEqual([{ destination: 'tax' }])
    down.clear()
    const which = { kinds: ['notice'] }
    expect(await receipts.renew(database.db, { ...which, destination: 'land' })).toBe(0)
    expect(await receipts.renew(database.db, { ...which, state: 'given-up' })).toBe(1)
    await at.look()
    expect(await outcomes()).toEqual(['land delivered', 'tax delivered'])
  })

  test('begun anew has its whole time again', async () => {
    down.add('tax')
    const id = await put('tax')
    const at = worker()
    await at.look()
    await pass(at, 26 * HOUR, HOUR / 2)
    expect(await receipts.renew(database.db, { kinds: ['notice'], id })).toBe(1)
    await at.look()
    await pass(at, 20 * HOUR, HOUR / 2)
    expect(await outcomes()).toEqual(['tax waiting'])
    await pass(at, 6 * HOUR, HOUR / 2)
    expect(await outcomes()).toEqual(['tax given-up'])
  })
})

describe('a receiver that is away', () => {
  test('is tried at its times and then every few minutes, for a day, and given up', async () => {
    down.add('tax')
    await put('tax')
    const at = worker()
    const begun = clock.now()
    await at.look()
    for (const wait of [5, 30, 120]) {
      clock.advance(wait * SECOND)
      await at.look()
    }
    expect(tried).toHaveLength(4)
    await pass(at, 24 * HOUR)
    expect(await outcomes()).toEqual(['tax waiting'])
    // No more than a hundred waiting ones would be: one of them asks for all.
    expect(tried.length).toBeGreaterThan(300)
    expect(tried.length).toBeLessThan(500)
    await pass(at, HOUR)
    expect(await found()).toMatchObject([{ state: 'given-up' }])
    expect((clock.now() - begun) / HOUR).toBeLessThan(25.2)
  })

  test('asks one try of a hundred that wait, and gets all of them within five minutes of its return', async () => {
    down.add('tax')
    for (let n = 0; n < 100; n++) await put('tax')
    await put('land')
    const at = worker()
    await at.look()
    await pass(at, 3 * HOUR)
    tried = []
    await pass(at, HOUR)
    expect(tried.length).toBeLessThan(100 + 60)
    down.clear()
    await pass(at, 5 * MINUTE, MINUTE)
    expect(new Set(await outcomes())).toEqual(new Set(['land delivered', 'tax delivered']))
  })

  test('that answers something new at once is given what waited, too', async () => {
    down.add('tax')
    await put('tax')
    const at = worker()
    for (const wait of [0, 5, 30, 120]) {
      clock.advance(wait * SECOND)
      await at.look()
    }
    down.clear()
    await put('tax')
    await at.look()
    expect(await outcomes()).toEqual(['tax delivered', 'tax delivered'])
  })

  test('is not given to two: what a node has in hand is neither brought forward nor begun anew', async () => {
    const begun = Promise.withResolvers<void>()
    const hand = Promise.withResolvers<Attempted>()
    const slow = openWorker({
      ...{ db: database.another(), sealer, clock, lookEvery: 0 },
      kinds: [
        {
          ...{ name: 'notice', waits: [HOUR], lasts: HOUR, keep: HOUR },
          attempt() {
            begun.resolve()
            return hand.promise
          },
        },
      ],
      onFault: () => undefined,
    })
    await put('tax')
    const looking = slow.look()
    await begun.promise
    const other = worker()
    expect(await receipts.renew(database.db, { kinds: ['notice'] })).toBe(0)
    expect(await other.seek(database.db)).toBe(0)
    // Due only now, so that the other's own second look, which began before, can't have it.
    await put('tax', { after: 1 })
    clock.advance(1)
    await other.look()
    expect(tried).toHaveLength(1)
    hand.resolve('done')
    await looking
    expect(await outcomes()).toEqual(['tax delivered', 'tax delivered'])
  })
})

describe('what is to come after the end of a session', () => {
  test('is released with a word to every node, once it has come', async () => {
    const heard = Promise.withResolvers<void>()
    const listening = Promise.withResolvers<void>()
    let ready = false
    const signals = openSignals({ url: database.url })
    signals.on('jobs', () => {
      if (ready) heard.resolve()
      listening.resolve()
    })
    await listening.promise
    await put('tax', { session, after: 10 * SECOND })
    await put('tax', { session: randomUUID(), after: 10 * SECOND })
    const at = worker()
    expect(await at.look()).toBe(0)
    ready = true
    await queue.releaseOf(database.db, [session])
    await heard.promise
    expect(await at.look()).toBe(1)
    await signals.close()
  })

  test('is not brought forward when it was tried already', async () => {
    down.add('tax')
    await put('tax', { session })
    const at = worker()
    await at.look()
    await queue.releaseOf(database.db, [session])
    expect(await at.look()).toBe(0)
  })
})
