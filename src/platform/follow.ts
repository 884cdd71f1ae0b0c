import { pause as realPause } from './clock.ts'

/** How often a node looks whether the database has changed, in ms: in force everywhere within five seconds. */
const EVERY = 2_000

export interface Follower {
  /** Brings the copy up to what was committed before the call. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`. */
  watch(): Promise<void>
  close(): Promise<void>
}

export interface Needs {
  /** Brings this node's copy up to date. */
  load(): Promise<void>
  /** A later look failed: the copy stays as it was and the next look tries again. */
  readonly onFault?: ((fault: unknown) => void) | undefined
  readonly pause?: typeof realPause | undefined
}

/** Keeps a node's copy of something in the database in step with it. */
export function openFollower({ load, onFault, pause = realPause }: Needs): Follower {
  const stop = new AbortController()
  let tail: Promise<void> = Promise.resolve()
  let loop: Promise<void> | undefined

  // One after the other: a caller must not be answered by a read that began before its own change was committed.
  function refresh(): Promise<void> {
    const mine = tail.then(load)
    tail = mine.catch(() => {})
    return mine
  }

  async function keepLooking(): Promise<void> {
    while (!stop.signal.aborted) {
      await pause(EVERY, stop.signal)
      if (!stop.signal.aborted) await refresh().catch((fault: unknown) => onFault?.(fault))
    }
  }

  return {
    refresh,
    async watch() {
      await refresh()
      loop ??= keepLooking()
    },
    async close() {
      stop.abort()
      await loop
      await tail
    },
  }
}
