import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { MethodId, PersonKey, RequestId } from '../identity/identifiers.ts'
import { atOnce, type Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Indexer, type Sealer, standIn } from '../platform/seal.ts'
import { newActivationCode } from './activation-code.ts'
import * as store from './credentials-store.ts'
import type { Notice } from './notices.ts'
import type { Person, Persons } from './person.ts'
import { noteHappened } from './register-events.ts'

// What people are enrolled with: the secret of the one-time code, the telephone's number, and the letter that lets a citizen make one. Owns the
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

export type { Confirmed } from './credentials-store.ts'

/** One of somebody's means, without its secret. */
export interface Held {
  readonly id: string
  readonly method: MethodId
  readonly lastStep: number
  readonly enrolledAt: Date
  /** The kind of the actor who enrolled it. */
  readonly enrolledBy: string
  /** Who strong stood behind it; absent: nobody did. */
  readonly confirmed?: store.Confirmed
}

/** What stands behind a typed code: for nobody, or somebody without this means, `secret` is a decoy's. */
export interface Sought {
  readonly person?: Person
  /** Absent for a decoy, which must never be accepted. */
  readonly credential?: string
  readonly secret: Buffer
  /** The person has set a PIN. */
  readonly pin?: true
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
  /** The same for any method, whose own the meaning of the secret is. @returns the id of the new means. */
  enrol(db: Db, one: Enrolment, actor: Actor, options?: Omit<EnrolOptions, 'secret'>): Promise<string>
  /** The telephone to which codes and announcements are sent (method `sms-code`): E.164. */
  phone(db: Db, person: PersonKey): Promise<string | undefined>
  /** @returns false when there was none. The secret is erased. */
  revoke(db: Db, person: PersonKey, method: MethodId, actor: Actor, request?: RequestId): Promise<boolean>
  /** All that the person has, in the order in which they came. */
  held(db: Db, person: PersonKey): Promise<readonly Held[]>
  /**
   * Takes away what nobody strong ever confirmed (account pre-hijack), and keeps what it was for the person to read.
   * @returns their methods; none where all is confirmed.
   */
  wipe(tx: Db, person: PersonKey, request?: RequestId): Promise<readonly MethodId[]>
  /** What `wipe` took away and the person hasn't read of yet. */
  wiped(db: Db, person: PersonKey): Promise<{ readonly at: Date; readonly methods: readonly MethodId[] } | undefined>
  /** The person has read it. */
  forgetWiped(db: Db, person: PersonKey): Promise<void>
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
  /** Who strong stands behind it; absent: the desk, whose acts the operator's command and the letter are. */
  readonly confirmed?: store.Confirmed | 'nobody'
  /** The time step that was typed back to prove the app: it signs nobody in any more. */
  readonly lastStep?: number
}

export interface Enrolment {
  readonly person: PersonKey
  readonly method: MethodId
  readonly secret: Buffer
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
  /** The announcement of a change, before it is made (notices.ts). */
  tell(db: Db, person: PersonKey, notice: Notice): Promise<void>
}

export const secretBinding = (id: string): string => cell('credential', 'secret', id)

export function openCredentials({ sealer, indexer, audit, clock, random, persons, lift, tell }: Needs): Credentials {
  const decoyId = random.uuid()
  const decoy = standIn(sealer, () => ({
    id: decoyId,
    secret: sealer.seal(random.bytes(SECRET_BYTES), secretBinding(decoyId)),
  }))

  const letterText = (person: PersonKey, code: string): string => `activation|${person}|${code}`

  async function enrol(
    db: Db,
    { person, method, secret }: Enrolment,
    actor: Actor,
    { request, confirmed = 'desk', lastStep = 0 }: EnrolOptions = {},
  ) {
    await tell(db, person, { kind: 'means-added', method })
    const id = random.uuid()
    const replaced = await store.replace(db, {
      id,
      person,
      method,
      secret: sealer.seal(secret, secretBinding(id)),
      enrolledAt: new Date(clock.now()),
      enrolledBy: actor.kind,
      confirmed: confirmed === 'nobody' ? null : confirmed,
      lastStep,
    })
    await lift(db, method, person)
    const about = { actor, person, ...(request && { request }) }
    if (replaced) await audit.append(db, { ...about, type: 'credential.removed', detail: { method } })
    const detail = { method, credential: id, confirmed }
    await audit.append(db, { ...about, type: 'credential.enrolled', detail })
    return id
  }

  async function enrolTotp(db: Db, person: PersonKey, actor: Actor, { secret, ...options }: EnrolOptions = {}) {
    const fresh = secret ?? random.bytes(SECRET_BYTES)
    if (fresh.length < SHORTEST_SECRET) throw new Error(`a secret of ${fresh.length} bytes is too short to enrol`)
    await enrol(db, { person, method: 'totp', secret: fresh }, actor, options)
    return { secret: fresh }
  }

  return {
    async find(db, person, method) {
      const row = await store.find(db, person, method)
      return row && { ...row, secret: sealer.open(row.secret, secretBinding(row.id)), lastStep: Number(row.lastStep) }
    },
    async seek(db, scheme, code, method) {
      const { person, means, pin } = await persons.findHolding(db, scheme, code, { method, decoy: decoy() })
      const { id } = means
      const secret = sealer.open(means.secret, secretBinding(id))
      return { secret, ...(person && { person }), ...(id !== decoyId && { credential: id }), ...(pin && { pin }) }
    },
    acceptStep: async (db, credential, step) =>
      (await atOnce(db, { when: [store.advance(credential, step)], acts: [] })) !== undefined,
    acceptance: store.advance,
    enrolTotp,
    enrol,
    async phone(db, person) {
      const row = await store.find(db, person, 'sms-code')
      return row && sealer.open(row.secret, secretBinding(row.id)).toString('utf8')
    },
    async revoke(db, person, method, actor, request) {
      if (await store.find(db, person, method)) await tell(db, person, { kind: 'means-removed', method })
      const done = await store.revoke(db, person, method)
      const about = { actor, person, ...(request && { request }) }
      if (done) {
        await audit.append(db, { ...about, type: 'credential.removed', detail: { method } })
        await noteHappened(db, person, new Date(clock.now()), { what: 'means', was: method })
      }
      return done
    },
    async held(db, person) {
      const all = await store.held(db, person)
      return all.map(({ lastStep, confirmed, ...row }) => ({
        ...row,
        lastStep: Number(lastStep),
        ...(confirmed && { confirmed }),
      }))
    },
    async wipe(tx, person, request) {
      const methods = await store.wipe(tx, person)
      if (methods.length === 0) return methods
      await tell(tx, person, { kind: 'wiped', method: methods.join(',') })
      await store.putWiped(tx, person, new Date(clock.now()), methods)
      await audit.append(tx, {
        type: 'credential.wiped',
        actor: { kind: 'citizen', person },
        person,
        ...(request && { request }),
        detail: { methods },
      })
      const gone = methods.map((was) => ({ what: 'means', was }) as const)
      await noteHappened(tx, person, new Date(clock.now()), ...gone)
      return methods
    },
    wiped: store.findWiped,
    forgetWiped: store.removeWiped,
    async issueLetter(db, person, actor) {
      const code = newActivationCode(random)
      const issued = clock.now()
      const expires = new Date(issued + LETTER_DAYS * 86_400_000)
      await store.putLetter(db, person, indexer.index(letterText(person, code)), new Date(issued), expires)
      await audit.append(db, {
        type: 'credential.letter-issued',
        actor,
        person,
        detail: { expires: expires.toISOString() },
      })
      return { code, expires }
    },
    async activate(db, person, code, request) {
      const hashes = indexer.all(letterText(person, code))
      if (!(await store.useLetter(db, person, hashes, new Date(clock.now())))) return undefined
      return enrolTotp(db, person, { kind: 'citizen', person }, { request })
    },
    purge: (db) => store.purgeLetters(db, new Date(clock.now())),
  }
}
