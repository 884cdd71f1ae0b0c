import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { acrossClocks } from '../support/clocks-apart.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// Nodes whose clocks differ: what they issue to one another holds, or they take no part. test/long tries every difference.

let database: TestDatabase
let redis: TestRedis
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
})
afterAll(async () => {
  await Promise.all([database.close(), redis.close()])
})

test('a node five seconds ahead takes part, one a minute behind does not, and every sign-in goes through', async () => {
  expect(await acrossClocks({ databaseUrl: database.url, redisUrl: redis.url }, [0, 5, -61], 4)).toEqual({
    done: 4,
    ready: [true, true, false],
    said: ['ok', 'ok', expect.stringMatching(/61 seconds apart/)],
  })
}, 60_000)
