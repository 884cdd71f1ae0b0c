import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openSchedule, type Work } from '../../src/jobs/schedule.ts'
import { rows } from '../../src/platform/db.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

const HOUR = 3_600_000
let database: TestDatabase
const clock = testClock()
const faults: string[] = []
beforeEach(async () => {
  database = await testDatabase()
  faults.length = 0
})
afterEach(() => database.close())

const open = (work: readonly Work[], db = database.db, lookEvery = 0) =>
  openSchedule({ db, clock, work, lookEvery, onFault: (name) => faults.push(name) })

test('work is done once per period over all nodes, however many look at once', async () => {
  let done = 0
  const work = [{ name: 'purge', every: HOUR, run: async () => ++done }]
  const other = database.another()
  const nodes = [open(work), open(work, other), open(work), open(work, other)]
  const lookAll = () => Promise.all(nodes.map((node) => node.look()))
  await lookAll()
  await lookAll()
  expect(done).toBe(1)
  clock.advance(HOUR - 1)
  await lookAll()
  expect(done).toBe(1)
  clock.advance(1)
  await lookAll()
  expect(done).toBe(2)
})

test('while one node is at it another does not begin', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  let entered = 0
  const work = [
    {
      name: 'slow',
      every: HOUR,
      async run() {
        entered++
        begin()
        await held
      },
    },
  ]
  const first = open(work).look()
  await begun
  expect(await open(work).look()).toEqual([])
  release()
  expect(await first).toEqual(['slow'])
  expect(entered).toBe(1)
})

test('work that fails changes nothing, is told, keeps no other from its turn and is tried again', async () => {
  let broken = true
  const work = [
    {
      name: 'broken',
      every: HOUR,
      async run(db: Parameters<Work['run']>[0]) {
        await rows(db, "insert into periodic_work values ('trace', now())")
        if (broken) throw new Error('no')
      },
    },
    { name: 'whole', every: HOUR, run: async () => {} },
  ]
  const schedule = open(work)
  expect(await schedule.look()).toEqual(['whole'])
  expect(faults).toEqual(['broken'])
  expect(await rows(database.db, 'select name from periodic_work')).toEqual([{ name: 'whole' }])
  broken = false
  expect(await schedule.look()).toEqual(['broken'])
})

test('a running schedule looks at once, and stops when told', async () => {
  let ran = () => {}
  const first = new Promise<void>((resolve) => {
    ran = resolve
  })
  const schedule = open([{ name: 'now', every: HOUR, run: async () => ran() }], database.db, HOUR)
  await first
  await schedule.close()
  expect(await schedule.look()).toEqual([])
})
