import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import * as races from '../support/races.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { ageRedis } from '../support/redis-passage.ts'
import {
  basic,
  callback,
  form,
  redeem,
  request,
  signIn,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'

// What browsers and agencies do at once, against two processes on PostgreSQL and Redis, and one that keeps its sessions
// itself. test/long does the same for hundreds of rounds.

describe.each([
  ['two processes on Redis', 2],
  ['one process on its own memory', 1],
])('with %s', (_name, count) => {
  let database: TestDatabase
  let redis: TestRedis
  let at: Nodes
  beforeAll(async () => {
    ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
    const agencies = ['tax', 'social', ...races.SSO_AGENCIES]
    const store = count > 1 ? { redisUrl: redis.url } : {}
    at = await startNodes({ databaseUrl: database.url, ...store, count, people: 30, agencies })
  }, 40_000)
  afterAll(async () => {
    await at?.close()
    await Promise.all([database.close(), redis.close()])
  })

  test('ten tabs that open ten agencies at once in one session all get in', async () => {
    expect(await races.tabsAtOnce(at, 3, races.SSO_AGENCIES)).toEqual({ tabs: 30, lost: 0, unlisted: 0, why: [] })
  })

  test('five tabs of one agency, visited for the first time, do not end each other', async () => {
    const sites = Array.from({ length: 5 }, () => 'site-0')
    expect(await races.tabsAtOnce(at, 3, sites)).toEqual({ tabs: 15, lost: 0, unlisted: 0, why: [] })
  })

  test('two tabs that ask one agency for different things at once both learn what they asked for', async () => {
    expect(await races.scopesAtOnce(at, 5)).toEqual({ rounds: 5, missing: [] })
  })

  test('two forms of one agency, filled in one after the other, do not end each other', async () => {
    expect(await races.formsAtOnce(at, 2)).toEqual({ rounds: 2, lost: 0, why: [] })
  })

  test.each([
    ['a code', races.codesAtOnce],
    ['a refresh token', races.refreshesAtOnce],
    ['a client assertion', races.assertionsAtOnce],
    ['a one-time code', races.oneTimeCodesAtOnce],
  ] as const)('of fifty that use %s at once, one gets through', async (_what, race) => {
    expect(await race(at, 2)).toEqual({ rounds: 2, wrong: 0, seen: [1] })
  })

  test('a sign-out is final for tabs that are just signing in elsewhere', async () => {
    const { revived, living, stillListed } = await races.signOutsAgainstTabs(at, 5)
    expect({ revived, living, stillListed }).toEqual({ revived: 0, living: 0, stillListed: 0 })
  })
})

describe.each(['redis', 'memory'] as const)('as time goes on, with sessions in %s', (kept) => {
  let redis: TestRedis
  let at: TestService
  beforeAll(async () => {
    redis = await testRedis()
    at = await startService(kept === 'redis' ? { redisUrl: redis.url } : {})
  })
  afterAll(async () => {
    await at.close()
    await redis.close()
  })

  async function wait(seconds: number): Promise<void> {
    at.clock.advance(seconds * 1000)
    if (kept === 'redis') await ageRedis(redis.client, seconds)
  }

  test.each([1, 30, 59, 600])(
    'a code that comes again after %i s is refused, and its tokens are dead',
    async (seconds) => {
      const visitor = at.visitor()
      const asked = request(at.issuer, 'social')
      const { code } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
      const tokens = await redeem(at.issuer, 'social', code!, asked.verifier)
      await wait(seconds)
      if (seconds < 600) expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(200)
      const again = await redeem(at.issuer, 'social', code!, asked.verifier)
      expect([again.status, again.error]).toEqual([400, 'invalid_grant'])
      expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(401)
      const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }
      expect(await form(`${at.issuer}/token`, fields, basic('social'))).toMatchObject({
        status: 400,
        error: 'invalid_grant',
      })
      await wait(60)
    },
  )

  test.each([0, 61, 500])(
    'a pushed request that two tabs were opened with is used once, also %i s later',
    async (seconds) => {
      const asked = request(at.issuer, 'tax')
      const pushed = await form(
        `${at.issuer}/request`,
        Object.fromEntries(new URL(asked.url).searchParams),
        basic('tax'),
      )
      const query = new URLSearchParams({ client_id: 'tax', request_uri: String(pushed.request_uri) })
      const url = `${at.issuer}/auth?${query.toString()}`
      const tabs = await Promise.all(
        at.citizens.slice(0, 2).map(async (citizen) => {
          const visitor = at.visitor()
          return { citizen, visitor, page: await visitor.open(url) }
        }),
      )
      await wait(Math.max(seconds, 30))
      const answers = await Promise.all(
        tabs.map(({ citizen, visitor, page }) => {
          const { scheme, code } = citizen
          return visitor.submit(page, { scheme, person_code: code, code: citizen.oneTimeCode() })
        }),
      )
      const backs = answers.map(({ headers }) => new URL(headers.get('location') ?? 'x:').searchParams)
      const codes = backs.flatMap((back) => back.get('code') ?? [])
      expect(codes).toHaveLength(1)
      // The redirect address is verified, so the agency is told and may begin anew (RFC 6749 §4.1.2.1, RFC 9101 §7).
      expect(backs.map((back) => back.get('error')).filter(Boolean)).toEqual(['invalid_request_uri'])
      expect((await redeem(at.issuer, 'tax', codes[0]!, asked.verifier)).status).toBe(200)
      await wait(60)
    },
  )
})
