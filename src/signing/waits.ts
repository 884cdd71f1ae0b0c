import type { KeyLife } from './store.ts'
import type { Apart } from './uptake-store.ts'

// How long a key must stay in each stage so that nobody notices a rotation: pure arithmetic over what others may keep.
// A verifier may hold our key set for as long as we said, and an old copy of it may come out of a cache in between; a
// token must verify until it ends; a hint is no credential, but whoever sends one is spared a question.

/** In seconds, as the protocol's chapters have them. */
export interface Lives {
  /** `max-age` of the published key set. */
  readonly published: number
  /** The longest life of anything that is signed for others to verify. */
  readonly signed: number
  /** For how long after its last signature a key still verifies `id_token_hint`s of ours. */
  readonly hint: number
}

/** Milliseconds that a key spends in a stage before it may leave it. */
export interface Waits {
  readonly announced: number
  readonly retiring: number
  readonly retired: number
}

/** Clocks of others that are behind ours, and our own nodes, which follow within five seconds. */
const MARGIN = 65

export const waitsOf = ({ published, signed, hint }: Lives): Waits => ({
  // Twice: a cache may hand out a copy just before it ends, which its taker keeps as long again.
  announced: (2 * published + MARGIN) * 1000,
  retiring: (signed + MARGIN) * 1000,
  retired: hint * 1000,
})

export interface Schedule {
  /** How long a key signs, in days; 0: until an operator says so. */
  readonly days: number
}

/** By default. */
export const EVERY_DAYS = 90
const DAY = 24 * 3_600_000
/** The next key is shown a week before it signs, so that whoever pins or reviews keys has time to. */
const ANNOUNCED_AHEAD = 7 * DAY

/** What becomes of a key next. */
export interface NextStep {
  readonly to: 'signing' | 'retiring' | 'retired' | 'removed'
  /** Epoch ms: not before; where the schedule decides, then. */
  readonly at: number
}

export interface Plan {
  readonly waits: Waits
  readonly schedule: Schedule
  /** Who is signed for by a key that isn't everybody's. */
  readonly apart: readonly Apart[]
}

/** For so long it is watched how agencies take up a new key, in ms; so long the one before can take it back. */
export const WATCHED = DAY

/** When the key that signs now is to be followed by another; undefined where no schedule says so. */
const endOf = (key: KeyLife, { days }: Schedule): number | undefined =>
  key.state === 'signing' && days > 0 ? key.signingAt.getTime() + days * DAY : undefined

/** @param all every key of the ring. */
export function nextStep(
  key: KeyLife,
  all: readonly KeyLife[],
  { waits, schedule, apart }: Plan,
): NextStep | undefined {
  switch (key.state) {
    case 'announced': {
      // Somebody went back from it: whether it is to sign for all others is for an operator to say.
      if (apart.some((one) => one.because === 'back' && one.awayFrom === key.kid)) return undefined
      const earliest = key.announcedAt.getTime() + waits.announced
      const before = all.find(({ state, alg }) => state === 'signing' && alg === key.alg)
      const end = before && endOf(before, schedule)
      return { to: 'signing', at: Math.max(earliest, end ?? earliest) }
    }
    case 'signing': {
      const at = endOf(key, schedule)
      return at === undefined ? undefined : { to: 'retiring', at }
    }
    case 'retiring': {
      if (apart.some(({ kid }) => kid === key.kid)) return undefined
      const watched = all.filter((one) => one.alg === key.alg && one.state === 'signing')
      const until = Math.max(0, ...watched.map(({ watchedUntil }) => watchedUntil?.getTime() ?? 0))
      return { to: 'retired', at: Math.max(key.retiringAt.getTime() + waits.retiring, until) }
    }
    case 'retired':
      return { to: 'removed', at: key.retiredAt.getTime() + waits.retired }
    case 'removed':
      return undefined
  }
}

/** When the successor of the key that signs is to be announced; undefined where none is due, or there is one. */
export function announcementOf(key: KeyLife, all: readonly KeyLife[], { waits, schedule }: Plan): number | undefined {
  const end = endOf(key, schedule)
  if (end === undefined || all.some(({ state, alg }) => state === 'announced' && alg === key.alg)) return undefined
  return end - Math.max(waits.announced, Math.min(ANNOUNCED_AHEAD, (schedule.days * DAY) / 2))
}
