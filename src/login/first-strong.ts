import type { PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Persons } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'

/** In the transaction of a sign-in at `high` by somebody who had none before. */
export type FirstStrong = (tx: Db, person: PersonKey, request: RequestId) => Promise<void>

export interface Needs {
  readonly persons: Pick<Persons, 'becomeStrong' | 'endSignIns'>
  /** Tells the person, too. */
  readonly credentials: Pick<Credentials, 'wipe'>
}

/**
 * Whoever was here before under this name, known less surely, may have been somebody else who waited for the owner to
 * come (account pre-hijack, security bar §3 row 35): the means that nobody strong ever confirmed go, and with them every
 * session and token from before. Where there was none such, nothing is ended.
 */
export function openFirstStrong({ persons, credentials }: Needs): FirstStrong {
  return async (tx, person, request) => {
    if (!(await persons.becomeStrong(tx, person))) return
    const gone = await credentials.wipe(tx, person, request)
    if (gone.length > 0) await persons.endSignIns(tx, person)
  }
}
