import type { SecretName } from '../platform/secrets.ts'

// What becomes of what was made with a secret when another version follows: a line each.

export type Kind =
  /** @param because why it has but one version for ever. */
  | { readonly how: 'never'; readonly because: string }
  /**
   * Nothing made with it outlives `after` ms; then the former version goes by itself. It may change by a schedule.
   * @param breaks what is lost where it goes earlier.
   */
  | { readonly how: 'lapses'; readonly after: number; readonly breaks: string }
  /** It seals cells of tables, which are sealed anew (reseal.ts) before the former version may go. */
  | { readonly how: 'cells' }
  /** The register is indexed by it, and is indexed anew before another takes its place. */
  | { readonly how: 'index' }
  /** It can be left behind only when people come back; the former version waits for the last of them. */
  | { readonly how: 'returns' }

export type Kinds = Readonly<Record<SecretName, Kind>>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** @param session the longest that a session may last, in ms. */
export const kindsOf = (session: number): Kinds => ({
  'personal-data': { how: 'cells' },
  'audit-payload': { how: 'cells' },
  'signing-keys': { how: 'cells' },
  'blind-index': { how: 'index' },
  pins: { how: 'returns' },
  // An hour more than they last: clocks differ, and a sign-in may be under way.
  cookies: { how: 'lapses', after: session + HOUR, breaks: 'everybody who is signed in signs in again' },
  sessions: { how: 'lapses', after: session + HOUR, breaks: 'everybody who is signed in signs in again' },
  'known-browsers': {
    how: 'lapses',
    after: 366 * DAY,
    breaks: 'browsers that people have used before are strangers until they sign in once more',
  },
  'one-time-codes': {
    how: 'lapses',
    after: 31 * DAY,
    breaks: 'activation letters on their way, codes by text message just sent and desks just opened are worth nothing',
  },
  throttle: { how: 'lapses', after: HOUR, breaks: 'nothing' },
  'pairwise-salt': {
    how: 'never',
    because:
      'every agency knows every citizen by a subject that is made with it: with another one, each would see all of them as strangers, for ever',
  },
})
