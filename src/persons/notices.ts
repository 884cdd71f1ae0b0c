import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Queue } from '../jobs/queue.ts'
import type { Db } from '../platform/db.ts'

// Each change of what somebody signs in with is announced on another channel of theirs: the telephone that is enrolled,
// the former one when the number itself changes. What is announced commits with the change; it is sent from the queue.
// What happened stays readable in the audit (`credential.*` entries of the person), with or without a telephone.

export type NoticeKind = 'means-added' | 'means-removed' | 'recovered' | 'wiped' | 'method-blocked' | 'method-opened'

export interface Notice {
  readonly kind: NoticeKind
  /** A method's id or `pin`; several with commas. */
  readonly method: string
  /** The channel that changed itself: nothing goes there. */
  readonly except?: MethodId
}

export interface Notices {
  /**
   * Before the change, in its transaction: then a telephone that is about to be replaced or taken away still hears of it.
   * The same of the same person is told once in a transaction, whoever says it first; and of somebody who begins anew
   * (`recovered`) not each means that goes.
   */
  tell(tx: Db, person: PersonKey, notice: Notice): Promise<void>
}

/** What the queue holds of an announcement. */
export interface Announcement {
  readonly to: string
  readonly person: PersonKey
  readonly kind: NoticeKind
  readonly method: string
}

export const ANNOUNCEMENT = 'announcement'
const DESTINATION = 'sms-gateway'

export interface Needs {
  /** Absent where no text messages are sent: then nothing is announced but by the audit. */
  readonly queue?: Queue | undefined
  /** E.164. */
  readonly phoneOf: (db: Db, person: PersonKey) => Promise<string | undefined>
}

export function openNotices({ queue, phoneOf }: Needs): Notices {
  // A transaction is an object of its own; with it goes what was told in it.
  const told = new WeakMap<Db, Set<string>>()

  function isNew(tx: Db, person: PersonKey, { kind, method }: Notice): boolean {
    if (tx.isTransaction !== true) return true
    const before = told.get(tx) ?? new Set<string>()
    told.set(tx, before)
    const said = `${person}|${kind}|${method}`
    const all = `${person}|recovered`
    if (before.has(said) || before.has(all)) return false
    before.add(said)
    if (kind === 'recovered') before.add(all)
    return true
  }

  return {
    async tell(tx, person, notice) {
      const { kind, method, except } = notice
      if (!queue || except === 'sms-code' || !isNew(tx, person, notice)) return
      const to = await phoneOf(tx, person)
      if (to === undefined) return
      const announcement: Announcement = { to, person, kind, method }
      await queue.put(tx, { kind: ANNOUNCEMENT, destination: DESTINATION, payload: { ...announcement } satisfies Json })
    },
  }
}
