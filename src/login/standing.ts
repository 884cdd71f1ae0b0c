import type { TroubleCode } from '../identity/trouble.ts'
import type { PersonStatus } from '../persons/kind-and-status.ts'
import type { Person } from '../persons/person.ts'

export type Standing = { readonly why: string } & (
  | { readonly mayEnter: true }
  | {
      readonly mayEnter: false
      /** What is told to whoever has proved to be that person. */
      readonly code: TroubleCode
    }
)

// Who may sign in, by the status of the register entry. One line each; `why` is for the next reader.
const STANDING: Readonly<Record<PersonStatus, Standing>> = {
  active: { mayEnter: true, why: 'the ordinary case' },
  protected: {
    mayEnter: true,
    why: 'who is hidden from others (a threatened witness) still needs public services; hiding is disclosure’s work',
  },
  emigrated: { mayEnter: true, why: 'taxes, pensions and votes go on abroad' },
  deceased: { mayEnter: false, code: 'PRT-1105', why: 'whoever holds the means now is somebody else' },
  suspended: { mayEnter: false, code: 'PRT-1101', why: 'an operator decided so, with a reason in the history' },
}

const LOCKED: Standing = {
  mayEnter: false,
  code: 'PRT-1108',
  why: 'an operator stops whoever it is, at once, to look first',
}

/** Who has died stays so under a lock: the more lasting reason is told. */
export function standingOf({ status, lockedAt }: Pick<Person, 'status' | 'lockedAt'>): Standing {
  const standing = STANDING[status]
  return lockedAt !== undefined && standing.mayEnter ? LOCKED : standing
}
