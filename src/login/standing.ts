import type { TroubleCode } from '../identity/trouble.ts'
import type { PersonStatus } from '../persons/kind-and-status.ts'

type Standing = { readonly why: string } & (
  | { readonly mayEnter: true }
  | {
      readonly mayEnter: false
      /** What is told to whoever has proved to be that person. */
      readonly code: TroubleCode
    }
)

// Who may sign in, by the status of the register entry. One line each; `why` is for the next reader.
export const STANDING: Readonly<Record<PersonStatus, Standing>> = {
  active: { mayEnter: true, why: 'the ordinary case' },
  protected: {
    mayEnter: true,
    why: 'who is hidden from others (a threatened witness) still needs public services; hiding is disclosure’s work',
  },
  emigrated: { mayEnter: true, why: 'taxes, pensions and votes go on abroad' },
  deceased: { mayEnter: false, code: 'PRT-1105', why: 'whoever holds the means now is somebody else' },
  suspended: { mayEnter: false, code: 'PRT-1101', why: 'an operator decided so, with a reason in the history' },
}
