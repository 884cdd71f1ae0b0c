import type { Clock } from './clock.ts'

/** What came of a try. `neither` speaks neither for nor against the service: a caller's own mistake. */
export type Tried = 'answered' | 'failed' | 'neither'

export interface Breaker {
  /** Leave to try once, or undefined while the service is left alone. The result must be told, whatever it was. */
  enter(): ((tried: Tried) => void) | undefined
  /** Whether a try would be let through now, or soon: false only while the service is left alone. */
  closed(): boolean
}

export interface Needs {
  readonly clock: Clock
  /** So many failures in a row open it. */
  readonly failures?: number
  /** Milliseconds for which it stays open; then one try decides. */
  readonly rest?: number
  readonly heard?: (state: 'opened' | 'closed') => void
}

/**
 * Leaves a service alone that doesn't answer, so that nobody waits for it in vain. After a rest one try at a time is let
 * through, and the first answer closes it again: it needs no hand.
 */
export function openBreaker({ clock, failures = 5, rest = 10_000, heard }: Needs): Breaker {
  let inARow = 0
  /** When it opened; undefined: closed. */
  let since: number | undefined
  let probing = false

  // A clock that was set back must not keep it open.
  const resting = (): boolean => since !== undefined && clock.now() < since + rest && clock.now() >= since

  function learn(tried: Tried): void {
    if (tried === 'neither') return
    if (tried === 'answered') {
      inARow = 0
      if (since !== undefined) heard?.('closed')
      since = undefined
      return
    }
    inARow++
    if (inARow < failures) return
    if (since === undefined) heard?.('opened')
    since = clock.now()
  }

  return {
    enter() {
      if (since === undefined) return learn
      if (resting() || probing) return undefined
      probing = true
      return (tried) => {
        probing = false
        learn(tried)
      }
    },
    closed: () => !resting(),
  }
}
