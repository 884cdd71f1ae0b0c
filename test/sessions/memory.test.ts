import { describe, expect, test } from '@jest/globals'
import { ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { artifactsContract } from '../contracts/artifacts.ts'
import { testClock } from '../support/clock.ts'

describe('the sessions store in memory', () => {
  artifactsContract(async () => {
    const clock = testClock()
    const here = openMemoryArtifacts({ clock })
    return {
      here,
      there: here,
      pass: async (seconds) => clock.advance(seconds * 1000),
      now: () => Math.floor(clock.now() / 1000),
      close: () => here.close(),
    }
  })

  test('when full it refuses to save, still ends sessions, and forgets nothing that is valid', async () => {
    const clock = testClock()
    const artifacts = openMemoryArtifacts({ clock, limit: 100 })
    const session = { uid: 'u', id: 'u.1', body: {}, parties: new Map() }
    await artifacts.saveSession(session, 3600)
    await artifacts.put('code', 'used', 1, 60)
    await artifacts.consume('code', 'used', 1, 3600)
    for (let index = 0; index < 98; index++) await artifacts.put('interaction', `${index}`, index, 600)
    await expect(artifacts.put('interaction', 'more', 1, 600)).rejects.toThrow(ArtifactsUnavailable)
    await expect(artifacts.once('jti', 600)).rejects.toThrow(ArtifactsUnavailable)
    await expect(artifacts.saveSession({ ...session, uid: 'v', id: 'v.1' }, 600)).rejects.toThrow(ArtifactsUnavailable)
    expect(await artifacts.consume('code', 'used', 1, 60)).toBe('already')
    await artifacts.remove('interaction', '0')
    await artifacts.endSession('u', 3600)
    expect(await artifacts.saveSession(session, 3600)).toBe('ended')
    clock.advance(601_000)
    await artifacts.put('interaction', 'more', 1, 600) // what had expired has made room
    expect(await artifacts.consume('code', 'used', 1, 60)).toBe('already')
  })

  test('what has expired goes away by itself while others are written', async () => {
    const clock = testClock()
    const artifacts = openMemoryArtifacts({ clock, limit: 1000 })
    for (let index = 0; index < 5000; index++) {
      clock.advance(1000)
      await artifacts.put('interaction', `${index}`, index, 60) // 5,000 in all, 60 alive at a time
    }
    for (let index = 0; index < 900; index++) await artifacts.put('interaction', `more ${index}`, index, 60)
  })
})
