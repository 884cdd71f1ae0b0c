import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { openRedis } from '../../src/platform/redis.ts'
import { type Artifacts, ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { artifactsContract } from '../contracts/artifacts.ts'
import { testClock } from '../support/clock.ts'
import { testSealer } from '../support/keys.ts'
import { ownCluster, type TestCluster } from '../support/redis-many.ts'
import { ageRedis } from '../support/redis-passage.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await ownCluster()
})
afterAll(() => cluster.close())

async function node(clock = testClock()): Promise<Artifacts> {
  return openRedisArtifacts({ redis: await openRedis({ url: cluster.url }), sealer: testSealer('sessions'), clock })
}

describe('the sessions store on a Redis Cluster', () => {
  artifactsContract(async () => {
    const clock = testClock()
    const [here, there] = [await node(clock), await node(clock)]
    return {
      here,
      there,
      async pass(seconds) {
        clock.advance(seconds * 1000)
        await Promise.all(cluster.nodes.map(({ client }) => ageRedis(client, seconds)))
      },
      now: () => Math.floor(clock.now() / 1000),
      async close() {
        await here.close()
        await there.close()
      },
    }
  })

  test('records and sessions are spread over all nodes, each session in one slot with its tombstone', async () => {
    const artifacts = await node()
    for (let index = 0; index < 60; index++) {
      await artifacts.put('grant', `${index}`, index, 60)
      const uid = `spread-${index}`
      await artifacts.saveSession({ uid, id: `${uid}.1`, body: {}, parties: new Map() }, 60)
    }
    for (const { client } of cluster.nodes) {
      expect((await client.keys('g:*')).length).toBeGreaterThan(5)
      expect((await client.keys('s:*')).length).toBeGreaterThan(5)
    }
    for (let index = 0; index < 60; index++) {
      await artifacts.endSession(`spread-${index}`, 60)
      expect(await artifacts.findSessionByUid(`spread-${index}`)).toBeUndefined()
    }
    await artifacts.close()
  })

  test('one node frozen: what lies there is refused within a second, the rest goes on, and it recovers', async () => {
    const artifacts = await node()
    const ids = Array.from({ length: 30 }, (_, index) => `frozen-${index}`)
    for (const id of ids) await artifacts.put('grant', id, id, 600)
    cluster.nodes[1]!.freeze()
    const outcomes = await Promise.all(
      ids.map(async (id) => {
        const from = performance.now()
        const outcome = await artifacts.get('grant', id).catch((error: unknown) => error)
        expect(performance.now() - from).toBeLessThan(1000)
        if (outcome instanceof ArtifactsUnavailable) return 'refused'
        expect(outcome).toEqual({ value: id })
        return 'found'
      }),
    )
    expect(outcomes).toContain('refused')
    expect(outcomes).toContain('found')
    cluster.nodes[1]!.thaw()
    for (const id of ids) {
      for (;;) {
        const found = await artifacts.get('grant', id).catch(() => undefined)
        if (found) break
        await pause(10)
      }
    }
    await artifacts.close()
  })
})
