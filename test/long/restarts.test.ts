import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { kills, type Load, load, rollingRestarts, summary } from '../support/load.ts'
import { figure, note } from '../support/long-report.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// Upgrades and deaths under load. LONG_RATE, LONG_RESTARTS and LONG_MINUTES make it shorter.

const RATE = figure('RATE', 50)
const RESTARTS = figure('RESTARTS', 20)
const MINUTES = figure('MINUTES', 10)
const HOUR = 3_600_000

let database: TestDatabase
let redis: TestRedis
let at: Nodes
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
  at = await startNodes({ databaseUrl: database.url, redisUrl: redis.url, people: 60 * RATE, secondTry: true })
}, 120_000)
afterAll(async () => {
  await at?.close()
  await Promise.all([database.close(), redis.close()])
})

const told = (result: Load): string => {
  const { begun, failed, retried, twice, p50, p99, reasons } = summary(result)
  const again = retried > 0 ? `, ${retried} begun again (${((100 * retried) / begun).toFixed(2)} %)` : ''
  return `${failed} failed of ${begun}${again}, ${twice} tokens given twice, p50 ${p50} ms, p99 ${p99} ms${why(reasons)}`
}
/** The five most frequent. */
const why = (reasons: Readonly<Record<string, number>>): string => {
  const most = Object.entries(reasons)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 5)
  return most.map(([words, count]) => `; ${count} × ${words}`).join('')
}
const issued = async () =>
  Number((await rows<{ n: string }>(at.db, "select count(*) as n from audit_event where type = 'tokens.issued'"))[0]!.n)

test(
  'rolling restarts',
  async () => {
    const before = await issued()
    const result = await load(at, RATE, rollingRestarts(at, RESTARTS))
    note(`${RESTARTS} rolling restarts of two nodes at ${RATE} sign-ins/s`, '0 failed', told(result))
    expect(summary(result)).toMatchObject({ failed: 0, twice: 0, done: result.begun, reasons: {} })
    expect([at.balancer.lost, at.balancer.again]).toEqual([[], []])
    expect((await issued()) - before).toBe(result.done)
  },
  HOUR,
)

test(
  'kill -9',
  async () => {
    const before = await issued()
    const killing = kills(at, 30_000, MINUTES * 60_000)
    const result = await load(at, RATE, killing, true)
    const deaths = await killing
    note(`${deaths} × kill -9 in ${MINUTES} min at ${RATE} sign-ins/s`, '≤ 0.1 % begun again, 0 twice', told(result))
    const { failed, twice, retried, begun } = summary(result)
    expect({ failed, twice }).toEqual({ failed: 0, twice: 0 })
    expect(retried / begun).toBeLessThanOrEqual(0.001)
    // Every token that an agency holds stands in the audit; an answer that died on its way may stand there too.
    const recorded = (await issued()) - before
    expect(recorded).toBeGreaterThanOrEqual(result.done)
    expect(recorded).toBeLessThanOrEqual(result.done + retried)
  },
  HOUR,
)
