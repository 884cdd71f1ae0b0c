import { Problem } from '../identity/trouble.ts'

// What a node does when more comes than it can serve: it lets nobody new in until those inside are done. A sign-in is
// five requests; a node that takes a share of everything finishes none of them, and people who come again make it worse.

/** A turn of the event loop that waits longer than this: every request of a sign-in waits so long, several times over. */
const TOO_LATE = 100
/** Up to here only sources that have begun much are turned away: a flood from one place is the flood's own affair. */
const MUCH_TOO_LATE = 200
const EVERY = 25
/**
 * Requests that are being worked on. More of them wait in a queue of the stores', where the event loop doesn't feel it,
 * until their patience ends and all the work was for nothing. Twice as many for whoever has begun little.
 */
const MANY = 64
/** The share of the newest measure. With it a single stall, however long, turns nobody away (0.3 × 300 < 100); two do. */
const NEWEST = 0.3
const STALL = 300

export interface Overload {
  /**
   * For the first request of a sign-in, and for no other. `light`: from a source that has begun few of late.
   * @throws Problem PRT-5005
   */
  admit(light: boolean): void
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
}

export function openOverload({ watch, changed }: Needs): Overload {
  const closed = new AbortController()
  let smoothed = 0
  let overloaded = false
  let working = 0
  void watch(
    EVERY,
    (late) => {
      smoothed += NEWEST * (Math.min(late, STALL) - smoothed)
      // It is over well below where it began, lest the node turn to and fro.
      const now = smoothed > (overloaded ? TOO_LATE / 2 : TOO_LATE)
      if (now === overloaded) return
      overloaded = now
      changed(now)
    },
    closed.signal,
  )
  return {
    admit(light) {
      const late = overloaded && (!light || smoothed > MUCH_TOO_LATE)
      if (late || working > (light ? 2 * MANY : MANY)) throw new Problem('PRT-5005')
    },
    enter() {
      working++
      return () => void working--
    },
    lateness: () => smoothed,
    close: () => closed.abort(),
  }
}
