import { cpuOf, cpuOfFamily, memoryOf } from './cpu.ts'
import type { Served } from './server.ts'

// One measured stretch: work of a number of browsers at once, and what every process used meanwhile. It ends when the
// last piece of work has: what was begun is counted whole.

export interface Stores {
  readonly postgres: { readonly pid: number }
  readonly redis: { readonly pid: number }
}

export interface Stretch {
  readonly done: number
  /** Refused by a node that had no turn in time (503): on a busy machine a few; their cost is in the sum. */
  readonly failed: number
  readonly seconds: number
  /** Milliseconds each, sorted. */
  readonly took: readonly number[]
  /** Processor time in milliseconds, altogether. */
  readonly node: number
  readonly postgres: number
  readonly redis: number
  /** Of this process: what the load itself cost. */
  readonly load: number
}

const TOLERATED = 0.05

interface Work {
  readonly served: readonly Served[]
  readonly stores?: Stores
  readonly concurrency: number
  readonly seconds: number
  /** Which share of the work may be refused: a node that has just started on a busy machine turns people away. */
  readonly tolerated?: number
  /** Undefined when there is nothing left to do. */
  readonly piece: () => Promise<void> | undefined
}

export async function stretch({
  served,
  stores,
  concurrency,
  seconds,
  tolerated = TOLERATED,
  piece,
}: Work): Promise<Stretch> {
  const used = () => ({
    node: served.reduce((sum, { pid }) => sum + cpuOf(pid), 0),
    postgres: stores ? cpuOfFamily(stores.postgres.pid) : 0,
    redis: stores ? cpuOfFamily(stores.redis.pid) : 0,
    load: cpuOf(process.pid),
  })
  const took: number[] = []
  const failures: unknown[] = []
  const before = used()
  const began = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() - began < seconds * 1000) {
        const from = performance.now()
        const work = piece()
        if (!work) return
        const failure = await work.then(
          () => undefined,
          (error: unknown) => error ?? new Error('failed'),
        )
        if (failure === undefined) took.push(performance.now() - from)
        else failures.push(failure)
      }
    }),
  )
  const elapsed = (performance.now() - began) / 1000
  const after = used()
  if (failures.length > took.length * tolerated) throw failures[0]
  return {
    done: took.length,
    failed: failures.length,
    seconds: elapsed,
    took: took.toSorted((a, b) => a - b),
    node: after.node - before.node,
    postgres: after.postgres - before.postgres,
    redis: after.redis - before.redis,
    load: after.load - before.load,
  }
}

export interface Summary {
  readonly done: number
  readonly failed: number
  readonly per_second: number
  /** Of the time, how much the processes under measurement were at work: the rest they waited for load and stores. */
  readonly busy: number
  /** Processor milliseconds for each piece of work. */
  readonly cpu_ms: number
  readonly postgres_cpu_ms: number
  readonly redis_cpu_ms: number
  readonly load_cpu_ms: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
  readonly rss_mb: number
}

export function summary(stretches: readonly Stretch[], served: readonly Served[]): Summary {
  const all = stretches.flatMap(({ took }) => took).toSorted((a, b) => a - b)
  const total = (of: (one: Stretch) => number) => stretches.reduce((sum, one) => sum + of(one), 0)
  const done = total((one) => one.done)
  const seconds = total((one) => one.seconds)
  const at = (share: number) => round(all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0, 1)
  return {
    done,
    failed: total((one) => one.failed),
    per_second: round(done / seconds, 1),
    busy: round(total((one) => one.node) / seconds / served.length / 1000, 2),
    cpu_ms: round(total((one) => one.node) / done, 3),
    postgres_cpu_ms: round(total((one) => one.postgres) / done, 3),
    redis_cpu_ms: round(total((one) => one.redis) / done, 3),
    load_cpu_ms: round(total((one) => one.load) / done, 3),
    p50_ms: at(0.5),
    p95_ms: at(0.95),
    p99_ms: at(0.99),
    rss_mb: Math.round(served.reduce((sum, { pid }) => sum + memoryOf(pid), 0) / 1e6),
  }
}

export const round = (value: number, digits: number): number => Number(value.toFixed(digits))
