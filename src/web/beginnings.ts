// How many sign-ins a node that has more than enough to do lets begin. Whoever begins comes back, with the form in ten or
// twenty seconds and with a code after that: a node that lets in as many as it can serve now has let in too many by then,
// and can't turn them away any more. So it goes by what it has been seen to serve when it was full.

/** Requests of a sign-in, until there is something seen: authorize with its page, form, token, UserInfo. */
const REQUESTS = 4
/** Where a node sees only beginnings, because a flood follows none of them or because nobody has typed yet, it believes this. */
const FEWEST = 3
/** And not more than this: what agencies ask without a sign-in is work too, but not these people's. */
const MOST = 20
/** What is seen before anything was: so many beginnings. */
const BELIEVED = 500
/** How many milliseconds until half of what was seen is forgotten; and of the most that was served, while full. */
const HABIT = 300_000
const PEAK = 30_000
/** Milliseconds over which what is served is averaged, and for how many the node must have been full. */
const NOW = 3_000
const ENOUGH = 1_000
/** Growth in a second in which the node is not full: it may be able to do more than it was seen to do. */
const BOLDER = 1.07
/** Not full for so many milliseconds, and whoever comes is let in again. */
const OVER = 10_000
/** However little was served: beginnings in a second, and how many may come at once. */
const LEAST = 8

export interface Seen {
  /** Milliseconds since the last time. */
  readonly passed: number
  /** Requests that ended meanwhile, those turned away aside. */
  readonly ended: number
  /** More is being worked on than gets done. */
  readonly full: boolean
}

export interface Beginnings {
  see(seen: Seen): void
  /** Whether one more may begin. `light`: as overload's; the others leave half of what there is to these. */
  may(light: boolean): boolean
  begun(): void
}

const half = (passed: number, life: number): number => 0.5 ** (passed / life)

export function openBeginnings(): Beginnings {
  const habit = { begun: BELIEVED, ended: BELIEVED * REQUESTS }
  /** What is served, the past fading. */
  const now = { passed: 0, ended: 0 }
  /** Requests a millisecond: the most that were served, full or not. A stall must not count as all that a node can do. */
  let most = 0
  let full = 0
  let notFull = 0
  let free = 0
  const limited = (): boolean => full >= ENOUGH
  /** Beginnings a millisecond. */
  function rate(): number {
    const requests = Math.min(MOST, Math.max(FEWEST, habit.ended / habit.begun))
    return Math.max(LEAST / 1000, most / requests)
  }
  const burst = (): number => Math.max(LEAST, rate() * 1000)

  return {
    see(seen) {
      const { passed, ended } = seen
      habit.begun *= half(passed, HABIT)
      habit.ended = habit.ended * half(passed, HABIT) + ended
      const fading = half(passed, NOW)
      now.passed = now.passed * fading + passed
      now.ended = now.ended * fading + ended
      if (seen.full) {
        full += passed
        notFull = 0
        // It served less than it once could, and was full of it. Where it wasn't full, fewer were let in than it could serve.
        most *= half(passed, PEAK)
      } else {
        notFull += passed
        if (limited()) most *= BOLDER ** (passed / 1000)
        if (notFull >= OVER) full = 0
      }
      if (!limited()) most *= half(passed, HABIT)
      most = Math.max(now.ended / now.passed, most)
      free = Math.min(free + rate() * passed, burst())
    },
    may(light) {
      return !limited() || free >= (light ? 1 : 1 + burst() / 2)
    },
    begun() {
      habit.begun++
      if (limited()) free--
    },
  }
}
