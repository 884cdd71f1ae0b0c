import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { summary } from '../support/load.ts'
import { figure, note } from '../support/long-report.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { changeStatuses } from '../support/status-change.ts'

// Changes of status at fifty sign-ins a second on two nodes: how long anything of theirs is still good for something.

const PER_SECOND = figure('SIGN_INS', 50)
const CHANGES = figure('CHANGES', 20)

let database: TestDatabase
let redis: TestRedis
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
})
afterAll(() => Promise.all([database.close(), redis.close()]))

test(`${CHANGES} changes of status at ${PER_SECOND} sign-ins a second`, async () => {
  const settings = { perSecond: PER_SECOND, changes: CHANGES, every: 1_000 }
  const { load, lasted, tried, late, noticed } = await changeStatuses({
    ...{ databaseUrl: database.url, redisUrl: redis.url },
    ...settings,
  })
  const { begun, done, p50, p99, reasons } = summary(load)
  note(
    `${CHANGES} people suspended or locked at ${PER_SECOND} sign-ins a second on two nodes: every use of their codes, tokens and sessions afterwards`,
    'fails within 5 s on both nodes; nobody else notices',
    `${tried} uses, the last that succeeded ${Math.max(...lasted)} ms after the change, ${late} after 5 s; ${done} of ${begun} other sign-ins done (p50 ${p50} ms, p99 ${p99} ms), ${noticed} bystanders touched`,
  )
  expect(reasons).toEqual({})
  expect({ late, noticed, done }).toEqual({ late: 0, noticed: 0, done: begun })
}, 600_000)
