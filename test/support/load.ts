import { pause, systemClock } from '../../src/platform/clock.ts'
import { enterWhole, type Nodes } from './nodes.ts'

// Whole sign-ins at a steady rate, begun whether or not the earlier ones have ended, and what became of each.

export interface Load {
  begun: number
  done: number
  readonly failed: string[]
  /** Sign-ins that somebody had to begin once more; empty where nobody was to try twice. */
  readonly retried: string[]
  /** Tokens that two sign-ins were given, or codes: must stay empty. */
  readonly twice: string[]
  /** Milliseconds, of those that were done. */
  readonly took: number[]
}

/** Runs until `until` is over, then waits for the last one. `again`: who fails tries once more. */
export async function load(at: Nodes, perSecond: number, until: Promise<unknown>, again = false): Promise<Load> {
  const result: Load = { begun: 0, done: 0, failed: [], retried: [], twice: [], took: [] }
  const seen = new Set<string>()
  const going = new Set<Promise<void>>()
  const over = new AbortController()
  const ended = until.finally(() => over.abort())

  async function one(last: boolean): Promise<void> {
    const from = systemClock.now()
    try {
      const { status, code, access_token: token, error } = await enterWhole(at)
      if (status !== 200) throw new Error(`the token endpoint answered ${status} ${error}`)
      for (const secret of [code, token]) {
        if (seen.has(secret)) result.twice.push(secret)
        seen.add(secret)
      }
      result.done++
      result.took.push(systemClock.now() - from)
    } catch (error) {
      if (last) result.failed.push(reason(error))
      else {
        result.retried.push(reason(error))
        await one(true)
      }
    }
  }

  const start = systemClock.now()
  while (!over.signal.aborted) {
    const due = ((systemClock.now() - start) / 1000) * perSecond
    for (; result.begun < due; result.begun++) {
      const work = one(!again).finally(() => going.delete(work))
      going.add(work)
    }
    await pause(10, over.signal)
  }
  await Promise.all(going)
  await ended
  return result
}

function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error }
  return `${message.split('\n')[0]}${cause ? ` (${cause.message})` : ''}`
}

export const summary = ({ begun, done, failed, retried, twice, took }: Load) => {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  const reasons: Record<string, number> = {}
  for (const words of [...failed, ...retried]) reasons[words] = (reasons[words] ?? 0) + 1
  return {
    begun,
    done,
    failed: failed.length,
    retried: retried.length,
    twice: twice.length,
    p50: at(0.5),
    p99: at(0.99),
    reasons,
  }
}

/** Each node in turn is told to stop and started again; so many times each. */
export async function rollingRestarts(at: Nodes, times: number): Promise<void> {
  for (let n = 0; n < times; n++)
    for (const node of at.nodes) {
      await node.stop()
      await node.start()
      while (!at.balancer.healthy().includes(node.port)) await pause(20)
    }
}

/** One node after another dies at once and is started again, `every` ms, until the time is over. */
export async function kills(at: Nodes, every: number, ms: number): Promise<number> {
  let count = 0
  for (const end = systemClock.now() + ms; systemClock.now() < end; count++) {
    const node = at.nodes[count % at.nodes.length]!
    await node.kill()
    await node.start()
    while (!at.balancer.healthy().includes(node.port)) await pause(20)
    await pause(every)
  }
  return count
}
