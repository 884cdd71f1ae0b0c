import { afterEach, describe, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { openRedis } from '../../src/platform/redis.ts'
import { type Artifacts, ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { testClock } from '../support/clock.ts'
import { testSealer } from '../support/keys.ts'
import { ownRedis } from '../support/redis.ts'

const session = { uid: 'u', id: 'u.1', body: { account: 'a' }, parties: new Map([['p', { grant: 'g' }]]) }

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  closing = []
})

async function opened(settings: Record<string, string> = {}) {
  const server = await ownRedis(settings)
  closing.push(() => server.close())
  const heard: string[] = []
  const redis = await openRedis({ url: server.url, heard: (state) => heard.push(state) })
  const artifacts = openRedisArtifacts({ redis, sealer: testSealer('sessions'), clock: testClock() })
  closing.push(() => artifacts.close())
  return { server, artifacts, heard }
}

const every = (artifacts: Artifacts): Record<string, () => Promise<unknown>> => ({
  put: () => artifacts.put('code', 'c', 1, 60),
  get: () => artifacts.get('code', 'c'),
  consume: () => artifacts.consume('code', 'c', 1, 60),
  remove: () => artifacts.remove('code', 'c'),
  once: () => artifacts.once('c', 60),
  saveSession: () => artifacts.saveSession(session, 60),
  findSession: () => artifacts.findSession('u.1'),
  findSessionByUid: () => artifacts.findSessionByUid('u'),
  endSession: () => artifacts.endSession('u', 60),
  check: () => artifacts.check(),
})

/** Milliseconds until it was refused as it must be. */
async function refusal(call: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await expect(call()).rejects.toThrow(ArtifactsUnavailable)
  return performance.now() - from
}

/** Tries until it works, as browsers do; the runner's own limit ends a wait that is too long. */
async function recovered(artifacts: Artifacts): Promise<number> {
  const from = performance.now()
  for (;;) {
    try {
      await artifacts.put('code', 'again', 1, 60)
      return performance.now() - from
    } catch (error) {
      expect(error).toBeInstanceOf(ArtifactsUnavailable)
    }
    await pause(10)
  }
}

describe('a Redis in trouble', () => {
  test('killed: every call is refused at once, and works again soon after it is back', async () => {
    const { server, artifacts, heard } = await opened()
    await artifacts.put('code', 'c', 1, 60)
    await server.kill()
    for (const [name, call] of Object.entries(every(artifacts)))
      expect({ name, fast: (await refusal(call)) < 1000 }).toEqual({ name, fast: true })
    // The kernel tells this process of the end of a connection when it gets to it.
    while (heard.length === 0) await pause(5)
    expect(heard).toEqual(['lost'])
    await server.restart()
    expect(await recovered(artifacts)).toBeLessThan(2000)
    expect(heard).toEqual(['lost', 'back'])
    await artifacts.check()
  })

  test('frozen: every call is refused within a second, also the hundredth, and works again soon after', async () => {
    const { server, artifacts } = await opened()
    await artifacts.put('code', 'c', 1, 60)
    server.freeze()
    for (const [name, call] of Object.entries(every(artifacts)))
      expect({ name, fast: (await refusal(call)) < 1000 }).toEqual({ name, fast: true })
    const crowd = await Promise.all(Array.from({ length: 100 }, () => refusal(() => artifacts.get('code', 'c'))))
    expect(Math.max(...crowd)).toBeLessThan(1000)
    server.thaw()
    expect(await recovered(artifacts)).toBeLessThan(2000)
    await artifacts.check()
  })

  test('frozen in the middle: a code whose use was not answered is at most used once', async () => {
    const { server, artifacts } = await opened()
    await artifacts.put('code', 'c', 1, 60)
    server.freeze()
    await refusal(() => artifacts.consume('code', 'c', 1, 60))
    server.thaw()
    await recovered(artifacts)
    const outcomes = [await artifacts.consume('code', 'c', 1, 60), await artifacts.consume('code', 'c', 1, 60)]
    expect(outcomes[1]).toBe('already')
  })

  test('full: nothing new is saved, a code stays unused, and people can still sign out for good', async () => {
    const { server, artifacts } = await opened()
    const calls = every(artifacts)
    await artifacts.put('code', 'c', 1, 60)
    await artifacts.put('access-token', 'a', 1, 60)
    await artifacts.saveSession(session, 60)
    await artifacts.endSession('before', 60)
    await server.client.config('SET', 'maxmemory', '1')
    for (const name of ['put', 'once', 'saveSession', 'consume']) await refusal(calls[name]!)
    expect(await artifacts.get('code', 'c')).toEqual({ value: 1 })
    await artifacts.remove('access-token', 'a')
    expect(await artifacts.get('access-token', 'a')).toBeUndefined()
    await artifacts.endSession('u', 60)
    expect(await artifacts.findSession('u.1')).toBeUndefined()
    await server.client.config('SET', 'maxmemory', '0')
    expect(await artifacts.saveSession(session, 60)).toBe('ended')
    expect(await artifacts.consume('code', 'c', 1, 60)).toBe('consumed')
  })

  test('its policy changed while it runs: the check says what to do', async () => {
    const { server, artifacts } = await opened()
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await expect(artifacts.check()).rejects.toThrow('must be noeviction')
    await expect(artifacts.check()).rejects.toBeInstanceOf(ArtifactsUnavailable)
  })

  test('a refusal carries no part of the command', async () => {
    const { server, artifacts } = await opened()
    await server.client.config('SET', 'maxmemory', '1')
    const error = await artifacts.put('code', 'CANARY', { name: 'CANARY' }, 60).catch((caught: unknown) => caught)
    const everything = JSON.stringify(error, Object.getOwnPropertyNames(error))
    expect(everything).not.toContain('CANARY')
    expect(everything).not.toContain('command"')
  })
})
