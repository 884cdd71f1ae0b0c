import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openRedis } from '../../src/platform/redis.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { authUrl, basic, call, login, redeem, returned, tax, userInfo } from '../support/agencies.ts'
import type { TestClock } from '../support/clock.ts'
import { openWorld, SOMCHAI, type World } from '../support/engine.ts'
import { testSealer } from '../support/keys.ts'
import { ownRedis, type TestRedis, testRedis } from '../support/redis.ts'
import { dumpRedis } from '../support/redis-passage.ts'
import type { Visitor } from '../support/visitor.ts'

// The engine on a real Redis: what only shows there.

let server: TestRedis
let world: World
beforeEach(async () => {
  server = await testRedis()
  world = await openWorld({ artifacts: on(server.url) })
})
afterEach(async () => {
  await world.close()
  await server.close()
})

const on = (url: string) => async (clock: TestClock) =>
  openRedisArtifacts({ redis: await openRedis({ url }), sealer: testSealer('sessions'), clock })

const tab = (visitor: Visitor): Visitor => {
  const other = world.visitor()
  other.adopt(visitor.cookies())
  return other
}

describe('on Redis', () => {
  test('one browser signs in to ten agencies at once and loses none', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'social')
    const redirect_uri = 'https://tax.example/callback'
    for (let n = 0; n < 10; n++) world.clients.set(`a${n}`, { ...tax(), id: `a${n}` } as ReturnType<typeof tax>)
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const back = returned(await tab(visitor).open(authUrl(world, `a${n}`, { redirect_uri })))
        return redeem(world, `a${n}`, back.get('code')!, { redirect_uri })
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
  })

  test('a sign-out is final, whatever other tabs are about to finish', async () => {
    for (let round = 0; round < 20; round++) {
      const visitor = world.visitor()
      await login(world, visitor, 'tax')
      const [leaving, finishing, passing] = [tab(visitor), tab(visitor), tab(visitor)]
      const page = await leaving.open('/session/end')
      const form = await finishing.open(authUrl(world, 'social', { prompt: 'login' }))
      await Promise.all([
        leaving.submit(page, { logout: 'yes' }),
        finishing.open(`${new URL(form.url).pathname}/sign-in`),
        passing.open(authUrl(world, 'social')),
      ])
      for (const each of [visitor, leaving, finishing, passing]) {
        const back = returned(await each.open(authUrl(world, 'tax', { prompt: 'none' })))
        expect(back.get('error')).toBe('login_required')
      }
    }
  })

  test('of fifty at once one gets tokens for a code', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const code = returned(await visitor.open(authUrl(world, 'tax'))).get('code')!
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(world, 'tax', code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]))
  })

  test('a thief of the whole store finds no bearer secret and no person', async () => {
    const visitor = world.visitor()
    const parameters = { login_hint: 'CANARY-1102003456782', nonce: 'CANARY-nonce', scope: 'openid profile' }
    const pushed = { ...Object.fromEntries(new URL(authUrl(world, 'tax', parameters)).searchParams) }
    const { body } = await call(world, '/request', pushed, basic('tax'))
    const { access_token, id_token } = await login(world, visitor, 'tax', { parameters })
    const code = returned(await visitor.open(authUrl(world, 'tax', parameters))).get('code')!
    await world.visitor().open(authUrl(world, 'tax', parameters))
    const sid = visitor.cookies().find(({ name }) => name === '__Host-idp_sid')!.value
    const secrets = [
      ...[access_token, code, ...sid.split('.'), String(body.request_uri).split(':').at(-1)!],
      ...['CANARY', SOMCHAI, id_token.split('.')[1]!.slice(0, 20)],
    ]
    const found = await dumpRedis(server.client)
    expect(found.length).toBeGreaterThan(10)
    // As it lies there, and one layer of base64 or hex deeper.
    const texts = found.flatMap((bytes) => {
      const raw = bytes.toString('latin1')
      return [
        raw,
        ...['base64', 'base64url', 'hex'].map((code) => Buffer.from(raw, code as BufferEncoding).toString('latin1')),
      ]
    })
    for (const secret of secrets) expect([secret, texts.some((text) => text.includes(secret))]).toEqual([secret, false])
    for (const key of await server.client.keys('*')) expect(await server.client.ttl(key)).toBeGreaterThan(0)
  })

  test('a full sign-in with token and UserInfo costs 15 commands', async () => {
    const own = await ownRedis()
    const one = await openWorld({ artifacts: on(own.url) })
    const signIn = async () => userInfo(one, (await login(one, one.visitor(), 'tax')).access_token)
    // The first one also teaches the server its scripts.
    await signIn()
    await own.client.config('RESETSTAT')
    await signIn()
    const stats = await own.client.info('commandstats')
    const calls = new Map(
      [...stats.matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)].map(([, name, n]) => [name!, Number(n)]),
    )
    // Scripts count what they do inside under its own name; these four are what the program sends.
    const sent = ['evalsha', 'get', 'getex', 'hgetall'].map((name) => calls.get(name))
    expect(sent).toEqual([7, 4, 2, 2])
    expect(calls.get('eval')).toBeUndefined()
    await one.close()
    await own.close()
  })
})
