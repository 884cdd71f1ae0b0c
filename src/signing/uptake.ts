import type { Actor } from '../identity/actor.ts'
import type { Clock, pause } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import type { Ring, SignedFor } from './ring.ts'
import type { Rotation, WentBack } from './rotation.ts'
import * as store from './uptake-store.ts'

// How agencies take up a new key, as far as this node sees it: counted in the process while a promotion is being watched,
// added up over all nodes every two seconds. A crash loses a few seconds of counters: of evidence, never of a decision.
// Nothing is counted, and nothing written, while no new key is on its way.

type Counts = Map<string, store.Counted>

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
  /** Writes what is still in the process; what follows from it is for the nodes that go on. */
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
  let counted: Counts = new Map()
  /**
   * Returns of the last rounds: written two rounds after the others. The code that somebody returned from was redeemed on any
   * node: what it has counted must be there before, or returns would seem more frequent than they are.
   */
  let returns: readonly Counts[] = [new Map(), new Map()]

  function count(into: Counts, { client }: SignedFor, kid: string, what: 'redeemed' | 'returned' | 'proved'): void {
    const name = `${kid} ${client}`
    const so = into.get(name) ?? { kid, client, redeemed: 0, returned: 0, proved: 0 }
    into.set(name, { ...so, [what]: so[what] + 1 })
  }

  const write = async (counts: readonly Counts[]): Promise<boolean> => {
    const all = counts.flatMap((some) => [...some.values()])
    if (all.length > 0) await store.add(db, all, new Date(clock.now()))
    return all.length > 0
  }

  async function flush(): Promise<void> {
    const [due, ...later] = returns
    const mine = [counted, due!]
    counted = new Map()
    returns = [...later, new Map()]
    if (await write(mine)) for (const back of await rotation.judge(db, actor)) heard(back)
  }

  const follower = openFollower({ load: flush, onFault, ...(pause && { pause }) })

  return {
    watched: (who) => ring.watched(who),
    redeemed: (who, kid) => count(counted, who, kid, 'redeemed'),
    returned: (who, kid) => count(returns.at(-1)!, who, kid, 'returned'),
    used(who, issuedAt) {
      const watched = ring.watched(who)
      if (watched && issuedAt !== undefined && issuedAt * 1000 >= watched.since + UNSURE)
        count(counted, who, watched.kid, 'proved')
    },
    showed(who, kid) {
      if (ring.watched(who)) count(counted, who, kid, 'proved')
    },
    watch: follower.watch,
    async close() {
      await follower.close()
      await write([counted, ...returns]).catch((fault: unknown) => onFault?.(fault))
    },
  }
}
