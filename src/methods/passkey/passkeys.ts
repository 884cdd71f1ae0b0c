import type { AuditLog } from '../../audit/log.ts'
import type { Actor } from '../../identity/actor.ts'
import type { PersonKey, RequestId } from '../../identity/identifiers.ts'
import { noteHappened } from '../../persons/register-events.ts'
import type { Part } from '../../platform/at-once.ts'
import type { Clock } from '../../platform/clock.ts'
import { type Db, transaction } from '../../platform/db.ts'
import type { Random } from '../../platform/random.ts'
import { cell, type Sealer } from '../../platform/seal.ts'
import type { Registered } from './ceremony.ts'
import * as store from './passkeys-store.ts'

// Passkeys as they are kept: whose, where they live, how sure they are, what their owners call them. Owns the public
// keys, the counts, and each person's handle; doesn't judge an answer (ceremony.ts) nor who may make one (enrolment.ts).
// Called by the method, the enrolment, the citizen's page and a desk's recovery.

/** One passkey as its owner is shown it. */
export interface Passkey {
  /** base64url: the credential's id. */
  readonly id: string
  readonly name: string
  /** Can't leave its device. */
  readonly deviceBound: boolean
  readonly backedUp: boolean
  /** Two operators let a desk see it made. */
  readonly seenAtDesk: boolean
  /** The make of the authenticator, a UUID. */
  readonly aaguid: string
  readonly transports: readonly string[]
  /** Epoch milliseconds. */
  readonly enrolledAt: number
  readonly usedAt?: number
}

/** What the sign-in compares an answer with. */
export interface Held extends Passkey {
  readonly person: PersonKey
  readonly publicKey: Buffer
  readonly counter: number
  readonly handle: Buffer
}

export interface Passkeys {
  /** @param id the credential's. */
  find(db: Db, id: Buffer): Promise<Held | undefined>
  /** The oldest first. */
  list(db: Db, person: PersonKey): Promise<readonly Passkey[]>
  /** What authenticators know the person by, made at the first call. 32 bytes. */
  handleOf(db: Db, person: PersonKey): Promise<Buffer>
  /** With its audit entry. @returns undefined when there is a passkey with this id already. */
  add(db: Db, key: Registered, about: Enrolled): Promise<Passkey | undefined>
  /** For `atOnce`: used now with this count, unless it was with the same or a later one. */
  use(use: Used): Part
  /** With its audit entry. @returns false when the person has none with this id. */
  remove(db: Db, person: PersonKey, id: string, by: By): Promise<boolean>
}

export interface By {
  readonly actor: Actor
  readonly request?: RequestId | undefined
}

export interface Enrolled extends By {
  readonly person: PersonKey
  /** As its owner typed it. */
  readonly name: string
  /** The operators' request by which a desk saw it made. */
  readonly deskRequest?: string | undefined
}

export interface Used {
  readonly id: Buffer
  readonly counter: number
  readonly backedUp: boolean
}

export interface Needs {
  readonly sealer: Sealer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}

const LONGEST_NAME = 60

export const nameBinding = (id: Buffer): string => cell('passkey', 'name', id.toString('base64url'))

export function openPasskeys({ sealer, audit, clock, random }: Needs): Passkeys {
  const sealed = (id: Buffer, name: string): Buffer => sealer.seal(nameFrom(name), nameBinding(id))

  const shown = (row: store.PasskeyRow): Passkey => ({
    id: row.id.toString('base64url'),
    name: sealer.open(row.name, nameBinding(row.id)).toString('utf8'),
    deviceBound: row.deviceBound,
    backedUp: row.backedUp,
    seenAtDesk: row.deskRequest !== null,
    aaguid: row.aaguid,
    transports: row.transports,
    enrolledAt: row.enrolledAt.getTime(),
    ...(row.usedAt && { usedAt: row.usedAt.getTime() }),
  })

  return {
    async find(db, id) {
      const row = await store.find(db, id)
      if (!row) return undefined
      const { person, publicKey, handle } = row
      return { ...shown(row), person, publicKey, handle, counter: Number(row.counter) }
    },
    list: async (db, person) => (await store.ofPerson(db, person)).map(shown),
    handleOf: (db, person) => store.handleOf(db, person, random.bytes(32)),
    add: (on, key, { person, name, deskRequest, actor, request }) =>
      transaction(on, async (tx) => {
        const row = {
          ...key,
          person,
          counter: String(key.counter),
          name: sealed(key.id, name),
          deskRequest: deskRequest ?? null,
          enrolledAt: new Date(clock.now()),
        }
        if (!(await store.insert(tx, row))) return undefined
        const { deviceBound, backedUp, aaguid } = key
        const seen = deskRequest !== undefined && { operatorRequest: deskRequest }
        await audit.append(tx, {
          type: 'credential.enrolled',
          actor,
          person,
          ...(request && { request }),
          detail: {
            method: 'passkey',
            credential: key.id.toString('base64url'),
            deviceBound,
            backedUp,
            aaguid,
            ...seen,
          },
        })
        return shown({ ...row, usedAt: null })
      }),
    use: (use) => store.advance({ ...use, at: new Date(clock.now()) }),
    remove: (on, person, id, { actor, request }) =>
      transaction(on, async (tx) => {
        if (!(await store.remove(tx, person, bytes(id)))) return false
        await audit.append(tx, {
          type: 'credential.removed',
          actor,
          person,
          ...(request && { request }),
          detail: { method: 'passkey', credential: id },
        })
        await noteHappened(tx, person, new Date(clock.now()), { what: 'means', was: 'passkey' })
        return true
      }),
  }
}

const bytes = (id: string): Buffer => Buffer.from(id, 'base64url')

/** As people write names: one line, not endless. */
const nameFrom = (typed: string): string =>
  Array.from(
    typed
      .normalize('NFC')
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim(),
  )
    .slice(0, LONGEST_NAME)
    .join('')
