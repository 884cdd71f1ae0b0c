import type { Writes } from '../platform/at-once.ts'
import type { Db } from '../platform/db.ts'
import type { Refusal } from './method.ts'

// What a method that asks for something guessable needs: its tries counted before they are evaluated. Login's throttle
// fulfils it; compose hands it over.

export interface Try {
  /** Whose secret is guessed at: a person key, or `scheme|code` where nobody has that code. */
  readonly subject: string
  /** The client's address. */
  readonly source: string
  /** The known-browser mark that came with the request. */
  readonly browser?: string | undefined
}

export type Spent =
  /** May be evaluated; `otherwise` is what to say when it turns out wrong. */
  | { readonly ok: true; readonly otherwise: Refusal }
  /** Must not be evaluated. `onRecord`: enough like it were audited already. */
  | { readonly ok: false; readonly refusal: Refusal; readonly onRecord: boolean }

export interface Guard {
  spend(attempt: Try): Promise<Spent>
  /** The try was right: in the transaction that lets the person in. */
  succeed(db: Db, attempt: Try): Promise<void>
  /** After that transaction, also when it failed. */
  giveBack(attempt: Try): Promise<void>
  /** Both for `atOnce`; what it leaves out is `giveBack`. */
  success(attempt: Try): Writes
}
