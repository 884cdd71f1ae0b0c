import type { MethodId } from '../identity/identifiers.ts'
import type { Spent, Try } from '../methods/guard.ts'
import type { Refusal } from '../methods/method.ts'
import { atOnce, type Writes } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Indexer } from '../platform/seal.ts'
import type { KnownBrowsers } from './known-browser.ts'
import { sourceOf } from './source.ts'
import * as store from './throttle-store.ts'

// Tries that guess at a secret, counted before they are evaluated, in SQL, over all nodes. Per person (unknown codes
// count alike), per known browser of the person, per source. Keys in the table are keyed hashes.
//
// A known browser spends its own budget alone: neither the person's common budget, which strangers may have used up,
// nor that of the source, behind which strangers may sit. Price: whoever holds a person's own browser has tries of
// their own there, under the same waits.

/** `enrolment`: the codes typed back on the citizen's own page. */
export type Factor = MethodId | 'letter' | 'pin' | 'enrolment' | 'desk'

/** NIST SP 800-63B-4 §3.2.2 allows 100 failures in a row; half of that here. Five tries, 30 s doubling to an hour, a
 * stop at fifty for a day, each further stop twice as long, up to 30 days. */
export const WAITS: store.Waits = {
  freeTries: 5,
  firstWait: 30_000,
  longestWait: 3_600_000,
  stopAt: 50,
  firstStop: 24 * 3_600_000,
  longestStop: 30 * 24 * 3_600_000,
}

/** Failures of one source (a mobile operator's shared address carries many honest people; successes are given back). */
export const SOURCE: store.Window = { tries: 60, window: 10 * 60_000 }

/** How many of the tries turned away during one wait are put on record: enough for the help desk, no flood. */
const RECORDED = 5

/** So many sources are owed tries at once; whoever is forgotten waits for the end of the window. */
const OWED = 10_000

/** Days after the last counted try at which a budget is forgotten. */
const KEPT_DAYS = 30

export interface Throttle {
  /** Counts one try of `factor`, in a commit of its own: a crash afterwards gives nothing back. */
  spend(factor: Factor, attempt: Try): Promise<Spent>
  /** The try was right: its budget starts anew with `db`'s transaction. */
  succeed(db: Db, factor: Factor, attempt: Try): Promise<void>
  /** After the transaction of a success, or of what would have been one: the source gets its try back. Its own statement,
   * because all people behind one address share that row and would wait for each other's whole transactions. */
  giveBack(attempt: Try): Promise<void>
  /** Both for `atOnce`; where somebody else has the source's row just then, `giveBack` is left to do. */
  success(factor: Factor, attempt: Try): Writes
  /** An operator or a letter gave the subject a new secret: every budget of the factor starts anew. */
  lift(db: Db, factor: Factor, subject: string): Promise<void>
  /** Forgets what is older than 30 days. @returns how many rows went. */
  purge(db: Db): Promise<number>
}

/** Without a source: a browser that the person is known in. */
interface Keys {
  readonly budget: store.Budget
  readonly source?: Buffer
}

export interface Needs {
  /** The pool: counting must not hang on a transaction that may be rolled back. */
  readonly db: Db
  readonly indexer: Indexer
  readonly knownBrowsers: Pick<KnownBrowsers, 'read'>
  readonly clock: Clock
  readonly waits?: store.Waits
  readonly source?: store.Window
}

export function openThrottle({ db, indexer, knownBrowsers, clock, waits = WAITS, source = SOURCE }: Needs): Throttle {
  const subjectKey = (factor: Factor, subject: string): Buffer => indexer.index(`subject|${factor}|${subject}`)
  const sourceKey = (address: string): Buffer => indexer.index(`source|${sourceOf(address)}`)

  // A try is asked about when it is counted and when it was right; its keyed hashes are made once.
  const made = new WeakMap<Try, Keys & { readonly factor: Factor }>()
  function keysOf(factor: Factor, attempt: Try): Keys {
    const before = made.get(attempt)
    if (before?.factor === factor) return before
    const keys = makeKeys(factor, attempt)
    made.set(attempt, { ...keys, factor })
    return keys
  }

  function makeKeys(factor: Factor, attempt: Try): Keys {
    const number = knownBrowsers.read(attempt.browser, attempt.subject)
    const browser = number === undefined ? Buffer.alloc(0) : indexer.index(`browser|${number}|${attempt.subject}`)
    const budget = { subject: subjectKey(factor, attempt.subject), browser }
    return number === undefined ? { budget, source: sourceKey(attempt.source) } : { budget }
  }

  // What sources are owed by this node: tries that were counted, or may have been, and whose outcome a fault of ours took away.
  // Sixty of these, as a minute of overload makes them, would shut a mobile operator's customers out for ten minutes. Price:
  // a try that was not counted after all is given back as well, so that somebody who can overload a node has more wrong ones
  // from one source; each person's own budget stays as it is.
  const owed = new Map<string, number>()
  function owe(source: Buffer, tries: number): void {
    const name = source.toString('base64')
    if (owed.size < OWED || owed.has(name)) owed.set(name, (owed.get(name) ?? 0) + tries)
  }
  async function pay(source: Buffer): Promise<void> {
    const name = source.toString('base64')
    const tries = owed.get(name)
    if (tries === undefined) return
    owed.delete(name)
    await returned(source, tries)
  }
  async function returned(source: Buffer, tries: number): Promise<void> {
    try {
      await atOnce(db, { when: [store.giveBack(source, 'waiting', tries)], acts: [] })
    } catch (error) {
      owe(source, tries)
      throw error
    }
  }

  function verdict(counted: store.Counted, now: number): Spent {
    const stopped = counted.failures >= waits.stopAt
    const until = counted.freeAt.getTime()
    const seconds = Math.max(0, Math.ceil((until - now) / 1000))
    if (counted.refused > 0) {
      const refusal: Refusal = { code: stopped ? 'PRT-1204' : 'PRT-1203', values: { seconds, until } }
      return { ok: false, refusal, onRecord: counted.refused > RECORDED }
    }
    const left = Math.max(0, waits.freeTries - counted.failures)
    // What the page says when this very try turns out wrong: how many are left, or how long the wait is that now began.
    if (stopped) return { ok: true, otherwise: { code: 'PRT-1204', values: { seconds, until } } }
    return { ok: true, otherwise: { code: 'PRT-1201', values: left > 0 ? { left } : { left, seconds, until } } }
  }

  function tooMany(counted: store.Counted, now: number): Spent {
    const until = counted.freeAt.getTime()
    const seconds = Math.max(1, Math.ceil((until - now) / 1000))
    return {
      ok: false,
      refusal: { code: 'PRT-1005', values: { seconds, until } },
      onRecord: counted.refused > RECORDED,
    }
  }

  return {
    async spend(factor, attempt) {
      const now = clock.now()
      const { budget, source: from } = keysOf(factor, attempt)
      const asked = { budget, waits, told: RECORDED, now: new Date(now) }
      if (!from) return verdict(await store.count(db, asked), now)
      await pay(from)
      const counted = await store.countFromSource(db, from, source, asked).catch((error: unknown) => {
        owe(from, 1)
        throw error
      })
      return counted.subject ? verdict(counted.subject, now) : tooMany(counted.source, now)
    },
    async succeed(tx, factor, attempt) {
      await atOnce(tx, { when: [store.clear(keysOf(factor, attempt).budget)], acts: [] })
    },
    async giveBack(attempt) {
      if (knownBrowsers.read(attempt.browser, attempt.subject) === undefined)
        await returned(sourceKey(attempt.source), 1)
    },
    success(factor, attempt) {
      const { budget, source: from } = keysOf(factor, attempt)
      return { may: from && store.giveBack(from, 'where nobody waits'), acts: [store.clear(budget)] }
    },
    lift: (tx, factor, subject) => store.clearAll(tx, subjectKey(factor, subject)),
    purge(tx) {
      const now = clock.now()
      return store.purge(tx, new Date(now - KEPT_DAYS * 86_400_000), new Date(now))
    },
  }
}
