import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { INTERACTION, UNSEEN_INTERACTION } from '../../src/oidc/lifetimes.ts'
import { authUrl } from '../support/agencies.ts'
import { openWorld, type World } from '../support/engine.ts'

// What a stranger's request leaves behind (security bar F7): gone in half a minute, unless a browser came for it.

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

test('a sign-in for which no browser came is forgotten after half a minute', async () => {
  // As a flood does: without following where it is sent.
  const answer = await fetch(authUrl(world, 'tax'), { redirect: 'manual' })
  const uid = answer.headers.get('location')!.split('/').at(-1)!
  world.clock.advance(UNSEEN_INTERACTION * 1000 - 1)
  expect(await world.artifacts.get('interaction', uid)).toBeDefined()
  world.clock.advance(1)
  expect(await world.artifacts.get('interaction', uid)).toBeUndefined()
})

test('one that was looked at waits for the person, and not beyond its own end however often it is looked at', async () => {
  const visitor = world.visitor()
  const seen = await visitor.open(authUrl(world, 'tax'))
  expect(seen.form).toBeDefined()
  for (let minutes = 1; minutes < INTERACTION / 60; minutes++) {
    world.clock.advance(60_000)
    expect((await visitor.open(seen.url)).form?.fields.page).toBe('login')
  }
  world.clock.advance(75_000)
  expect((await visitor.open(seen.url)).status).toBe(400)
})
