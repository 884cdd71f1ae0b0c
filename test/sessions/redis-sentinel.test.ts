import { expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { openRedis } from '../../src/platform/redis.ts'
import { ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { testClock } from '../support/clock.ts'
import { testSealer } from '../support/keys.ts'
import { ownSentinel } from '../support/redis-many.ts'

test('when the primary dies, the store follows Sentinel to the next one and remembers what was used', async () => {
  const sentinel = await ownSentinel()
  const redis = await openRedis({ url: sentinel.url })
  const artifacts = openRedisArtifacts({ redis, sealer: testSealer('sessions'), clock: testClock() })
  const session = { uid: 'u', id: 'u.1', body: {}, parties: new Map() }
  await artifacts.saveSession(session, 600)
  await artifacts.saveSession({ ...session, uid: 'v', id: 'v.1' }, 600)
  await artifacts.endSession('v', 600)
  await artifacts.put('code', 'c', 1, 600)
  expect(await artifacts.consume('code', 'c', 1, 600)).toBe('consumed')
  expect(await artifacts.once('jti', 600)).toBe(true)
  await sentinel.first.client.wait(1, 1000)

  await sentinel.first.kill()
  const from = performance.now()
  for (;;) {
    const asked = performance.now()
    const outcome = await artifacts.put('grant', 'g', 1, 60).catch((error: unknown) => error)
    expect(performance.now() - asked).toBeLessThan(1000)
    if (outcome === undefined) break
    expect(outcome).toBeInstanceOf(ArtifactsUnavailable)
    await pause(20)
  }
  const took = performance.now() - from
  expect(took).toBeLessThan(10_000)
  expect(await artifacts.consume('code', 'c', 1, 600)).toBe('already')
  expect(await artifacts.once('jti', 600)).toBe(false)
  expect(await artifacts.findSession('u.1')).toBeDefined()
  expect(await artifacts.saveSession({ ...session, uid: 'v', id: 'v.1' }, 600)).toBe('ended')
  await artifacts.close()
  await sentinel.close()
}, 60_000)
