import type { Json } from '../identity/json.ts'
import { type Breaker, openBreaker } from '../platform/breaker.ts'
import { type Clock, pause } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Sealer } from '../platform/seal.ts'
import { payloadBinding } from './queue.ts'
import * as store from './queue-store.ts'

// Does what the queue holds, on every node, each job on one at a time. At least once: a node that dies in the middle of
// a try leaves the job to another, and a receiver tells the repetition by the job's id. No transaction is open while
// somebody outside is spoken to, so a slow receiver holds no connection and no lock; the price is that a dead node's job
// waits for the end of its lease.

export type Attempted =
  /** The receiver has it. */
  | 'done'
  /** The receiver answered, and will never take this one: no further try. */
  | 'refused'
  /** It didn't answer, or not now: tried again. */
  | 'failed'

export interface Attempt {
  /** The same over all tries. */
  readonly id: string
  readonly payload: Json
  /** Fires when the try has lasted so long that another node may take over. */
  readonly signal: AbortSignal
}

export interface Kind {
  /** Stable over releases: it stands in the rows. */
  readonly name: string
  /** Milliseconds to wait after the first failed try, the second …; with as many failures more than waits it is given up. */
  readonly waits: readonly number[]
  /** Milliseconds for which the receipt is kept after the end. */
  readonly keep: number
  /** What it throws is a fault of ours: told, and tried again. */
  attempt(job: Attempt): Promise<Attempted>
}

export interface Worker {
  /** Tries all that is due, and whatever falls due meanwhile. @returns how many tries that were. */
  look(): Promise<number>
  /** Takes away receipts that were kept long enough. */
  purge(db: Db): Promise<number>
  /** Ends after the tries in hand. */
  close(): Promise<void>
}

export interface Needs {
  readonly db: Db
  readonly sealer: Sealer
  readonly clock: Clock
  readonly kinds: readonly Kind[]
  onFault(kind: string, error: unknown): void
  /** What came of a try, for the metrics; `given-up`: it was the last. */
  heard?(kind: string, outcome: Attempted | 'given-up'): void
  /** How often to look whether something is due, in milliseconds; one second unless said. 0: only when told. */
  readonly lookEvery?: number
}

const LEASE = 60_000
/** Well before another node may take over. */
const LONGEST = 30_000
const AT_ONCE = 16
/** So many are taken in one go, and a destination with so many under way gets no more: a slow one leaves room for others. */
const AT_ONCE_EACH = 4
/** While the breaker's one try is under way, the others come again after this. */
const SOON = 2_000
/** Destinations are registered, so there are not many; should there be, the oldest begins anew. */
const REMEMBERED = 10_000

export function openWorker({ db, sealer, clock, kinds, onFault, heard, lookEvery = 1_000 }: Needs): Worker {
  const stop = new AbortController()
  const known = new Map(kinds.map((kind) => [kind.name, kind]))
  const breakers = new Map<string, Breaker>()
  const running = new Map<Promise<void>, string>()

  function breakerOf(destination: string): Breaker {
    const found = breakers.get(destination)
    if (found) return found
    const made = openBreaker({ clock })
    if (breakers.size >= REMEMBERED) breakers.delete(breakers.keys().next().value!)
    breakers.set(destination, made)
    return made
  }

  function leftAlone(): string[] {
    const busy = [...running.values()]
    const full = busy.filter((one, _at, all) => all.filter((other) => other === one).length >= AT_ONCE_EACH)
    const resting = [...breakers].filter(([, breaker]) => !breaker.closed()).map(([destination]) => destination)
    return [...new Set([...full, ...resting])]
  }

  async function begin(): Promise<number> {
    const most = Math.min(AT_ONCE_EACH, AT_ONCE - running.size)
    if (most === 0) return 0
    const now = clock.now()
    const taken = await store.take(db, {
      now: new Date(now),
      until: new Date(now + LEASE),
      kinds: [...known.keys()],
      except: leftAlone(),
      most,
    })
    for (const job of taken) {
      const tried = attempt(job)
        .catch((error: unknown) => onFault(job.kind, error))
        .finally(() => running.delete(tried))
      running.set(tried, job.destination)
    }
    return taken.length
  }

  async function attempt(job: store.Taken): Promise<void> {
    const kind = known.get(job.kind)!
    const tell = breakerOf(job.destination).enter()
    if (!tell) return store.later(db, job, new Date(clock.now() + SOON), 1)
    let came: Attempted
    try {
      const payload = JSON.parse(sealer.open(job.payload, payloadBinding(job.id)).toString('utf8')) as Json
      came = await kind.attempt({ id: job.id, payload, signal: AbortSignal.timeout(LONGEST) })
      tell(came === 'failed' ? 'failed' : 'answered')
    } catch (error) {
      tell('neither')
      onFault(job.kind, error)
      came = 'failed'
    }
    const wait = kind.waits[job.tries - 1]
    const now = clock.now()
    const over = came !== 'failed' ? came : wait === undefined ? 'given-up' : undefined
    if (over) await store.end(db, job, over, new Date(now))
    else await store.later(db, job, new Date(now + wait!), 0)
    heard?.(job.kind, over ?? came)
  }

  async function keepLooking(): Promise<void> {
    while (!stop.signal.aborted) {
      const begun = await begin().catch((error: unknown) => {
        onFault('queue', error)
        return 0
      })
      if (begun > 0 && running.size < AT_ONCE) continue
      const woken = new AbortController()
      await Promise.race([pause(lookEvery, AbortSignal.any([stop.signal, woken.signal])), ...running.keys()])
      woken.abort()
    }
  }
  const loop = lookEvery > 0 ? keepLooking() : Promise.resolve()

  return {
    async look() {
      let tries = 0
      for (;;) {
        // What was passed over for those under way may be free by the time they are asked about.
        const quiet = running.size === 0
        const begun = await begin()
        tries += begun
        if (begun === 0 && quiet) return tries
        if (running.size > 0 && (begun === 0 || running.size >= AT_ONCE)) await Promise.race(running.keys())
      }
    },
    async purge(tx) {
      let gone = 0
      for (const { name, keep } of kinds) gone += await store.purge(tx, name, new Date(clock.now() - keep))
      return gone
    },
    async close() {
      stop.abort()
      await loop
      await Promise.all(running.keys())
    },
  }
}
