import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { Confirmed } from './credentials.ts'
import type { MeansKeeper } from './means.ts'
import type { Notices } from './notices.ts'
import type { Person } from './person.ts'
import type { PinHash, PinHashing } from './pin-hash.ts'
import { faultOf, type PinFault } from './pin-rules.ts'
import * as store from './pins-store.ts'
import { noteHappened } from './register-events.ts'

// The PIN that a person may set besides their one-time codes; never a means by itself. Owns its hash and that each
// question is answered once; how often one may try is login/throttle's, when it is asked is methods/second-factor's.

/** A PIN that will do, hashed: made before the transaction, for it takes a twentieth of a second. */
export interface ReadyPin {
  readonly person: PersonKey
  readonly id: string
  readonly hashed: PinHash
}

export interface Pins {
  has(db: Db, person: PersonKey): Promise<boolean>
  /** @param pin as `plainDigits` gives it. */
  prepare(
    person: Person,
    pin: string,
  ): Promise<{ readonly ok: true; readonly ready: ReadyPin } | { readonly ok: false; readonly fault: PinFault }>
  /** Replaces a former one and lifts every wait for it. */
  set(db: Db, ready: ReadyPin, actor: Actor, options?: SetOptions): Promise<void>
  /** @returns false when there was none. */
  remove(db: Db, person: PersonKey, actor: Actor, request?: RequestId): Promise<boolean>
  /** Beside the person's other means. */
  readonly keeper: MeansKeeper
  /**
   * @returns the PIN's id where it is right, for `answered`; false where it is wrong; undefined where there is none.
   * A right one whose hash is outdated is hashed anew.
   */
  check(db: Db, person: PersonKey, pin: string): Promise<string | false | undefined>
  /**
   * For `atOnce`: uses up the question that was asked at `question`, for the one PIN that was checked.
   * @param question epoch milliseconds; one that was asked before the last one answered is used up too.
   */
  answered(pin: string, question: number): Part
  /** How many are hashed with an earlier pepper still. */
  underFormer(db: Db): Promise<number>
}

export interface SetOptions {
  readonly request?: RequestId | undefined
  /** Who strong stands behind it; absent: the desk. */
  readonly confirmed?: Confirmed | 'nobody'
}

export interface Needs {
  readonly hashing: PinHashing
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  /** Every wait of the PIN starts anew. */
  lift(db: Db, person: PersonKey): Promise<void>
  /** Each change is announced to the person. */
  readonly tell: Notices['tell']
}

export function openPins({ hashing, audit, clock, random, lift, tell }: Needs): Pins {
  const owner = (person: PersonKey, id: string): string => `pin|${person}|${id}`

  async function remove(db: Db, person: PersonKey, actor: Actor, request?: RequestId): Promise<boolean> {
    if (!(await store.has(db, person))) return false
    await tell(db, person, { kind: 'means-removed', method: 'pin' })
    const done = await store.remove(db, person)
    const about = { actor, person, ...(request && { request }) }
    if (done) {
      await audit.append(db, { ...about, type: 'credential.removed', detail: { method: 'pin' } })
      await noteHappened(db, person, new Date(clock.now()), { what: 'means', was: 'pin' })
    }
    return done
  }

  const keeper: MeansKeeper = {
    kind: 'pin',
    async list(db, person) {
      const row = await store.held(db, person)
      if (!row) return []
      const { id, setAt, setBy, confirmed, lastQuestion } = row
      const usedAt = Number(lastQuestion)
      return [
        {
          kind: 'pin',
          id,
          enrolledAt: setAt,
          ...(usedAt > 0 && { usedAt: new Date(usedAt) }),
          by: setBy === 'citizen' ? 'citizen' : 'desk',
          ...(confirmed && { confirmed }),
          level: 'substantial',
        },
      ]
    },
    remove: async (tx, person, id, { actor, request }) =>
      (await store.held(tx, person))?.id === id && (await remove(tx, person, actor, request)),
  }

  return {
    keeper,
    remove,
    has: store.has,
    async prepare(person, pin) {
      const fault = faultOf(pin, person)
      if (fault) return { ok: false, fault }
      const id = random.uuid()
      return { ok: true, ready: { person: person.key, id, hashed: await hashing.hash(pin, owner(person.key, id)) } }
    },
    async set(db, { person, id, hashed }, actor, { request, confirmed = 'desk' } = {}) {
      const at = new Date(clock.now())
      await tell(db, person, { kind: 'means-added', method: 'pin' })
      const by = { at, kind: actor.kind, confirmed: confirmed === 'nobody' ? null : confirmed }
      const replaced = await store.replace(db, person, { id, ...hashed }, by)
      await lift(db, person)
      const about = { actor, person, ...(request && { request }) }
      if (replaced) await audit.append(db, { ...about, type: 'credential.removed', detail: { method: 'pin' } })
      await audit.append(db, {
        ...about,
        type: 'credential.enrolled',
        detail: { method: 'pin', credential: id, confirmed },
      })
    },
    async check(db, person, pin) {
      const row = await store.find(db, person)
      if (!row) return undefined
      if (!(await hashing.fits(pin, owner(person, row.id), row))) return false
      if (hashing.outdated(row))
        await store.rehash(db, { id: row.id, ...(await hashing.hash(pin, owner(person, row.id))) })
      return row.id
    },
    answered: store.answered,
    underFormer: (db) => store.countOthers(db, hashing.pepper()),
  }
}
