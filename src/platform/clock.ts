// The only place that knows the time. Everything else is handed a Clock.
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** Resolves after `ms`, or at once when the signal fires: for loops that a stop must be able to end. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
  })
}

/** Milliseconds since this process began: no setting of a clock changes them. */
export const sinceStart = (): number => performance.now()

/**
 * The work's own outcome, or a rejection with `late()` once `ms` have passed. When this process itself was held up, an
 * answer that lies in the socket already still counts: one more turn of the event loop reads it before the verdict. The
 * same holds for `slow`, which is told once when there is no outcome after so many ms (less than `ms`).
 */
export function within<T>(
  ms: number,
  work: Promise<T>,
  late: () => Error,
  slow?: { readonly after: number; readonly tell: () => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => setImmediate(verdict), slow?.after ?? ms)
    let waiting = true
    function verdict() {
      if (!waiting) return
      if (!slow) return reject(late())
      slow.tell()
      timer = setTimeout(() => setImmediate(() => reject(late())), ms - slow.after)
    }
    work.then(resolve, reject).finally(() => {
      waiting = false
      clearTimeout(timer)
    })
  })
}

/**
 * Until the signal fires, tells every `ms` by how many milliseconds that moment came late: how long whatever is ready
 * waits for its turn in this process. Monotonic: a clock that is set changes nothing.
 */
export async function watchLateness(ms: number, tell: (late: number) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const due = performance.now() + ms
    await pause(ms, signal)
    if (!signal.aborted) tell(Math.max(0, performance.now() - due))
  }
}
