import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { load, rollingRestarts, summary } from '../support/load.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// An upgrade by day: two nodes behind a balancer that tries nothing twice, told to stop one after the other while people
// sign in. test/long does twenty rounds.

let database: TestDatabase
let redis: TestRedis
let at: Nodes
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
  at = await startNodes({ databaseUrl: database.url, redisUrl: redis.url, people: 100 })
}, 40_000)
afterAll(async () => {
  await at?.close()
  await Promise.all([database.close(), redis.close()])
})

test('restarting one node after the other costs nobody their sign-in', async () => {
  const result = await load(at, 5, rollingRestarts(at, 1))
  expect(summary(result)).toMatchObject({ failed: 0, twice: 0, done: result.begun, reasons: {} })
  expect(at.balancer.lost).toEqual([])
  expect(result.done).toBeGreaterThan(10)
}, 60_000)
