import type { Db } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import type { LiveSessions, Why } from './live.ts'

// Keeps the list of sessions and the sessions store in step. What was ended on the list ends in the store: at once when a
// node hears of it, else at its next look two seconds later, also when whoever ended it died in between or can't reach
// the store. What has lapsed in the store is ended on the list, so that its agencies hear of it. Ends nothing by guess:
// while the store doesn't answer, nothing has lapsed.

export interface Closing {
  /** Ends in the store what was ended on the list. @returns how many. */
  settle(): Promise<number>
  /** Ends what has lapsed. Any number of nodes at once; each session once. @returns how many. */
  lapse(): Promise<number>
  /** Something was ended: settles soon. */
  heard(): void
  /** Settles now, and every two seconds until `close`. */
  watch(): Promise<void>
  close(): Promise<void>
}

/** Epoch milliseconds. */
export interface Life {
  readonly idleEndsAt: number
  readonly endsAt: number
}

export interface Needs {
  readonly db: Db
  readonly live: Pick<LiveSessions, 'unsettled' | 'settled' | 'due' | 'prolong' | 'endAll'>
  /** Until when the session lives as the store has it now; undefined: it is over. Throws when the store doesn't answer. */
  lifeOf(uid: string): Promise<Life | undefined>
  /** Ends it in the store. Throws when the store doesn't answer; may be asked twice. */
  forget(uid: string, why: Why): Promise<void>
  onFault(error: unknown): void
}

const BY = { kind: 'service', part: 'schedule' } as const

export function openClosing({ db, live, lifeOf, forget, onFault }: Needs): Closing {
  async function settle(): Promise<number> {
    let all = 0
    for (;;) {
      const ended = await live.unsettled(db)
      if (ended.length === 0) return all
      await Promise.all(ended.map(({ uid, why }) => forget(uid, why)))
      await live.settled(
        db,
        ended.map(({ ref }) => ref),
      )
      all += ended.length
    }
  }

  async function lapse(): Promise<number> {
    let all = 0
    for (;;) {
      const due = await live.due(db)
      if (due.length === 0) return all
      const looked = await Promise.all(due.map(async (one) => ({ ...one, life: await lifeOf(one.uid) })))
      for (const { ref, life } of looked) if (life) await live.prolong(db, ref, life)
      for (const why of ['idle', 'absolute'] as const) {
        const over = looked.filter(({ life, absolute }) => !life && absolute === (why === 'absolute'))
        const ended = await live.endAll(
          db,
          over.map(({ ref }) => ref),
          why,
          BY,
        )
        all += ended.length
      }
    }
  }

  // A store that is away keeps nobody from starting: it is looked for again.
  const follower = openFollower({ load: () => settle().then(() => undefined, onFault) })
  return {
    settle,
    heard: () => void follower.refresh(),
    lapse,
    watch: follower.watch,
    close: follower.close,
  }
}
