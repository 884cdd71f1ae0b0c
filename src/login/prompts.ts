import type { Prompts, Ringing, Rung } from '../methods/prompts.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { Indexer } from '../platform/seal.ts'
import { openTurns } from '../platform/turns.ts'
import * as store from './prompts-store.ts'
import { sourceOf } from './source.ts'

// How often a phone may be made to ring (push bombing): whoever knows a person code must not be able to pester its holder
// until they confirm to have their peace. Counted before it rings, in SQL, over all nodes; known and unknown people alike,
// by keyed hashes. Price: a stranger who rings three times keeps the holder from ringing their own phone for ten minutes;
// their other means are not touched.

/** Three in ten minutes that nobody confirmed, one at a time, a minute of peace after a refusal (security bar §3 row 8). */
export const BOUNDS: store.Bounds = { most: 3, window: 10 * 60_000, quiet: 60_000 }

/** Of one source in the same time: a mobile operator's shared address carries many honest people, whose confirmed ones are given back. */
const SOURCE_MOST = 60
/**
 * So many ends are written at once: when a provider that hung answers thousands, they take turns, and don't take all connections
 * to the database from people who sign in. Whose turn doesn't come within so many milliseconds is let go: it ends by itself.
 */
const ENDS = { atOnce: 2, patience: 10_000 }
/** How many of those turned away during one wait are put on record. */
const RECORDED = 5
/** Milliseconds. */
const KEPT = 3_600_000

/** What rings: methods that reach the same phone share one allowance. */
export interface Bell {
  readonly shared: string
  /** Milliseconds for which one rings at the longest: then it counts as over, whatever became of the node that began it. */
  readonly life: number
}

export interface PromptCounts {
  of(bell: Bell): Prompts
  /** Forgets what is older than an hour. @returns how many rows went. */
  purge(db: Db): Promise<number>
}

export interface Needs {
  /** The pool: counting must not hang on a transaction that may be rolled back. */
  readonly db: Db
  readonly indexer: Indexer
  readonly clock: Clock
  readonly random: Random
  /** Told that the end of a ringing could not be written: it then ends by itself. */
  readonly onFault: (error: unknown) => void
  readonly sourceMost?: number
}

export function openPrompts({ db, indexer, clock, random, onFault, sourceMost = SOURCE_MOST }: Needs): PromptCounts {
  const turn = openTurns(ENDS.atOnce)
  const sourceKey = (address: string): Buffer => indexer.index(`prompt source|${sourceOf(address)}`)

  const refusal = (code: 'PRT-1005' | 'PRT-2401' | 'PRT-2402' | 'PRT-2403', when: Date, refused: number): Rung => {
    const until = when.getTime()
    const seconds = Math.max(1, Math.ceil((until - clock.now()) / 1000))
    return { ok: false, refusal: { code, values: { seconds, until } }, onRecord: refused > RECORDED }
  }

  function verdict({ windowEnd, until, quietUntil, fullUntil, refused }: store.Row): Rung {
    // What lasts longest, for nothing else is worth coming back for; a phone that rings now is told of first.
    if (until) return refusal('PRT-2402', later(until, fullUntil), refused)
    if (fullUntil && !(quietUntil && quietUntil > fullUntil)) return refusal('PRT-2401', fullUntil, refused)
    if (quietUntil) return refusal('PRT-2403', quietUntil, refused)
    if (windowEnd) return refusal('PRT-1005', windowEnd, refused)
    throw new Error('prompts: turned away without a reason')
  }

  function of({ shared, life }: Bell): Prompts {
    const subjectKey = (subject: string): Buffer => indexer.index(`prompt|${shared}|${subject}`)

    async function begin({ subject, source }: Ringing): Promise<Rung> {
      const now = clock.now()
      const [key, from] = [subjectKey(subject), sourceKey(source)]
      const mark = random.token(96)
      const found = await store.ring(db, {
        subject: key,
        source: from,
        prompt: mark,
        now: new Date(now),
        until: new Date(now + life),
        bounds: BOUNDS,
        sourceMost,
        told: RECORDED,
      })
      const row = found.find(({ kind, ok }) => kind === 'subject' || !ok)
      if (!row) throw new Error('prompts: the counted row did not come back')
      if (!row.ok) return verdict(row)
      return { ok: true, prompt: [mark, key.toString('base64url'), from.toString('base64url')].join('.') }
    }

    async function end(prompt: string, how: 'answered' | 'refused' | 'gone'): Promise<void> {
      const now = clock.now()
      try {
        await turn(async () => {
          if (clock.now() - now > ENDS.patience) throw new Error('prompts: too many ended at once')
          await write(prompt, how, now)
        })
      } catch (error) {
        onFault(error)
      }
    }

    async function write(prompt: string, how: 'answered' | 'refused' | 'gone', now: number): Promise<void> {
      const [mark = '', key = '', from = ''] = prompt.split('.')
      const was = await store.quiet(db, Buffer.from(key, 'base64url'), mark, {
        now: new Date(now),
        quietUntil: new Date(how === 'refused' ? now + BOUNDS.quiet : now),
        forget: how === 'answered',
      })
      if (was && how === 'answered') await store.giveBack(db, Buffer.from(from, 'base64url'))
    }

    return { begin, end }
  }

  return { of, purge: (tx) => store.purge(tx, new Date(clock.now() - KEPT)) }
}

const later = (one: Date, other: Date | null): Date => (other && other > one ? other : one)
