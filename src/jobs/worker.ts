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
  /**
   * Milliseconds after which it is tried for the last time instead, the last wait recurring until then: for receivers whose
   * return is looked for in between (`seek`). Its content is kept with the receipt, so that an operator may begin anew.
   */
  readonly lasts?: number
  /** Milliseconds for which the receipt is kept after the end. */
  readonly keep: number
  /** What it throws is a fault of ours: told, and tried again. */
  attempt(job: Attempt): Promise<Attempted>
}

export interface Worker {
  /** Tries all that is due, and whatever falls due meanwhile. @returns how many tries that were. */
  look(): Promise<number>
  /** There may be something due: looks before its time. */
  wake(): void
  /**
   * Has each receiver that has not been tried for a while tried once, before its turn: when one answers, all that waits for
   * it is due. Called every minute, by one node. @returns how many are tried.
   */
  seek(db: Db): Promise<number>
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
const AT_ONCE = 64
/** So many are taken in one go, and a receiver with so many under way gets no more: a slow one leaves room for others. */
const AT_ONCE_EACH = 8
/** Milliseconds from one to the next: a hundred thousand that wait must not be felt by those who sign in at this node. */
const EACH = 1.5
/** While the breaker's one try is under way, the others come again after this. */
const SOON = 2_000
/** With the schedule's minute, less than five minutes from a receiver's return to its being seen. */
const UNTRIED = 2 * 60_000
/** Receivers are registered, so there are not many; should there be, the oldest begins anew. */
const REMEMBERED = 10_000

export function openWorker({ db, sealer, clock, kinds, onFault, heard, lookEvery = 1_000 }: Needs): Worker {
  const stop = new AbortController()
  const known = new Map(kinds.map((kind) => [kind.name, kind]))
  /** By receiver: one agency's two addresses are two. */
  const breakers = new Map<string, Breaker>()
  const running = new Map<Promise<void>, string>()
  const settling = openSettling({ db, clock, onFault })
  let woken = new AbortController()

  function breakerOf(receiver: string): Breaker {
    const found = breakers.get(receiver)
    if (found) return found
    const made = openBreaker({ clock })
    if (breakers.size >= REMEMBERED) breakers.delete(breakers.keys().next().value!)
    breakers.set(receiver, made)
    return made
  }

  function leftAlone(): string[] {
    const busy = new Map<string, number>()
    for (const receiver of running.values()) busy.set(receiver, (busy.get(receiver) ?? 0) + 1)
    const full = [...busy].filter(([, under]) => under >= AT_ONCE_EACH)
    const resting = [...breakers].filter(([, breaker]) => !breaker.closed())
    return [...new Set([...full, ...resting].map(([receiver]) => receiver))]
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
      running.set(tried, receiverOf(job))
    }
    return taken.length
  }

  async function attempt(job: store.Taken): Promise<void> {
    const kind = known.get(job.kind)!
    const tell = breakerOf(receiverOf(job)).enter()
    if (!tell) return settling.add(job, { due: new Date(clock.now() + SOON), uncounted: true })
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
    const due = came === 'failed' ? nextTry(kind, job, clock.now()) : undefined
    const outcome = came === 'failed' ? 'given-up' : came
    const kept = outcome === 'given-up' && kind.lasts !== undefined
    await settling.add(job, due === undefined ? { outcome, kept } : { due })
    heard?.(job.kind, due ? came : outcome)
  }

  async function keepLooking(): Promise<void> {
    while (!stop.signal.aborted) {
      woken = new AbortController()
      const from = clock.now()
      const begun = await begin().catch((error: unknown) => {
        onFault('queue', error)
        return 0
      })
      if (begun > 0 && running.size < AT_ONCE) {
        await pause(Math.max(0, begun * EACH - (clock.now() - from)), stop.signal)
        continue
      }
      const rest = new AbortController()
      const ended = AbortSignal.any([stop.signal, woken.signal, rest.signal])
      await Promise.race([pause(lookEvery, ended), ...running.keys()])
      rest.abort()
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
    wake: () => woken.abort(),
    seek(tx) {
      const sought = kinds.filter(({ lasts }) => lasts !== undefined).map(({ name }) => name)
      const now = clock.now()
      return store.probe(tx, sought, new Date(now - UNTRIED), new Date(now))
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

const receiverOf = ({ kind, destination }: store.Taken): string => `${kind} ${destination}`

/** Undefined: it is given up. */
function nextTry({ waits, lasts }: Kind, { tries, since }: store.Taken, now: number): Date | undefined {
  const wait = waits[tries - 1]
  if (lasts === undefined) return wait === undefined ? undefined : new Date(now + wait)
  const end = since.getTime() + lasts
  return now < end ? new Date(Math.min(now + (wait ?? waits.at(-1)!), end)) : undefined
}

interface Settling {
  /** Resolves when it is stored. Never throws: what can't be stored is tried again when its lease ends. */
  add(job: store.Taken, came: Omit<store.Settled, 'id' | 'tries'>): Promise<void>
}

/** Writes down what has come of tries, all that came meanwhile in one statement. */
function openSettling({ db, clock, onFault }: Pick<Needs, 'db' | 'clock' | 'onFault'>): Settling {
  let waiting: { readonly job: store.Taken; readonly settled: store.Settled }[] = []
  /** Whom this node has found silent. */
  const silent = new Set<string>()
  let next: Promise<void> | undefined
  let last: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const all = waiting
    waiting = []
    next = undefined
    const now = new Date(clock.now())
    try {
      await store.settle(
        db,
        all.map(({ settled }) => settled),
        now,
      )
      const back = new Map<string, store.Taken>()
      for (const { job, settled } of all) {
        const receiver = receiverOf(job)
        if (settled.outcome === undefined || settled.outcome === 'given-up') silent.add(receiver)
        else if (silent.delete(receiver) || job.tries > 1) back.set(receiver, job)
      }
      // Who answers after a time of silence is back: nobody's turn need be waited for.
      for (const job of back.values()) await store.hurry(db, job, now)
    } catch (error) {
      onFault('queue', error)
    }
  }

  return {
    add(job, came) {
      waiting.push({ job, settled: { id: job.id, tries: job.tries, ...came } })
      if (!next) {
        next = last.then(write)
        last = next
      }
      return next
    },
  }
}
