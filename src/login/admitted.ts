import type { Entry } from '../audit/entry.ts'
import type { AuditLog } from '../audit/log.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { Person, Persons } from '../persons/person.ts'
import { atOnce } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { standingOf } from './standing.ts'

// People as the protocol asks for them: only who may sign in now. Who has just signed in is asked for twice more within a
// second or two, for their tokens and their data. So entries that were read here lately are kept, and what rests on one
// leaves only after the statement that records it has found the entry unchanged: a change counts at once, on every node,
// and an entry that is out of date costs its reader the longer way. The price: opened details of so many people stay in
// this process's memory until the next one is asked for after their minute is over; never on a disk.

export interface Admitted {
  /** Read now; undefined for whom the register doesn't let sign in. */
  find(person: PersonKey): Promise<Person | undefined>
  /** Read lately. Nothing may be told because of it before `confirm` has said yes. */
  lately(person: PersonKey): Person | undefined
  /** For `lately`: read by somebody else, just now. */
  keep(person: Person): void
  /** Writes the entry if nothing about the person has changed since they were read, in one statement. @returns false when nothing was written. */
  confirm(known: Person, entry?: Entry): Promise<boolean>
}

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'get' | 'unchanged'>
  readonly audit: Pick<AuditLog, 'parts'>
  readonly clock: Clock
}

/** Milliseconds. */
const LIFE = 60_000
const MOST = 2_000

export function openAdmitted({ db, persons, audit, clock }: Needs, most = MOST): Admitted {
  /** Kept longest first. */
  const kept = new Map<PersonKey, { readonly person: Person; readonly at: number }>()

  function forgetOld(): void {
    const since = clock.now() - LIFE
    for (const [key, { at }] of kept) {
      if (at > since && kept.size <= most) return
      kept.delete(key)
    }
  }

  function keep(person: Person): void {
    kept.delete(person.key)
    kept.set(person.key, { person, at: clock.now() })
    forgetOld()
  }

  return {
    async find(key) {
      const found = await persons.get(db, key)
      if (!found || !standingOf(found).mayEnter) return undefined
      keep(found)
      return found
    },
    lately(key) {
      forgetOld()
      const person = kept.get(key)?.person
      return person && standingOf(person).mayEnter ? person : undefined
    },
    keep,
    async confirm(known, entry) {
      const done = await atOnce(db, { when: [persons.unchanged(known)], acts: entry ? audit.parts(entry) : [] })
      if (!done) kept.delete(known.key)
      return done !== undefined
    },
  }
}
