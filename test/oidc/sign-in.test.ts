import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  authUrl,
  claimsOf,
  login,
  MALEE,
  openWorld,
  redeem,
  returned,
  SOMCHAI,
  userInfo,
  visit,
  type World,
} from '../support/engine.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

describe('signing in', () => {
  test('ends in an ID token that says who, how surely, by what means and when', async () => {
    const { id_token: token, access_token: access, expires_in: lives } = await login(world, world.visitor(), 'tax')
    const claims = claimsOf(token)
    const now = Math.floor(world.clock.now() / 1000)
    expect(claims).toMatchObject({
      iss: world.url,
      aud: 'tax',
      nonce: 'the-nonce',
      acr: 'low',
      amr: ['otp', 'totp'],
      auth_time: now,
      iat: now,
      exp: now + 300,
    })
    expect(lives).toBe(600)
    expect(access).toMatch(/^[\w-]{43}$/)
    const { status, body } = await userInfo(world, access)
    expect(status).toBe(200)
    expect(body).toEqual({ sub: claims.sub })
  })
})
