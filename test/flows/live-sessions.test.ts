import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { clientId } from '../../src/identity/identifiers.ts'
import { endInStore, lifeInStore } from '../../src/oidc/session-model.ts'
import { rows } from '../../src/platform/db.ts'
import { type Closing, openClosing } from '../../src/sessions/closing.ts'
import { enterParty } from '../support/enter-party.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { ageRedis } from '../support/redis-passage.ts'
import {
  callback,
  redeem,
  refresh,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'
import { countStatements } from '../support/statements.ts'
import type { Visitor } from '../support/visitor.ts'

// The list of sessions as it follows what browsers and agencies do, and the ends that don't come from a browser.

const OPERATOR = { kind: 'operator', name: 'test' } as const
const LIMITS = { idle: 1800, idleHigh: 900, absolute: 43_200 }

describe.each(['redis', 'memory'] as const)('with sessions in %s', (kept) => {
  let redis: TestRedis
  let at: TestService
  let closing: Closing
  beforeAll(async () => {
    redis = await testRedis()
    at = await startService(kept === 'redis' ? { redisUrl: redis.url } : {})
    for (const name of ['tax', 'social'] as const)
      await enterParty(
        at,
        name,
        {
          token_endpoint_auth_method: 'client_secret_basic',
          client_secret: SECRETS[name],
          redirect_uris: [`http://localhost:9/${name}/callback`],
          backchannel_logout_uri: `http://localhost:9/${name}/logout`,
          ...(name === 'social' && { grant_types: ['authorization_code', 'refresh_token'] }),
        },
        name === 'social' ? { refresh: true } : {},
      )
    const { artifacts, parts } = at.service
    closing = openClosing({
      db: parts.db,
      live: parts.live,
      lifeOf: (uid) => lifeInStore({ artifacts, clock: at.clock }, uid, LIMITS),
      forget: (uid, why) => endInStore(artifacts, uid, why, LIMITS),
      onFault: () => undefined,
    })
  })
  afterAll(async () => {
    await at.close()
    await redis.close()
  })
  beforeEach(async () => {
    for (const { key } of at.citizens) await at.service.parts.live.endAllOf(at.database.db, key, 'operator', OPERATOR)
    await rows(at.database.db, 'delete from job')
    await wait(60)
  })

  async function wait(seconds: number): Promise<void> {
    at.clock.advance(seconds * 1000)
    if (kept === 'redis') await ageRedis(redis.client, seconds)
  }

  const live = () => at.service.parts.live
  const mine = () => live().listOf(at.database.db, at.citizens[0]!.key)
  const told = async () =>
    (
      await rows<{ destination: string }>(
        at.database.db,
        "select destination from job where kind = 'logout' order by destination",
      )
    ).map(({ destination }) => destination)

  async function enter(visitor: Visitor, agency: string) {
    const asked = request(at.issuer, agency)
    const { code } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
    return redeem(at.issuer, agency, code!, asked.verifier)
  }
  const isIn = async (visitor: Visitor) =>
    callback(await visitor.open(request(at.issuer, 'tax', { prompt: 'none' }).url)).error !== 'login_required'

  /** Until the node has heard of it. */
  async function settled(): Promise<void> {
    const from = performance.now()
    while ((await live().unsettled(at.database.db)).length > 0)
      if (performance.now() - from > 5_000) throw new Error('nobody heard of it in five seconds')
  }

  test('a session is listed from its first agency on, and gone with the sign-out', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await wait(10)
    await enter(visitor, 'social')
    const [session, ...others] = await mine()
    expect(others).toEqual([])
    expect(session).toMatchObject({ acr: 'low', amr: ['otp', 'totp'], device: '' })
    expect(session!.parties.map(({ client }) => client)).toEqual(['tax', 'social'])
    expect(session!.idleEndsAt.getTime() - at.clock.now()).toBe(1_800_000)
    expect(session!.endsAt.getTime() - session!.startedAt.getTime()).toBe(43_200_000)
    await visitor.submit(await visitor.open(`${at.issuer}/session/end`), { logout: 'yes' })
    expect(await mine()).toEqual([])
    expect(await told()).toEqual(['social', 'tax'])
    expect(await live().unsettled(at.database.db)).toEqual([])
  })

  test('somebody who has signed in and not yet agreed to anything is on it as well', async () => {
    const visitor = at.visitor()
    const page = await signIn(at, visitor, at.citizens[0]!, request(at.issuer, 'land', { scope: 'openid birthdate' }))
    expect(page.form?.fields).toBeDefined()
    expect((await mine()).map(({ parties }) => parties)).toEqual([[]])
  })

  test('being listed costs a sign-in no statement of its own', async () => {
    const statements = countStatements(at.service.parts.db)
    const counted = { signingIn: [] as number[], goingOn: [] as number[] }
    // The least of several: what the node looks for by itself every two seconds may fall in between.
    for (let time = 0; time < 4; time++) {
      const visitor = at.visitor()
      const begun = await visitor.open(request(at.issuer, 'tax').url)
      at.clock.advance(30_000)
      const { scheme, code, oneTimeCode } = at.citizens[0]!
      const before = statements.count()
      callback(await visitor.submit(begun, { scheme, person_code: code, code: oneTimeCode() }))
      const between = statements.count()
      callback(await visitor.open(request(at.issuer, 'social').url))
      counted.signingIn.push(between - before)
      counted.goingOn.push(statements.count() - between)
    }
    statements.stop()
    // Found, counted, let in; and whether the person may still sign in, and the code with its audit entries and the list.
    expect([Math.min(...counted.signingIn), Math.min(...counted.goingOn)]).toEqual([3, 2])
  })

  test('a renewal without a page at one agency keeps the session alive at all of them', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    const { id_token } = await enter(visitor, 'social')
    for (let minutes = 20; minutes <= 60; minutes += 20) {
      await wait(20 * 60)
      const renewal = request(at.issuer, 'social', { prompt: 'none', id_token_hint: id_token })
      expect(callback(await visitor.open(renewal.url)).code).toBeDefined()
    }
    expect((await mine())[0]?.idleEndsAt.getTime()).toBe(at.clock.now() + 1_800_000)
    expect(await isIn(visitor)).toBe(true)
  })

  test('an end from elsewhere puts the person out and kills every token, on the node that holds the session', async () => {
    const visitor = at.visitor()
    const tax = await enter(visitor, 'tax')
    const social = await enter(visitor, 'social')
    const [session] = await mine()
    await live().end(at.database.db, session!.ref, 'operator', OPERATOR)
    await settled()
    expect(await isIn(visitor)).toBe(false)
    for (const { access_token } of [tax, social]) expect((await userInfo(at.issuer, access_token)).status).toBe(401)
    expect((await refresh(at.issuer, 'social', social.refresh_token!)).status).toBe(400)
    expect(await told()).toEqual(['social', 'tax'])
  })

  test('leaving one agency takes it off and keeps the rest', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'social')
    const { form } = await visitor.open(`${at.issuer}/session/end?client_id=tax`)
    await visitor.post(form!.action, { xsrf: form!.fields.xsrf! })
    expect((await mine())[0]?.parties.map(({ client }) => client)).toEqual(['social'])
    expect(await told()).toEqual(['tax'])
    expect(await live().listAt(at.database.db, clientId('tax'))).toEqual([])
  })

  test('one that lies idle ends, and its agencies hear of it; one that was used does not', async () => {
    const [idle, used] = [at.visitor(), at.visitor()]
    await enter(idle, 'tax')
    await wait(60)
    await enter(used, 'social')
    await wait(1_700)
    // An answer without a code: the session's time begins anew, of which the list hears nothing.
    expect(
      callback(await used.open(request(at.issuer, 'tax', { prompt: 'none', acr_values: 'high' }).url)).error,
    ).toBeDefined()
    await wait(200)
    expect(await closing.lapse()).toBe(1)
    expect(await told()).toEqual(['tax'])
    expect((await mine()).map(({ parties }) => parties.map(({ client }) => client))).toEqual([['social']])
    expect(await isIn(used)).toBe(true)
    expect(await isIn(idle)).toBe(false)
  })

  test('somebody else’s sign-in in the same browser ends the first one’s', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    const asked = request(at.issuer, 'social', { prompt: 'login' })
    const switching = await signIn(at, visitor, at.citizens[1]!, asked)
    await visitor.submit(switching, {})
    const [{ detail } = { detail: '' }] = await rows<{ detail: string }>(
      at.database.db,
      'select why as detail from live_session where person = ? order by ended_at desc nulls last limit 1',
      [at.citizens[0]!.key],
    )
    expect(detail).toBe('replaced')
    expect(await mine()).toEqual([])
  })
})
