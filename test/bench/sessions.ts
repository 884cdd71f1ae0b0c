import { systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openRedis } from '../../src/platform/redis.ts'
import { openSealer } from '../../src/platform/seal.ts'
import type { Artifacts } from '../../src/sessions/artifacts.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { ownRedis } from '../support/redis.ts'

// node test/bench/sessions.ts: microseconds of our own CPU for one call of the sessions store, 16 in flight.

const CALLS = 20_000
const IN_FLIGHT = 16
const value = { accountId: 'a'.repeat(36), claims: {}, scope: 'openid', extra: 'x'.repeat(600) }
const parties = new Map(Array.from({ length: 3 }, (_, index) => [`agency-${index}`, { sid: 's'.repeat(21), index }]))

async function measure(name: string, call: (index: number) => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage()
  const from = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < CALLS) await call(next++)
    }),
  )
  const { user, system } = process.cpuUsage(before)
  const wall = performance.now() - from
  process.stdout.write(
    `${name.padEnd(26)} ${((user + system) / CALLS).toFixed(1).padStart(6)} µs CPU ${Math.round((CALLS / wall) * 1000)}/s\n`,
  )
}

async function all(name: string, artifacts: Artifacts): Promise<void> {
  const session = (index: number) => ({ uid: `u${index % 1000}`, id: `u${index % 1000}.1`, body: value, parties })
  await measure(`${name} (warming up)`, (index) => artifacts.put('code', `w${index}`, value, 60))
  await measure(`${name} put`, (index) => artifacts.put('code', `c${index}`, value, 60))
  await measure(`${name} get`, (index) => artifacts.get('code', `c${index}`))
  await measure(`${name} consume`, (index) => artifacts.consume('code', `c${index}`, 1, 60))
  await measure(`${name} remove`, (index) => artifacts.remove('code', `c${index}`))
  await measure(`${name} once`, (index) => artifacts.once(`j${index}`, 60))
  await measure(`${name} saveSession`, (index) => artifacts.saveSession(session(index), 60))
  await measure(`${name} findSession`, (index) => artifacts.findSession(session(index).id))
  await measure(`${name} endSession`, (index) => artifacts.endSession(`u${index}`, 60))
  await artifacts.close()
}

const server = await ownRedis()
const sealer = openSealer([{ version: 1, key: systemRandom.bytes(32) }], systemRandom)
await all('memory', openMemoryArtifacts({ clock: systemClock, limit: 1_000_000 }))
await all('redis', openRedisArtifacts({ redis: await openRedis({ url: server.url }), sealer, clock: systemClock }))
await server.close()
