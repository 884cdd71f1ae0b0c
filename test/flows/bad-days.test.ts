import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { broken, errands, statusOf } from '../support/bad-days.ts'
import { type OwnPostgres, ownPostgres } from '../support/own-postgres.ts'
import { openPassage, type Passage } from '../support/passage.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { request, startService, type TestService } from '../support/service.ts'

// The sessions store and the database dead, frozen, slow and full: what people and agencies see, and that what they had
// begun goes on when the day is good again, by itself, within five seconds.

const RECOVERY = 5000
const GOOD = { 'the key set': 200, discovery: 200, live: 200 }

async function recovered(at: TestService): Promise<number> {
  const from = performance.now()
  for (;;) {
    const ready = await fetch(`${at.issuer}/health/ready`)
    const page = ready.status === 200 ? await at.visitor().open(request(at.issuer, 'tax').url) : undefined
    if (page?.status === 200) return performance.now() - from
    if (performance.now() - from > 3 * RECOVERY) throw new Error(`not recovered: ${await ready.text()}`)
    await pause(50)
  }
}

describe('when Redis is', () => {
  let redis: OwnTestRedis
  let passage: Passage
  let at: TestService
  beforeEach(async () => {
    redis = await ownRedis()
    passage = await openPassage(redis.url)
    at = await startService({ redisUrl: `redis://127.0.0.1:${passage.port}` })
  })
  afterEach(async () => {
    await at.close()
    await passage.close()
    await redis.close()
  })

  test('dead, every answer is an honest 503 within a second, and people can sign in soon after it is back', async () => {
    const day = await errands(at)
    await redis.kill()
    const tried = await day.tryAll()
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject({ ...GOOD, 'a new sign-in': 503, 'single sign-on': 503, ready: 503 })
    await redis.restart()
    expect(await recovered(at)).toBeLessThan(RECOVERY)
  })

  test('frozen, so it is too, and what was begun goes on when it thaws', async () => {
    const day = await errands(at)
    redis.freeze()
    const tried = await day.tryAll()
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject({ ...GOOD, 'a new sign-in': 503, 'single sign-on': 503, ready: 503 })
    redis.thaw()
    expect(await recovered(at)).toBeLessThan(RECOVERY)
    expect(await day.goOn()).toEqual([])
  })

  test('slow by 200 ms, answers still come within a second, and what was begun goes on afterwards', async () => {
    const day = await errands(at)
    passage.slow(200)
    const tried = await day.tryAll()
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject(GOOD)
    passage.slow(0)
    expect(await recovered(at)).toBeLessThan(RECOVERY)
    expect(await day.goOn()).toEqual([])
  })

  test('full, nobody new comes in, but signing out and revoking work', async () => {
    const day = await errands(at)
    await redis.client.config('SET', 'maxmemory', '1')
    const tried = await day.tryAll()
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject({ ...GOOD, 'a new sign-in': 503, 'single sign-on': 503, UserInfo: 200 })
    expect(await day.endAll()).toEqual({ signOut: 200, revocation: 200, living: [] })
    await redis.client.config('SET', 'maxmemory', '0')
    expect(await recovered(at)).toBeLessThan(RECOVERY)
  })
})

describe('when PostgreSQL is', () => {
  let postgres: OwnPostgres
  let at: TestService
  beforeAll(async () => {
    postgres = await ownPostgres()
    at = await startService({ database: postgres.quiet, databaseUrl: postgres.url })
  }, 30_000)
  afterAll(async () => {
    await at.close()
    await postgres.close()
  })

  test('frozen, every answer is an honest 503 within a second, and what was begun goes on when it thaws', async () => {
    const day = await errands(at)
    postgres.freeze()
    const tried = await day.tryAll()
    postgres.thaw()
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject({ ...GOOD, 'single sign-on': 503, 'the form of a sign-in': 503, ready: 503 })
    expect(await recovered(at)).toBeLessThan(RECOVERY)
    expect(await day.goOn()).toEqual([])
  })

  test('slow by 200 ms, answers still come within a second, and what was begun goes on afterwards', async () => {
    const day = await errands(at)
    postgres.passage.slow(200)
    const tried = await day.tryAll()
    postgres.passage.slow(0)
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject(GOOD)
    expect(await recovered(at)).toBeLessThan(RECOVERY)
    expect(await day.goOn()).toEqual([])
  })

  test('dead, so it is too, and what was begun goes on when it is back', async () => {
    const day = await errands(at)
    await postgres.kill()
    const tried = await day.tryAll()
    await postgres.restart()
    expect(broken(tried)).toEqual([])
    expect(statusOf(tried)).toMatchObject({ ...GOOD, 'single sign-on': 503, 'the form of a sign-in': 503, ready: 503 })
    expect(await recovered(at)).toBeLessThan(RECOVERY)
    expect(await day.goOn()).toEqual([])
  }, 30_000)

  test('replaced by a standby, what was begun goes on there', async () => {
    const day = await errands(at)
    await postgres.promote()
    expect(await recovered(at)).toBeLessThan(RECOVERY)
    expect(await day.goOn()).toEqual([])
  }, 30_000)
})
