import { type Clock, pause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import * as store from './store.ts'

// The jobs chapter: work that no request waits for. Owns when it is done, once per period over all nodes; doesn't own
// what is done (each chapter has its own purge) nor how bad news is told. Compose lists the work and starts it; every
// node runs the same schedule, and the database says whose turn it is.

export interface Work {
  /** Stable over releases: the row of `periodic_work`. */
  readonly name: string
  /** Milliseconds. */
  readonly every: number
  /** In one transaction with the mark that it was done: what fails is tried again at the next look. */
  run(db: Db): Promise<unknown>
}

export interface Schedule {
  /** Does what is due. Never throws: a fault of one work is told and keeps no other from its turn. */
  look(): Promise<readonly string[]>
  /** Ends after the work in hand. */
  close(): Promise<void>
}

export interface Needs {
  /** A pool without the patience of requests: purges may take their time. */
  readonly db: Db
  readonly clock: Clock
  readonly work: readonly Work[]
  onFault(name: string, error: unknown): void
  /** How often to look whether something is due, in milliseconds; one minute unless said. 0: only when told. */
  readonly lookEvery?: number
}

const MINUTE = 60_000
const LONGEST = 10 * MINUTE

export function openSchedule({ db, clock, work, onFault, lookEvery = MINUTE }: Needs): Schedule {
  const stop = new AbortController()

  async function attempt({ name, every, run }: Work): Promise<boolean> {
    return transaction(db, async (tx) => {
      if (!(await store.takeTurn(tx, name))) return false
      const now = clock.now()
      if (!(await store.markDone(tx, name, new Date(now), new Date(now - every)))) return false
      await store.allowTime(tx, LONGEST)
      await run(tx)
      return true
    })
  }

  async function look(): Promise<readonly string[]> {
    const done: string[] = []
    for (const one of work) {
      if (stop.signal.aborted) break
      try {
        if (await attempt(one)) done.push(one.name)
      } catch (error) {
        onFault(one.name, error)
      }
    }
    return done
  }

  async function keepLooking(): Promise<void> {
    while (!stop.signal.aborted) {
      await look()
      await pause(lookEvery, stop.signal)
    }
  }
  const loop = lookEvery > 0 ? keepLooking() : Promise.resolve()

  return {
    look,
    close() {
      stop.abort()
      return loop
    },
  }
}
