import { describe } from '@jest/globals'
import type { Redis } from 'ioredis'
import { openRedis } from '../../src/platform/redis.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { artifactsContract } from '../contracts/artifacts.ts'
import { testClock } from '../support/clock.ts'
import { testSealer } from '../support/keys.ts'
import { testRedis } from '../support/redis.ts'

/** Moves every key's end nearer, as if the server's clock had gone on. */
async function age(client: Redis, seconds: number): Promise<void> {
  const keys = await client.keys('*')
  for (const key of keys) {
    const left = (await client.pttl(key)) - seconds * 1000
    await (left > 0 ? client.pexpire(key, left) : client.del(key))
  }
}

describe('the sessions store on Redis', () => {
  artifactsContract(async () => {
    const server = await testRedis()
    const clock = testClock()
    const node = async () =>
      openRedisArtifacts({ redis: await openRedis({ url: server.url }), sealer: testSealer('sessions'), clock })
    const [here, there] = [await node(), await node()]
    return {
      here,
      there,
      async pass(seconds) {
        clock.advance(seconds * 1000)
        await age(server.client, seconds)
      },
      now: () => Math.floor(clock.now() / 1000),
      async close() {
        await here.close()
        await there.close()
        await server.close()
      },
    }
  })
})
