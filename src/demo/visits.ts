import type { Language } from '../identity/language.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'

// Who is at a demo agency's site: its own sessions, in memory, bounded in time and number.

/** What a sign-in in flight must remember until the answer comes. */
export interface Pending {
  readonly nonce: string
  readonly verifier: string
}

/** One claim as received; what UserInfo repeats of the ID token counts as the ID token's. */
export interface ReceivedClaim {
  readonly name: string
  readonly value: unknown
  readonly from: 'id_token' | 'userinfo'
}

/** What became of a sign-in that did not succeed; `error` is the OAuth code that came back (RFC 6749 §4.1.2.1). */
export type AgencyTrouble =
  | { readonly kind: 'refused'; readonly error: string }
  /** The answer belongs to no sign-in that this browser began here. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unexpected' }

export interface Visit {
  readonly id: string
  language: Language
  /** Shown at `/` until the next sign-in begins, so that its page has an address of its own and any language. */
  trouble?: AgencyTrouble
  /** They were signed in, and have left, here or everywhere: said at `/` until the next sign-in begins. */
  left?: boolean
  person?: {
    readonly idToken: string
    readonly sub: string
    /** The service's name for the session it came from. */
    readonly sid: string | undefined
    readonly claims: readonly ReceivedClaim[]
  }
  /** By `state`, oldest first: several tabs may be on their way at once. */
  readonly pending: Map<string, Pending>
}

export interface Visits {
  find(id: string | undefined): Visit | undefined
  begin(language: Language): Visit
  /** The same visitor under a new id, signed out; the old id is dead (session fixation). */
  renew(visit: Visit): Visit
  /** Signs out whoever came by this session, or, without one, whoever this is. */
  end(sub: string | undefined, sid: string | undefined): void
}

const IDLE = 30 * 60_000
const MOST_VISITS = 1_000
const MOST_PENDING = 10

export function openVisits({ clock, random }: { clock: Clock; random: Random }): Visits {
  const visits = new Map<string, { visit: Visit; until: number }>()

  function keep(visit: Visit): Visit {
    visits.delete(visit.id)
    visits.set(visit.id, { visit, until: clock.now() + IDLE }) // youngest last
    dropOldest(visits, MOST_VISITS)
    dropOldest(visit.pending, MOST_PENDING)
    return visit
  }

  return {
    find(id) {
      const found = id ? visits.get(id) : undefined
      if (!found) return undefined
      if (found.until > clock.now()) return keep(found.visit)
      visits.delete(found.visit.id)
      return undefined
    },
    begin: (language) => keep({ id: random.token(256), language, pending: new Map() }),
    end(sub, sid) {
      for (const { visit } of visits.values()) {
        const { person } = visit
        if (!person || (sid === undefined ? person.sub !== sub : person.sid !== sid)) continue
        delete visit.person
        delete visit.trouble
        visit.left = true
      }
    },
    renew(visit) {
      visits.delete(visit.id)
      return keep({ id: random.token(256), language: visit.language, pending: visit.pending })
    },
  }
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}
