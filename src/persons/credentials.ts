import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { MethodId, PersonKey, RequestId } from '../identity/identifiers.ts'
import { atOnce, type Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Indexer, type Sealer } from '../platform/seal.ts'
import { newActivationCode } from './activation-code.ts'
import * as store from './credentials-store.ts'
import type { Person, Persons } from './person.ts'

// What people are enrolled with: the secret of the one-time code, and the letter that lets a citizen make one. Owns the
// sealed secrets, the last accepted step and single use of letters; doesn't know what a one-time code is (methods/totp
// does) nor how often one may try (login/throttle does). Called by methods/totp, login/activation and the operator's
// command.

/** 160 bits, as long as the HMAC-SHA-1 that uses it (RFC 4226 §4, R6). */
const SECRET_BYTES = 20
const SHORTEST_SECRET = 16
const LETTER_DAYS = 30

export interface Credential {
  readonly id: string
  readonly person: PersonKey
  readonly method: MethodId
  readonly secret: Buffer
  /** The last time step that was accepted. */
  readonly lastStep: number
  readonly enrolledAt: Date
}

/** What stands behind a typed code: for nobody, or somebody without this means, `secret` is a decoy's. */
export interface Sought {
  readonly person?: Person
  /** Absent for a decoy, which must never be accepted. */
  readonly credential?: string
  readonly secret: Buffer
}

export interface Letter {
  /** Sixteen digits; known to the letter alone. */
  readonly code: string
  readonly expires: Date
}

export interface Credentials {
  find(db: Db, person: PersonKey, method: MethodId): Promise<Credential | undefined>
  /** The same statements and the same work whether or not anybody has this code. `code` is canonical. */
  seek(db: Db, scheme: string, code: string, method: MethodId): Promise<Sought>
  /** False when this step or a later one was accepted before, or the credential is no longer in force. */
  acceptStep(db: Db, credential: string, step: number): Promise<boolean>
  /** The same for `atOnce`. */
  acceptance(credential: string, step: number): Part
  /**
   * A new secret, which replaces and so revokes the former, and lifts every wait of the method.
   * @param secret brought along from another system (16 bytes at least); otherwise 160 bits of chance.
   */
  enrolTotp(db: Db, person: PersonKey, actor: Actor, options?: EnrolOptions): Promise<{ secret: Buffer }>
  /** @returns false when there was none. The secret is erased. */
  revoke(db: Db, person: PersonKey, method: MethodId, actor: Actor): Promise<boolean>
  /** Replaces an earlier letter. The means that the person has stay in force until the letter is used. */
  issueLetter(db: Db, person: PersonKey, actor: Actor): Promise<Letter>
  /** Uses the letter up. @returns undefined when the code is wrong, used or older than 30 days. */
  activate(db: Db, person: PersonKey, code: string, request?: RequestId): Promise<{ secret: Buffer } | undefined>
  /** Takes away used and expired letters. @returns how many. */
  purge(db: Db): Promise<number>
}

export interface EnrolOptions {
  readonly secret?: Buffer
  readonly request?: RequestId | undefined
}

export interface Needs {
  readonly sealer: Sealer
  /** Keyed hash of activation codes. */
  readonly indexer: Indexer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  readonly persons: Pick<Persons, 'findHolding'>
  /** Every wait of the method starts anew: a new secret can't have been guessed at. */
  lift(db: Db, method: MethodId, person: PersonKey): Promise<void>
}

export function openCredentials({ sealer, indexer, audit, clock, random, persons, lift }: Needs): Credentials {
  const binding = (id: string): string => cell('credential', 'secret', id)
  const decoyId = random.uuid()
  const decoy = { id: decoyId, secret: sealer.seal(random.bytes(SECRET_BYTES), binding(decoyId)) }

  const letterHash = (person: PersonKey, code: string): Buffer => indexer.index(`activation|${person}|${code}`)

  async function enrolTotp(db: Db, person: PersonKey, actor: Actor, { secret, request }: EnrolOptions = {}) {
    const fresh = secret ?? random.bytes(SECRET_BYTES)
    if (fresh.length < SHORTEST_SECRET) throw new Error(`a secret of ${fresh.length} bytes is too short to enrol`)
    const id = random.uuid()
    const replaced = await store.replace(db, {
      id,
      person,
      method: 'totp',
      secret: sealer.seal(fresh, binding(id)),
      enrolledAt: new Date(clock.now()),
      enrolledBy: actor.kind,
    })
    await lift(db, 'totp', person)
    const about = { actor, person, ...(request && { request }) }
    if (replaced) await audit.append(db, { ...about, type: 'credential.removed', detail: { method: 'totp' } })
    await audit.append(db, { ...about, type: 'credential.enrolled', detail: { method: 'totp', credential: id } })
    return { secret: fresh }
  }

  return {
    async find(db, person, method) {
      const row = await store.find(db, person, method)
      return row && { ...row, secret: sealer.open(row.secret, binding(row.id)), lastStep: Number(row.lastStep) }
    },
    async seek(db, scheme, code, method) {
      const { person, means } = await persons.findHolding(db, scheme, code, { method, decoy })
      const { id } = means
      const secret = sealer.open(means.secret, binding(id))
      return { secret, ...(person && { person }), ...(id !== decoyId && { credential: id }) }
    },
    acceptStep: async (db, credential, step) =>
      (await atOnce(db, { when: [store.advance(credential, step)], acts: [] })) !== undefined,
    acceptance: store.advance,
    enrolTotp,
    async revoke(db, person, method, actor) {
      const done = await store.revoke(db, person, method)
      if (done) await audit.append(db, { type: 'credential.removed', actor, person, detail: { method } })
      return done
    },
    async issueLetter(db, person, actor) {
      const code = newActivationCode(random)
      const issued = clock.now()
      const expires = new Date(issued + LETTER_DAYS * 86_400_000)
      await store.putLetter(db, person, letterHash(person, code), new Date(issued), expires)
      await audit.append(db, {
        type: 'credential.letter-issued',
        actor,
        person,
        detail: { expires: expires.toISOString() },
      })
      return { code, expires }
    },
    async activate(db, person, code, request) {
      if (!(await store.useLetter(db, person, letterHash(person, code), new Date(clock.now())))) return undefined
      return enrolTotp(db, person, { kind: 'citizen', person }, { request })
    },
    purge: (db) => store.purgeLetters(db, new Date(clock.now())),
  }
}
