import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { summary } from '../support/load.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { changeStatuses } from '../support/status-change.ts'

// A change of status while others sign in, on two nodes. test/long does it at 50 sign-ins a second.

let database: TestDatabase
let redis: TestRedis
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
})
afterAll(() => Promise.all([database.close(), redis.close()]))

test('ends all that is theirs on both nodes, and nobody else notices', async () => {
  const settings = { perSecond: 5, changes: 2, every: 100 }
  const { load, tried, late, noticed } = await changeStatuses({
    ...{ databaseUrl: database.url, redisUrl: redis.url },
    ...settings,
  })
  expect(summary(load)).toMatchObject({ failed: 0, done: load.begun, reasons: {} })
  expect({ late, noticed }).toEqual({ late: 0, noticed: 0 })
  expect(tried).toBe(80)
}, 120_000)
