import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { kills, load, rollingRestarts, summary } from '../support/load.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// An upgrade by day, and nodes that die: two of them behind a balancer, while people sign in. test/long does it for hours.

let database: TestDatabase
let redis: TestRedis
let at: Nodes
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
  at = await startNodes({ databaseUrl: database.url, redisUrl: redis.url, people: 100, secondTry: true })
}, 40_000)
afterAll(async () => {
  await at?.close()
  await Promise.all([database.close(), redis.close()])
})

test('restarting one node after the other costs nobody their sign-in', async () => {
  const result = await load(at, 5, rollingRestarts(at, 1))
  expect(summary(result)).toMatchObject({ failed: 0, twice: 0, done: result.begun, reasons: {} })
  expect([at.balancer.lost, at.balancer.again]).toEqual([[], []])
  expect(result.done).toBeGreaterThan(10)
}, 60_000)

test('nodes that die one after the other cost a few people a second try, and nobody gets a token twice', async () => {
  const result = await load(at, 5, kills(at, 1000, 5000), true)
  const { failed, twice, retried, begun, done, reasons } = summary(result)
  expect({ failed, twice, done, reasons: failed > 0 ? reasons : {} }).toEqual({
    failed: 0,
    twice: 0,
    done: begun,
    reasons: {},
  })
  expect(retried).toBeLessThan(begun / 5)
}, 60_000)
