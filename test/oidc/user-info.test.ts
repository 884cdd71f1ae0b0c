import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { basic, call, login, redeem, returned, tax, visit } from '../support/agencies.ts'
import { openWorld, SOMCHAI, type World } from '../support/engine.ts'

// UserInfo has a short way of ours and the library's long one. A request from a registered page of the agency's goes the
// long way, and its answer says so by naming that page; so both can be asked the same.

const ORIGIN = 'https://app.tax.example'
const refreshing = { grant_types: ['authorization_code', 'refresh_token'] }

let world: World
beforeEach(async () => {
  world = await openWorld()
  world.clients.set('tax', tax({ web_origins: [ORIGIN] }))
  world.release = { name: 'สมชาย ใจดี', birthdate: '1980-02-03', person_code: '1102003456782' }
})
afterEach(() => world.close())

async function bothWays(token: string) {
  const before = world.entries.length
  const authorization = `Bearer ${token}`
  const short = await call(world, '/userinfo', undefined, { authorization })
  const between = world.entries.length
  const long = await call(world, '/userinfo', undefined, { authorization, origin: ORIGIN })
  const released = [world.entries.slice(before, between), world.entries.slice(between)]
  return { short, long, released }
}

const token = async (parameters: Record<string, string> = { scope: 'openid profile' }) =>
  (await login(world, world.visitor(), 'tax', { parameters })).access_token

describe('UserInfo the short way', () => {
  test.each([
    ['of all that its scopes stand for', { scope: 'openid profile' }],
    ['of nobody but the subject', { scope: 'openid' }],
  ])('answers as the long way does, with the same entry: %s', async (_what, parameters) => {
    const { short, long, released } = await bothWays(await token(parameters))
    expect([short.status, long.status]).toEqual([200, 200])
    expect(short.body).toEqual(long.body)
    expect(released[0]).toEqual(released[1])
    expect(short.body).not.toHaveProperty('person_code')
    expect(short.headers.get('content-type')).toBe(long.headers.get('content-type'))
    expect([short, long].map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([null, ORIGIN])
    expect(short.headers.get('vary')).toBe('Origin')
  })

  test('writes what it tells on record before it tells it', async () => {
    const access = await token()
    world.auditBroken = true
    expect((await call(world, '/userinfo', undefined, { authorization: `Bearer ${access}` })).status).toBe(500)
  })

  test('leaves claims asked for one by one to the long way', async () => {
    const claims = JSON.stringify({ userinfo: { person_code: null } })
    const { short, long } = await bothWays(await token({ scope: 'openid', claims }))
    expect(short.body).toEqual(long.body)
    expect(short.body).toHaveProperty('person_code')
    expect(short.headers.get('access-control-allow-origin')).toBe('*')
  })

  const ends: [string, number, (access: string) => Promise<unknown>][] = [
    ['a person who may not sign in any more', 401, async () => void world.barred.add(SOMCHAI)],
    ['a client that was switched off', 401, async () => void world.clients.set('tax', { ...tax(), disabled: true })],
    ['a token that is over', 401, async () => world.clock.advance(611_000)],
    ['a revoked token', 401, (access) => call(world, '/token/revocation', { token: access }, basic('tax'))],
    ['a grant that was taken away', 401, (access) => drop(access, ({ grantId }) => ['grant', grantId])],
    ['a session that was signed out', 401, (access) => endSession(access)],
  ]
  test.each(ends)('refuses as the long way does: %s', async (_what, status, end) => {
    const access = await token()
    await end(access)
    const { short, long } = await bothWays(access)
    expect([short.status, long.status]).toEqual([status, status])
    expect(short.body).toEqual(long.body)
    expect(short.headers.get('www-authenticate')).toBe(long.headers.get('www-authenticate'))
  })

  test('refuses a token that outlives its session’s idle time once that session was signed out', async () => {
    world.clients.set('tax', tax({ ...refreshing, web_origins: [ORIGIN] }))
    world.terms.set('tax', { refreshAfterIdle: true })
    const access = await token()
    expect((await bothWays(access)).short.status).toBe(200)
    await endSession(access)
    const { short, long } = await bothWays(access)
    expect([short.status, long.status]).toEqual([401, 401])
  })

  test('believes no code, no half a token and no other scheme', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    const { body } = await redeem(world, 'tax', code)
    const access = String(body.access_token)
    for (const authorization of [
      `Bearer ${code}`,
      `Bearer ${access.slice(1)}`,
      `Bearer ${access}x`,
      `DPoP ${access}`,
      `Basic ${access}`,
      access,
    ]) {
      const { status } = await call(world, '/userinfo', undefined, { authorization })
      expect([400, 401]).toContain(status)
    }
    const twice = await call(world, `/userinfo?access_token=${access}`, undefined, {
      authorization: `Bearer ${access}`,
    })
    expect(twice.status).toBe(400)
  })
})

interface Kept {
  readonly grantId: string
  readonly sessionUid: string
}
const record = async (access: string) => (await world.artifacts.get('access-token', access))!.value as unknown as Kept
async function drop(access: string, which: (of: Kept) => ['grant', string]) {
  await world.artifacts.remove(...which(await record(access)))
}
/** As the library does it when somebody signs out. */
async function endSession(access: string) {
  const { sessionUid } = await record(access)
  await world.artifacts.endSession(sessionUid, 1000)
  await world.artifacts.put('grant', `ended ${sessionUid}`, true, 1000)
}
