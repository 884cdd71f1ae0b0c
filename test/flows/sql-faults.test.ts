import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import {
  type Citizen,
  callback,
  redeem,
  request,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'
import type { Page } from '../support/visitor.ts'

// Every statement that writes during a sign-in (not those of scheduled work, which have no limit of time) fails once, one after the other, by a trigger on every table: each time the
// sign-in is complete and audited, or failed with an honest page and works when it is tried again.

let redis: TestRedis
let at: TestService
let somying: Citizen
beforeAll(async () => {
  redis = await testRedis()
  at = await startService({ redisUrl: redis.url })
  somying = at.citizens[0]!
  const { db } = at.database
  await db.raw('create sequence write_number')
  await db.raw('create sequence last_failed')
  await db.raw('create table write_to_fail (number bigint)')
  await db.raw('insert into write_to_fail values (0)')
  await db.raw(`create function fail_here() returns trigger language plpgsql as $$ begin
    if current_setting('statement_timeout') <> '0' and nextval('write_number') = (select number from write_to_fail) then
      perform setval('last_failed', (select number from write_to_fail)); raise exception 'made to fail'; end if;
    return null; end $$`)
  const tables = await rows<{ name: string }>(
    db,
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'write_to_fail'",
  )
  for (const { name } of tables)
    await db.raw(
      'create trigger zz_fail before insert or update or delete on ?? for each statement execute function fail_here()',
      [name],
    )
})
afterAll(async () => {
  await at.close()
  await redis.close()
})

async function failAt(number: number): Promise<void> {
  await at.database.db.raw("select setval('write_number', 1, false)")
  await at.database.db.raw('update write_to_fail set number = ?', [number])
}
const lastFailed = async () =>
  Number((await rows<{ n: string }>(at.database.db, 'select last_value as n from last_failed'))[0]!.n)
const audited = async (type: string) =>
  Number(
    (await rows<{ n: string }>(at.database.db, 'select count(*) as n from audit_event where type = ?', [type]))[0]!.n,
  )

interface Attempt {
  readonly failedIn: string | undefined
  readonly secondVisit: boolean
}

/** A whole sign-in; where it fails, the same step once more, with nothing in its way. */
async function signInWith(fault: number): Promise<Attempt> {
  const visitor = at.visitor()
  const asked = request(at.issuer, 'tax')
  // They choose a language by a link: it is kept for them, once they are in.
  const login = await visitor.open(
    `${new URL((await visitor.open(asked.url)).form!.action, at.issuer).href}?ui_locales=et`,
  )
  const typed = () => {
    at.clock.advance(30_000)
    return { scheme: somying.scheme, person_code: somying.code, code: somying.oneTimeCode() }
  }
  const fields = typed()
  await failAt(fault)
  let page: Page = await visitor.submit(login, fields)
  let failedIn: string | undefined
  if (page.status !== 303) {
    failedIn = new URL(page.url).pathname.startsWith('/login') ? 'the form' : 'the way back'
    expect([page.status, page.trouble]).toEqual([500, 'PRT-5004'])
    expect(page.headers.getSetCookie()).toEqual([])
    await failAt(0)
    page = failedIn === 'the form' ? await visitor.submit(login, typed()) : await visitor.open(page.url)
  }
  const { code } = callback(page)
  let tokens = await redeem(at.issuer, 'tax', code!, asked.verifier)
  let secondVisit = false
  if (tokens.status !== 200) {
    failedIn = 'the token endpoint'
    expect([tokens.status, tokens.error, tokens.access_token]).toEqual([500, 'server_error', undefined])
    await failAt(0)
    tokens = await redeem(at.issuer, 'tax', code!, asked.verifier)
    if (tokens.status !== 200) {
      expect(tokens.error).toBe('invalid_grant')
      secondVisit = true
      const next = request(at.issuer, 'tax')
      tokens = await redeem(at.issuer, 'tax', callback(await visitor.open(next.url)).code!, next.verifier)
    }
  }
  expect(tokens.status).toBe(200)
  const told = await userInfo(at.issuer, tokens.access_token)
  if (told.status !== 200) {
    failedIn = 'UserInfo'
    expect(told.status).toBe(500)
    await failAt(0)
    expect((await userInfo(at.issuer, tokens.access_token)).status).toBe(200)
  }
  return { failedIn, secondVisit }
}

test('whichever write of a sign-in fails, it fails honestly, works the second time, and is audited once', async () => {
  await signInWith(0)
  const types = ['sign-in.succeeded', 'tokens.issued'] as const
  const before = await Promise.all(types.map(audited))
  const places = new Map<string, number>()
  let visits = 0
  let signIns = 0
  for (;;) {
    signIns++
    const { failedIn, secondVisit } = await signInWith(signIns)
    if ((await lastFailed()) !== signIns) break // no sign-in writes that often
    const place = failedIn ?? 'nowhere'
    places.set(place, (places.get(place) ?? 0) + 1)
    if (secondVisit) visits++
  }
  // Some cost the person nothing: what is only tidied up after they are in, and the writes of the one statement that enters the
  // code and lists the session with its agency, for which the service sends the browser to try once more. The next sign-in
  // tidies up first, so that the same write fails again, one later. Everything else is needed.
  const costless = places.get('nowhere') ?? 0
  expect(costless).toBeLessThanOrEqual(8)
  for (const place of ['the form', 'the token endpoint', 'UserInfo']) expect(places.get(place)).toBeGreaterThan(0)
  // Each sign-in stands in the audit once: for the attempt that the person completed.
  const after = await Promise.all(types.map(audited))
  expect(after.map((count, n) => count - before[n]!)).toEqual([signIns, signIns])
  expect(visits).toBeLessThanOrEqual(places.get('the token endpoint')!)
  // No grant without its session. A try that failed late leaves both behind; nobody holds that session, and it expires.
  const [grants, sessions] = await Promise.all([redis.client.keys('g:*'), redis.client.keys('s:*')])
  expect(grants).toHaveLength(sessions.length)
  expect(sessions.length).toBeLessThanOrEqual(1 + signIns + costless)
  for (const key of [...grants, ...sessions]) expect(await redis.client.ttl(key)).toBeGreaterThan(0)
})
