import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import * as store from './mail-addresses-store.ts'
import type { Notice } from './notices.ts'

// Where a person is written to: one address, in force once they have typed back the code that went to it (login/own-mail).
// It opens no door: nobody signs in, and nobody gets a lost means back, by an e-mail.

export interface MailAddress {
  readonly address: string
  readonly confirmedAt: Date
}

export interface MailAddresses {
  find(db: Db, person: PersonKey): Promise<MailAddress | undefined>
  /** In place of the former one, which hears of it. In the caller's transaction, with its audit entry. */
  confirm(tx: Db, person: PersonKey, address: string, by: By): Promise<void>
  /** @returns false when there was none. */
  remove(tx: Db, person: PersonKey, by: By): Promise<boolean>
}

interface By {
  readonly actor: Actor
  readonly request?: RequestId
}

export interface Needs {
  readonly sealer: Sealer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Pick<Random, 'uuid'>
  /** The announcement of a change, before it is made (notices.ts). */
  tell(tx: Db, person: PersonKey, notice: Notice): Promise<void>
}

export const addressBinding = (id: string): string => cell('mail_address', 'address', id)

export function openMailAddresses({ sealer, audit, clock, random, tell }: Needs): MailAddresses {
  return {
    async find(db, person) {
      const row = await store.find(db, person)
      return (
        row && {
          address: sealer.open(row.address, addressBinding(row.id)).toString('utf8'),
          confirmedAt: row.confirmedAt,
        }
      )
    },
    async confirm(tx, person, address, by) {
      await tell(tx, person, { kind: 'address-changed' })
      const id = random.uuid()
      const row = { id, address: sealer.seal(address, addressBinding(id)), confirmedAt: new Date(clock.now()) }
      await store.put(tx, person, row)
      await audit.append(tx, { ...by, type: 'address.confirmed', person })
    },
    async remove(tx, person, by) {
      await tell(tx, person, { kind: 'address-removed' })
      if (!(await store.remove(tx, person))) return false
      await audit.append(tx, { ...by, type: 'address.removed', person })
      return true
    },
  }
}
