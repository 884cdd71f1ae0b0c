import type { Actor } from '../identity/actor.ts'
import type { Clock, pause } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import type { Ring, SignedFor } from './ring.ts'
import type { Rotation, WentBack } from './rotation.ts'
import * as store from './uptake-store.ts'

// How agencies take up a new key, as far as this node sees it: counted in the process while a promotion is being watched,
// added up over all nodes every two seconds. A crash loses two seconds of counters: of evidence, never of a decision.
// Nothing is counted, and nothing written, while no new key is on its way.

export interface Watched {
  /** That signs for this relying party. */
  readonly kid: string
  /** Epoch ms from which on. */
  readonly since: number
}

export interface UptakeWatch {
  /** The key that signs for this relying party, where it is to be seen how that goes; nearly always it isn't. */
  watched(who: SignedFor): Watched | undefined
  /** A code was redeemed for a token that this key signed. */
  redeemed(who: SignedFor, kid: string): void
  /** The browser for which it was is back within a minute. */
  returned(who: SignedFor, kid: string): void
  /** The relying party has used what came with a token of that time, epoch seconds. */
  used(who: SignedFor, issuedAt: number | undefined): void
  /** It has shown a token that this key signed. */
  showed(who: SignedFor, kid: string): void
  /** Until `close`. */
  watch(): Promise<void>
  /** Writes what is still in the process. */
  close(): Promise<void>
}

export interface Needs {
  readonly db: Db
  readonly ring: Pick<Ring, 'watched'>
  readonly rotation: Pick<Rotation, 'judge'>
  readonly actor: Actor
  readonly clock: Clock
  /** A relying party has gone back to the key before. */
  readonly heard: (back: WentBack) => void
  readonly onFault?: (fault: unknown) => void
  readonly pause?: typeof pause
}

/** Nodes follow a change within five seconds: of tokens made in between nobody knows by which key. */
const UNSURE = 5_000

export function openUptakeWatch({ db, ring, rotation, actor, clock, heard, onFault, pause }: Needs): UptakeWatch {
  let counted = new Map<string, store.Counted>()

  function count(who: SignedFor, kid: string, what: 'redeemed' | 'returned' | 'proved'): void {
    const name = `${kid} ${who.client}`
    const so = counted.get(name) ?? { kid, client: who.client, redeemed: 0, returned: 0, proved: 0 }
    counted.set(name, { ...so, [what]: so[what] + 1 })
  }

  async function flush(): Promise<void> {
    if (counted.size === 0) return
    const mine = counted
    counted = new Map()
    await store.add(db, [...mine.values()], new Date(clock.now()))
    for (const back of await rotation.judge(db, actor)) heard(back)
  }

  const follower = openFollower({ load: flush, onFault, ...(pause && { pause }) })

  return {
    watched: (who) => ring.watched(who),
    redeemed: (who, kid) => count(who, kid, 'redeemed'),
    returned: (who, kid) => count(who, kid, 'returned'),
    used(who, issuedAt) {
      const watched = ring.watched(who)
      if (watched && issuedAt !== undefined && issuedAt * 1000 >= watched.since + UNSURE)
        count(who, watched.kid, 'proved')
    },
    showed(who, kid) {
      if (ring.watched(who)) count(who, kid, 'proved')
    },
    watch: follower.watch,
    async close() {
      await follower.close()
      await flush().catch((fault: unknown) => onFault?.(fault))
    },
  }
}
