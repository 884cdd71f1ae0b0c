import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, jwtVerify } from 'jose'
import {
  authUrl,
  basic,
  call,
  claimsOf,
  login,
  redeem,
  returned,
  type Tokens,
  tax,
  userInfo,
  visit,
} from '../support/agencies.ts'
import { openWorld, SOMCHAI, type World } from '../support/engine.ts'
import type { Visitor } from '../support/visitor.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())
const written = (type: string) => world.entries.filter((entry) => entry.type === type)
const refresh = (refresh_token: string | undefined, more: Record<string, string> = {}) =>
  call(world, '/token', { grant_type: 'refresh_token', refresh_token: String(refresh_token), ...more }, basic('tax'))

describe('refreshing', () => {
  beforeEach(() => void world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] })))

  test('is there only where it is registered and agreed', async () => {
    expect((await login(world, world.visitor(), 'tax')).refresh_token).toBeTruthy()
    world.terms.set('tax', { refresh: false })
    expect(await login(world, world.visitor(), 'tax')).not.toHaveProperty('refresh_token')
    world.terms.delete('tax')
    world.clients.set('tax', tax())
    const without = await login(world, world.visitor(), 'tax', {
      parameters: { scope: 'openid offline_access', prompt: 'consent' },
    }).catch(String)
    expect(JSON.stringify(without)).not.toContain('refresh_token')
  })

  const afterIdle = () => world.terms.set('tax', { refreshAfterIdle: true })

  test('gives new tokens of the same sign-in; where it is agreed also after idleness, but not after the end', async () => {
    afterIdle()
    const first = await login(world, world.visitor(), 'tax')
    world.clock.advance(7_200_000)
    const { status, body } = await refresh(first.refresh_token)
    expect(status).toBe(200)
    expect(claimsOf(body.id_token as string)).toMatchObject({
      auth_time: claimsOf(first.id_token).auth_time,
      sub: claimsOf(first.id_token).sub,
      acr: 'low',
    })
    expect((await userInfo(world, body.access_token as string)).status).toBe(200)
    world.clock.advance(36_000_000)
    expect((await refresh(body.refresh_token as string)).body.error).toBe('invalid_grant')
  })

  test('ends with the session’s idle time unless it is agreed otherwise', async () => {
    const first = await login(world, world.visitor(), 'tax')
    world.clock.advance(1_801_000)
    expect((await refresh(first.refresh_token)).body.error).toBe('invalid_grant')
    expect((await userInfo(world, first.access_token)).status).toBe(401)
  })

  test('keeps the session alive, which the list hears of once a minute at most', async () => {
    const visitor = world.visitor()
    let { refresh_token: token } = await login(world, visitor, 'tax')
    const noted = world.seen.length
    for (const seconds of [59, 1, 59, 1_740, 1_740]) {
      world.clock.advance(seconds * 1000)
      const { status, body } = await refresh(token)
      expect(status).toBe(200)
      token = body.refresh_token as string
    }
    const told = world.seen.slice(noted).map(({ idleEndsAt, party }) => [party?.client, idleEndsAt - world.clock.now()])
    expect(told).toEqual([
      ['tax', -1_739_000],
      ['tax', 60_000],
      ['tax', 1_800_000],
    ])
    world.clock.advance(1_799_000)
    const back = returned(await visitor.open(authUrl(world, 'social', { prompt: 'none' })))
    expect(back.get('code')).not.toBeNull()
  })

  test('keeps no session alive beyond its twelve hours, nor one at high beyond its own idle time', async () => {
    world.terms.set('tax', { reachable: 'high', reaches: { 'smart-card': 'high' }, refreshAfterIdle: true })
    const signedIn = async (visitor: Visitor) =>
      returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' }))).has('code')
    const [short, long] = [world.visitor(), world.visitor()]
    const first = await login(world, short, 'tax', { acr: 'high' })
    let { refresh_token: token } = await login(world, long, 'tax', { acr: 'high' })
    for (let minutes = 14; minutes < 12 * 60; minutes += 14) {
      world.clock.advance(14 * 60_000)
      token = (await refresh(token)).body.refresh_token as string
      if (minutes === 14) await refresh(first.refresh_token)
      if (minutes === 28) expect(await signedIn(short)).toBe(true)
      if (minutes === 56) expect(await signedIn(short)).toBe(false)
    }
    expect(await signedIn(long)).toBe(true)
    world.clock.advance(6 * 60_000)
    expect(await signedIn(long)).toBe(false)
  })

  test('that can’t prolong the session still gives its tokens', async () => {
    const { refresh_token: token } = await login(world, world.visitor(), 'tax')
    world.clock.advance(120_000)
    world.broken.add('prolongSession')
    expect((await refresh(token)).status).toBe(200)
  })

  test.each([true, false])(
    'ends with the person’s sign-out, their standing, the agreement, and the agency (lives on when idle: %p)',
    async (agreed) => {
      if (agreed) afterIdle()
      const visitor = world.visitor()
      const signedOut = await login(world, visitor, 'tax')
      await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })
      expect((await refresh(signedOut.refresh_token)).body.error).toBe('invalid_grant')

      const barred = await login(world, world.visitor(), 'tax')
      world.barred.add(SOMCHAI)
      expect((await refresh(barred.refresh_token)).body.error).toBe('invalid_grant')
      world.barred.clear()

      const ended = await login(world, world.visitor(), 'tax')
      world.terms.set('tax', { refresh: false })
      expect((await refresh(ended.refresh_token)).body.error).toBe('invalid_grant')
    },
  )

  test.each([true, false])(
    'ends with a sign-out even for an agency that another tab was just signing in to (lives on when idle: %p)',
    async (agreed) => {
      if (agreed) afterIdle()
      const visitor = world.visitor()
      await login(world, visitor, 'social')
      const page = await visitor.open('/session/end')
      let raced: Tokens | undefined
      world.before.set('endSession', async () => {
        const tab = world.visitor()
        tab.adopt(visitor.cookies())
        raced = await login(world, tab, 'tax')
      })
      await visitor.submit(page, { logout: 'yes' })
      expect((await refresh(raced!.refresh_token)).body.error).toBe('invalid_grant')
      expect((await userInfo(world, raced!.access_token)).status).toBe(401)
      const token = raced!.access_token
      expect((await call(world, '/token/introspection', { token }, basic('tax'))).body).toEqual({ active: false })
    },
  )

  test('never widens what was granted', async () => {
    const { refresh_token } = await login(world, world.visitor(), 'tax')
    expect((await refresh(refresh_token, { scope: 'openid profile' })).body.error).toBe('invalid_scope')
  })

  test('is on record, refused or not', async () => {
    const { refresh_token } = await login(world, world.visitor(), 'tax')
    await refresh(refresh_token)
    await refresh(refresh_token)
    expect(written('tokens.issued').map(({ detail }) => detail?.grant)).toEqual(['authorization_code', 'refresh_token'])
    expect(written('tokens.refused')).toEqual([
      expect.objectContaining({ client: 'tax', detail: { grant: 'refresh_token', error: 'invalid_grant' } }),
    ])
  })
})

describe('a token for a resource', () => {
  const resource = 'https://api.revenue.example/v1'
  const parameters = { resource, scope: 'openid returns' }
  const forResource = async () => {
    const back = returned(await visit(world, world.visitor(), 'tax', { parameters }))
    return (await redeem(world, 'tax', back.get('code')!, { resource })).body
  }

  test('is not made where none is agreed, nor for what was not asked', async () => {
    const back = returned(await visit(world, world.visitor(), 'tax', { parameters }))
    expect(back.get('error')).toBe('invalid_target')
    world.resources.set(resource, { format: 'opaque', scope: '' })
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    expect((await redeem(world, 'tax', code, { resource })).body.error).toBe('invalid_target')
    const twice = authUrl(world, 'tax', { resource }).concat('&resource=https%3A%2F%2Fother.example')
    expect(returned(await world.visitor().open(twice)).get('error')).toBe('invalid_target')
  })

  test('opaque: is introspected by its guard with its own subject’s name for its client, and useless at UserInfo', async () => {
    world.resources.set(resource, { format: 'opaque', scope: 'returns' })
    const guard = { ...tax({ guards: [resource] }), id: 'guard', sector: 'other' } as ReturnType<typeof tax>
    world.clients.set('guard', guard)
    const body = await forResource()
    const token = body.access_token as string
    expect(token).toMatch(/^[\w-]{43}$/)
    expect((await userInfo(world, token)).status).toBe(403)
    const { body: seen } = await call(world, '/token/introspection', { token }, basic('guard'))
    expect(seen).toMatchObject({
      active: true,
      aud: resource,
      scope: 'returns',
      client_id: 'tax',
      sub: claimsOf(body.id_token as string).sub,
    })
    world.clients.set('guard', { ...guard, metadata: { ...guard.metadata, guards: [`${resource}/`] } })
    expect((await call(world, '/token/introspection', { token }, basic('guard'))).body).toEqual({ active: false })
  })

  test('JWT where agreed: five minutes, for the resource alone, verifiable with our key set', async () => {
    world.resources.set(resource, { format: 'jwt', scope: 'returns' })
    const body = await forResource()
    const { body: keys } = await call(world, '/jwks', undefined)
    const { payload, protectedHeader } = await jwtVerify(
      body.access_token as string,
      createLocalJWKSet(keys as never),
      {
        issuer: world.url,
        audience: resource,
        currentDate: new Date(world.clock.now()),
      },
    )
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect([body.expires_in, payload.exp! - payload.iat!]).toEqual([300, 300])
    expect(payload.sub).toBe(claimsOf(body.id_token as string).sub)
    expect(payload.scope).toBe('returns')
    expect(JSON.stringify(payload)).not.toContain(SOMCHAI)
    // Never stored, so it can be neither looked up nor taken back.
    for (const path of ['/token/introspection', '/token/revocation'])
      expect((await call(world, path, { token: body.access_token as string }, basic('tax'))).status).toBe(400)
    // It is no ID token either.
    const hint = await world
      .visitor()
      .open(
        `/session/end?id_token_hint=${body.access_token as string}&post_logout_redirect_uri=https://tax.example/bye`,
      )
    expect(hint.headers.get('location')).toBeNull()
  })
})

describe('introspection and revocation', () => {
  test('serve an agency its own tokens and nobody else’s', async () => {
    world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
    world.clients.set('other', { ...tax(), id: 'other' } as ReturnType<typeof tax>)
    const { access_token: token, id_token, refresh_token } = await login(world, world.visitor(), 'tax')
    const ask = async (id: string, value = token) =>
      (await call(world, '/token/introspection', { token: value }, basic(id))).body
    expect(await ask('tax')).toMatchObject({
      active: true,
      sub: claimsOf(id_token).sub,
      client_id: 'tax',
      token_type: 'Bearer',
    })
    expect(await ask('tax', refresh_token)).toMatchObject({ active: true })
    expect(await ask('other')).toEqual({ active: false })
    expect(await ask('tax', 'unknown')).toEqual({ active: false })

    await call(world, '/token/revocation', { token }, basic('other'))
    expect((await userInfo(world, token)).status).toBe(200)
    const revoked = await call(world, '/token/revocation', { token }, basic('tax'))
    expect(revoked.status).toBe(200)
    expect((await userInfo(world, token)).status).toBe(401)
    expect(await ask('tax')).toEqual({ active: false })
    // The access token alone was taken back.
    expect((await refresh(refresh_token)).status).toBe(200)
    expect(written('tokens.revoked')).toEqual([
      expect.objectContaining({ client: 'tax', person: SOMCHAI, detail: { kind: 'AccessToken' } }),
    ])
  })

  test('of a refresh token ends everything that hangs on it: every path honours a missing grant', async () => {
    world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
    const visitor = world.visitor()
    const { access_token: token, refresh_token } = await login(world, visitor, 'tax')
    const code = returned(await visitor.open(authUrl(world, 'tax'))).get('code')!
    await call(world, '/token/revocation', { token: refresh_token! }, basic('tax'))
    expect((await userInfo(world, token)).status).toBe(401)
    expect((await call(world, '/token/introspection', { token }, basic('tax'))).body).toEqual({ active: false })
    expect((await redeem(world, 'tax', code)).body.error).toBe('invalid_grant')
    expect((await refresh(refresh_token)).body.error).toBe('invalid_grant')
    // The next sign-in is another grant, and brings nothing back.
    await login(world, visitor, 'tax')
    expect((await userInfo(world, token)).status).toBe(401)
  })
})

describe('UserInfo', () => {
  test('answers GET and POST with a bearer token, never one in the address', async () => {
    const { access_token: token } = await login(world, world.visitor(), 'tax')
    const authorization = `Bearer ${token}`
    expect((await call(world, '/userinfo', {}, { authorization })).status).toBe(200)
    expect((await call(world, '/userinfo', { access_token: token })).status).toBe(200)
    expect((await call(world, `/userinfo?access_token=${token}`, undefined)).status).toBe(400)
    const none = await call(world, '/userinfo', undefined)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')])
    world.clock.advance(611_000)
    expect((await userInfo(world, token)).status).toBe(401)
  })
})
