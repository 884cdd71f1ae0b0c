import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { figure, note } from '../support/long-report.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import * as races from '../support/races.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// The races of test/flows/races, for as many rounds as it takes to believe them. LONG_ROUNDS makes it shorter.

const ROUNDS = figure('ROUNDS', 1000)
const SESSIONS = Math.min(200, ROUNDS)
const HOUR = 3_600_000

describe.each([
  ['two processes on Redis', 2],
  ['one process on its own memory', 1],
])('with %s', (name, count) => {
  let database: TestDatabase
  let redis: TestRedis
  let at: Nodes
  beforeAll(async () => {
    ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
    const agencies = ['tax', 'social', ...races.SSO_AGENCIES]
    const store = count > 1 ? { redisUrl: redis.url } : {}
    at = await startNodes({ databaseUrl: database.url, ...store, count, people: ROUNDS + 500, agencies })
  }, 300_000)
  afterAll(async () => {
    await at?.close()
    await Promise.all([database.close(), redis.close()])
  })

  test(
    'no tab is lost',
    async () => {
      const many = await races.tabsAtOnce(at, SESSIONS, races.SSO_AGENCIES)
      note(`10 tabs, 10 agencies, ${SESSIONS} sessions; ${name}`, '0 lost', `${many.lost} of ${many.tabs}`)
      note(`the same, on the list of sessions; ${name}`, '0 missing', `${many.unlisted} of ${many.tabs}`)
      const sites = Array.from({ length: 10 }, () => 'site-0')
      const same = await races.tabsAtOnce(at, SESSIONS, sites)
      note(`10 tabs, one agency, ${SESSIONS} sessions; ${name}`, '0 lost', `${same.lost} of ${same.tabs}`)
      const wishes = await races.scopesAtOnce(at, SESSIONS)
      note(`2 tabs, different scopes; ${name}`, '0 missing', `${wishes.missing.length} of ${2 * SESSIONS}`)
      expect([many.lost, many.unlisted, same.lost, same.unlisted, wishes.missing.length]).toEqual([0, 0, 0, 0, 0])
    },
    HOUR,
  )

  test.each([
    ['a code', races.codesAtOnce],
    ['a refresh token', races.refreshesAtOnce],
    ['a client assertion', races.assertionsAtOnce],
    ['a one-time code', races.oneTimeCodesAtOnce],
  ] as const)(
    'of fifty that use %s at once, one gets through',
    async (what, race) => {
      const { rounds, wrong } = await race(at, ROUNDS)
      note(`50 at once use ${what}, ${rounds} rounds; ${name}`, 'exactly 1 each', `${rounds - wrong} rounds with 1`)
      expect(wrong).toBe(0)
    },
    HOUR,
  )

  test(
    'no sign-out is undone',
    async () => {
      const { rounds, revived, living, codes, stillListed } = await races.signOutsAgainstTabs(at, SESSIONS)
      const was = `${revived} sessions, ${living} tokens (${codes} codes were given out meanwhile)`
      note(`sign-out against two tabs, ${rounds} rounds; ${name}`, '0 revived', was)
      note(`the same, on the list of sessions; ${name}`, '0 listed', `${stillListed} of ${rounds}`)
      expect([revived, living, stillListed]).toEqual([0, 0, 0])
    },
    HOUR,
  )
})
