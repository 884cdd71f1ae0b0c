import type { Actor } from '../identity/actor.ts'
import type { Assurance } from '../identity/assurance.ts'
import type { MethodId, PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Db } from '../platform/db.ts'
import type { Confirmed } from './credentials-store.ts'

// What a person holds, whoever keeps it: the contract between those who keep means (credentials, PINs, passkeys, code
// cards) and those who show all of them side by side. Cards, SIMs and apps of others are not held here.

export type MeansKind = MethodId | 'pin'

export interface Means {
  readonly kind: MeansKind
  /** Names it among the person's own; means nothing for anybody else. */
  readonly id: string
  readonly enrolledAt: Date
  /** Where that is known. */
  readonly usedAt?: Date
  readonly by: 'desk' | 'letter' | 'citizen'
  /** Absent: nobody strong stood behind it. */
  readonly confirmed?: Confirmed
  /** The person's own name for it, or what tells two of a kind apart (•••• 1234). */
  readonly label?: string
  /** The most that it proves by itself. */
  readonly level: Assurance
}

export interface MeansKeeper {
  readonly kind: MeansKind
  list(db: Db, person: PersonKey): Promise<readonly Means[]>
  /**
   * In the caller's transaction, with its audit entry.
   * @returns false when the person has none of that id.
   */
  remove(tx: Db, person: PersonKey, id: string, by: { actor: Actor; request?: RequestId }): Promise<boolean>
}
