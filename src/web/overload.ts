import { Problem } from '../identity/trouble.ts'
import { openBeginnings } from './beginnings.ts'

// What a node does when more comes than it can serve: it lets nobody new in until those inside are done. A sign-in is
// several requests; a node that takes a share of everything finishes none of them, and people who come again make it worse.

/** A turn of the event loop that waits longer than this: every request of a sign-in waits so long, several times over. */
const TOO_LATE = 100
/** Up to here only sources that have begun much are turned away: a flood from one place is the flood's own affair. */
const MUCH_TOO_LATE = 200
const EVERY = 25
/**
 * Requests that are being worked on. More of them wait in a queue of the stores', where the event loop doesn't feel it,
 * until their patience ends and all the work was for nothing. Twice as many for whoever has begun little, here and below.
 */
const MANY = 64
/** Milliseconds that a request may take once there are many: so many are let in as are served in this time. */
const UNHURRIED = 75
/** So few are never too many, however slow the stores are: slowness without a crowd is not overload. */
const FEW = 8
/** The share of what was seen a tick ago that still counts: half a second of the past, say. */
const KEPT = 0.95
/** The share of the newest measure. With it a single stall, however long, turns nobody away (0.3 × 300 < 100); two do. */
const NEWEST = 0.3
const STALL = 300

export interface Overload {
  /**
   * For the first request of a sign-in, and for no other. `light`: from a source that has begun few of late.
   * @throws Problem PRT-5005
   */
  admit(light: boolean): void
  /** Whether `admit` would let nobody in at present, whoever it is. */
  shut(): boolean
  /** Work on a request begins, its body being there. @returns what tells that it is done. */
  enter(): () => void
  /** Milliseconds, smoothed: for the metrics. */
  lateness(): number
  close(): void
}

export interface Needs {
  /** As platform/clock's. */
  readonly watch: (ms: number, tell: (late: number) => void, signal: AbortSignal) => Promise<void>
  /** Told when the node begins to turn people away, and when it ends. */
  readonly changed: (overloaded: boolean) => void
  /** Requests that wait for somebody else's service, and for nothing of ours: they take no room. */
  readonly waiting?: () => number
}

export function openOverload({ watch, changed, waiting = () => 0 }: Needs): Overload {
  const closed = new AbortController()
  let smoothed = 0
  let overloaded = false
  let working = 0
  let ended = 0
  const atWork = (): number => Math.max(0, working - waiting())
  // Sums that fade: requests that ended, milliseconds that passed, milliseconds that requests were worked on.
  const seen = { ended: 0, passed: 0, worked: 0 }
  const beginnings = openBeginnings()
  void watch(
    EVERY,
    (late) => {
      const passed = EVERY + late
      seen.ended = KEPT * seen.ended + ended
      seen.passed = KEPT * seen.passed + passed
      seen.worked = KEPT * seen.worked + atWork() * passed
      const full = overloaded || (slow() && seen.worked > FEW * seen.passed)
      beginnings.see({ passed, ended, full })
      ended = 0
      smoothed += NEWEST * (Math.min(late, STALL) - smoothed)
      // It is over well below where it began, lest the node turn to and fro.
      const now = smoothed > (overloaded ? TOO_LATE / 2 : TOO_LATE)
      if (now === overloaded) return
      overloaded = now
      changed(now)
    },
    closed.signal,
  )
  const slow = (): boolean => seen.worked > UNHURRIED * seen.ended
  /** Little's law: those at work are those who come in a while times how long each takes. */
  const most = (): number => (slow() ? Math.min(MANY, Math.max(FEW, (UNHURRIED * seen.ended) / seen.passed)) : MANY)
  function may(light: boolean): boolean {
    if (overloaded && (!light || smoothed > MUCH_TOO_LATE)) return false
    return atWork() <= (light ? 2 : 1) * most() && beginnings.may(light)
  }
  return {
    admit(light) {
      if (!may(light)) throw new Problem('PRT-5005')
      beginnings.begun()
    },
    shut: () => !may(true),
    enter() {
      working++
      return () => {
        working--
        ended++
      }
    },
    lateness: () => smoothed,
    close: () => closed.abort(),
  }
}
