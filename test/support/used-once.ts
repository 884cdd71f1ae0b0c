import { pause } from '../../src/platform/clock.ts'
import { openRedis } from '../../src/platform/redis.ts'
import type { Artifacts } from '../../src/sessions/artifacts.ts'
import { openRedisArtifacts } from '../../src/sessions/redis.ts'
import { testClock } from './clock.ts'
import { testSealer } from './keys.ts'
import { ownSentinel, type TestSentinel } from './redis-many.ts'

// Codes that are redeemed by two nodes at once, and again and again, while the Redis that remembers their use is taken
// away. Counts what an agency would see: how often each code was accepted.

export interface Uses {
  readonly codes: number
  /** Accepted once. */
  readonly used: number
  /** Accepted more than once: what must never be. */
  readonly twice: number
  /** Never accepted: gone with the old primary, or its use was noted and its answer lost. The person signs in again. */
  readonly lost: number
  /** The longest time in ms in which no use was accepted. */
  readonly outage: number
}

const CALLERS = 20
const TTL = 3600
const GIVE_UP = 20_000

async function node(url: string, replicas: number): Promise<Artifacts> {
  const redis = await openRedis({ url, replicas })
  return openRedisArtifacts({ redis, sealer: testSealer('sessions'), clock: testClock() })
}

async function inCrowd(codes: readonly string[], work: (code: string) => Promise<void>): Promise<void> {
  const rest = [...codes]
  const one = async () => {
    for (let code = rest.shift(); code !== undefined; code = rest.shift()) await work(code)
  }
  await Promise.all(Array.from({ length: CALLERS }, one))
}

interface Caller {
  readonly artifacts: Artifacts
  readonly tries: number
}

/** Redeems each code by all callers until each has had an answer or given up; a third of the way the primary is lost. */
async function redeemAll(
  callers: readonly Caller[],
  codes: readonly string[],
  lose: () => Promise<void>,
): Promise<Uses> {
  const accepted = new Map<string, number>()
  const unnamed: Promise<void>[] = []
  let seen = 0
  let lostAt = 0
  let outage = 0
  let last = performance.now()
  const redeem = async ({ artifacts, tries }: Caller, code: string) => {
    for (let tried = 0; tried < tries; tried++) {
      try {
        const outcome = await artifacts.consume('code', code, 1, TTL)
        if (outcome !== 'consumed') return
        accepted.set(code, (accepted.get(code) ?? 0) + 1)
        outage = Math.max(outage, performance.now() - last)
        last = performance.now()
        return
      } catch {
        // Nobody tries for ever: what could not be used by then counts as lost.
        if (lostAt > 0 && performance.now() - lostAt > GIVE_UP) return
        await pause(100)
      }
    }
  }
  await inCrowd(codes, async (code) => {
    if (++seen === Math.floor(codes.length / 3)) {
      lostAt = performance.now()
      unnamed.push(lose())
    }
    await Promise.all(callers.map((caller) => redeem(caller, code)))
  })
  await Promise.all(unnamed)
  // Late replays, of those too whose use went to the server that is gone.
  await inCrowd(codes, async (code) => redeem(callers.at(-1)!, code))
  const counts = codes.map((code) => accepted.get(code) ?? 0)
  return {
    codes: codes.length,
    used: counts.filter((count) => count === 1).length,
    twice: counts.filter((count) => count > 1).length,
    lost: counts.filter((count) => count === 0).length,
    outage: Math.round(outage),
  }
}

/** A busy machine answers late now and then; what the test is about comes afterwards. */
async function issue(artifacts: Artifacts, code: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await artifacts.put('code', code, 1, TTL)
    } catch (error) {
      if (tries === 10) throw error
      await pause(100)
    }
  }
}

const named = (count: number): string[] => Array.from({ length: count }, (_, n) => `code ${n}`)

/** The primary dies; Sentinel makes a replica the primary. */
export async function failOver(count: number, replicas: number): Promise<Uses> {
  const sentinel = await ownSentinel({ replicas: 2 })
  return among(sentinel, [sentinel.url, sentinel.url], replicas, async (nodes) => {
    const codes = named(count)
    await inCrowd(codes, (code) => issue(nodes[0]!, code))
    await sentinel.first.client.wait(2, 2000)
    const callers = nodes.map((artifacts) => ({ artifacts, tries: 200 }))
    return redeemAll(callers, codes, () => sentinel.first.kill())
  })
}

/** The primary is cut off from its replicas and the sentinels, but one node still reaches it and it still answers. */
export async function splitBrain(count: number, replicas: number): Promise<Uses> {
  const sentinel = await ownSentinel({ replicas: 2, apart: true })
  return among(sentinel, [`unix://${sentinel.first.url}`, sentinel.url], replicas, async ([inside, outside]) => {
    const codes = named(count)
    await inCrowd(codes, (code) => issue(outside!, code))
    await sentinel.first.client.wait(2, 2000)
    const callers = [
      { artifacts: inside!, tries: 1 },
      { artifacts: outside!, tries: 200 },
    ]
    return redeemAll(callers, codes, async () => sentinel.passage!.shut(true))
  })
}

async function among(
  sentinel: TestSentinel,
  urls: readonly string[],
  replicas: number,
  work: (nodes: readonly Artifacts[]) => Promise<Uses>,
): Promise<Uses> {
  const nodes = await Promise.all(urls.map((url) => node(url, replicas)))
  try {
    return await work(nodes)
  } finally {
    await Promise.all(nodes.map((artifacts) => artifacts.close()))
    await sentinel.close()
  }
}
