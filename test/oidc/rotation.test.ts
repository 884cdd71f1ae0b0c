import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { authUrl, call, claimsOf, login, redeem, returned, userInfo, visit } from '../support/agencies.ts'
import { openWorld as open, type World } from '../support/engine.ts'

let world: World
beforeEach(async () => {
  world = await open()
})
afterEach(() => world.close())

const verified = async (token: string) => {
  const { body } = await call(world, '/jwks', undefined)
  const keys = createLocalJWKSet(body as never)
  return (await jwtVerify(token, keys, { currentDate: new Date(world.clock.now()) })).protectedHeader.kid
}
const kids = async () => ((await call(world, '/jwks', undefined)).body.keys as { kid: string }[]).map(({ kid }) => kid)

describe('a change of the key ring while people sign in', () => {
  test('loses no sign-in: what was begun on the old engine ends on the new one', async () => {
    const visitor = world.visitor()
    const first = await login(world, visitor, 'tax')
    const old = world.keys.list[0]!
    const code = returned(await visitor.open(authUrl(world, 'tax'))).get('code')!
    const page = await world.visitor().open(authUrl(world, 'social'))
    const half = world.visitor()
    const begun = await half.open(authUrl(world, 'tax'))

    const next = world.keys.add('announced')
    world.keys.changed()
    expect(await kids()).toEqual([old.kid, next.kid])
    expect(await verified((await login(world, world.visitor(), 'tax')).id_token)).toBe(old.kid)

    const fresh = world.keys.add('signing')
    world.keys.list = [fresh, { ...old, state: 'retiring' }, next]
    world.keys.changed()
    const { body } = await redeem(world, 'tax', code)
    expect(await verified(body.id_token as string)).toBe(fresh.kid)
    expect(await verified(first.id_token)).toBe(old.kid)
    expect(returned(await half.open(`${new URL(begun.url).pathname}/sign-in`)).get('code')).toBeTruthy()
    expect(page.status).toBe(200)
    expect(returned(await visit(world, visitor, 'social')).get('code')).toBeTruthy()

    world.keys.list = [fresh, { ...old, state: 'retired' }]
    world.keys.changed()
    expect(await kids()).toEqual([fresh.kid])
  })

  test('shows the key set without a private member, for five minutes', async () => {
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const { status, headers } = await call(world, path, undefined)
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
    }
    const { body } = await call(world, '/jwks', undefined)
    expect((body.keys as object[]).map((key) => Object.keys(key).toSorted())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ])
  })

  test('that adds another algorithm signs with it for whoever asked for it, and for nobody else', async () => {
    const tax = world.clients.get('tax')!
    const asks = (alg: string) =>
      world.clients.set('tax', { ...tax, metadata: { ...tax.metadata, id_token_signed_response_alg: alg } })
    const algOf = (token: string) => decodeProtectedHeader(token).alg
    const supported = async () =>
      (await call(world, '/.well-known/openid-configuration', undefined)).body.id_token_signing_alg_values_supported
    expect(await supported()).toEqual(['ES256'])

    const hints: string[] = []
    for (const alg of ['PS256', 'EdDSA'] as const) {
      asks(alg)
      // Asked for, but not there yet: then as before.
      expect(algOf((await login(world, world.visitor(), 'tax')).id_token)).toBe('ES256')
      const key = world.keys.add('signing', alg)
      world.keys.changed()
      const visitor = world.visitor()
      const { id_token } = await login(world, visitor, 'tax')
      expect(algOf(id_token)).toBe(alg)
      expect(await verified(id_token)).toBe(key.kid)
      expect(claimsOf(id_token).at_hash).toBeUndefined()
      hints.push(id_token)
    }
    expect(await supported()).toEqual(['ES256', 'PS256', 'EdDSA'])
    expect(algOf((await login(world, world.visitor(), 'social')).id_token)).toBe('ES256')

    // Its hints go on to verify whatever it asks for today.
    asks('ES256')
    for (const id_token_hint of hints) {
      const query = new URLSearchParams({ id_token_hint, post_logout_redirect_uri: 'https://tax.example/bye' })
      const page = await world.visitor().open(`/session/end?${query.toString()}`)
      expect(page.headers.get('location')).toBe('https://tax.example/bye')
    }
  })

  test('is watched agency by agency, and costs nothing while there is nothing to watch', async () => {
    const asked = (what: string) => world.calls.filter((call) => call.endsWith(what)).length
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    await visit(world, visitor, 'tax')
    expect(asked('redeemed')).toBe(0)

    world.watched = { kid: world.keys.list[0]!.kid, since: 0 }
    world.taking.length = 0
    const other = world.visitor()
    const { access_token, id_token } = await login(world, other, 'tax')
    expect([asked('put redeemed'), asked('get redeemed')]).toEqual([1, 0])
    await userInfo(world, access_token)
    // Back at once, and once more: a code counts once. A minute later it says nothing.
    await visit(world, other, 'tax')
    await visit(world, other, 'tax')
    await visit(world, other, 'social')
    await login(world, other, 'tax')
    world.clock.advance(61_000)
    await visit(world, other, 'tax')
    await other.open(`/session/end?${new URLSearchParams({ id_token_hint: id_token }).toString()}`)
    expect(world.taking).toEqual(['redeemed tax', 'used tax', 'returned tax', 'redeemed tax', 'showed tax'])
  })

  test('that leaves nothing to sign with keeps the engine that was there', async () => {
    const { kid } = world.keys.list[0]!
    const list = world.keys.list
    world.keys.list = []
    expect(() => world.keys.changed()).toThrow('pratu keys init')
    world.keys.list = list
    expect(await verified((await login(world, world.visitor(), 'tax')).id_token)).toBe(kid)
  })
})
