import type { PersonStatus } from '../persons/kind-and-status.ts'

interface Standing {
  readonly mayEnter: boolean
  readonly why: string
}

// Who may sign in, by the status of the register entry. One line each; `why` is for the next reader.
export const STANDING: Readonly<Record<PersonStatus, Standing>> = {
  active: { mayEnter: true, why: 'the ordinary case' },
  protected: {
    mayEnter: true,
    why: 'who is hidden from others (a threatened witness) still needs public services; hiding is disclosure’s work',
  },
  emigrated: { mayEnter: true, why: 'taxes, pensions and votes go on abroad' },
  deceased: { mayEnter: false, why: 'whoever holds the means now is somebody else' },
  suspended: { mayEnter: false, why: 'an operator decided so, with a reason in the history' },
}
