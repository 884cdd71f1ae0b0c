import { type MethodId, type PersonKey, personKey } from '../identity/identifiers.ts'
import type { Db } from '../platform/db.ts'
import type { PersonStatus } from './kind-and-status.ts'
import type { MeansKind } from './means.ts'
import * as store from './register-events-store.ts'

// What has changed about a person and concerns others: written with the change itself, read by whoever must act upon it
// (login/consequences.ts). That somebody may not be let in any more needs none of this: every request looks at the register.

export type Happened =
  | { readonly what: 'status'; readonly was: PersonStatus; readonly now: PersonStatus }
  /** Also told by an import; which name or code it is now is for those to ask who may. */
  | { readonly what: 'name' }
  | { readonly what: 'codes' }
  /** They can't sign in with it any more; a new one in its place is no such thing. */
  | { readonly what: 'means'; readonly was: MeansKind }
  /** They shut this way in for themselves. */
  | { readonly what: 'blocked'; readonly was: MethodId }
  | { readonly what: 'locked' }
  | { readonly what: 'unlocked' }
  /** All earlier sign-ins of theirs are over, for a reason that the audit tells. */
  | { readonly what: 'ended' }

export type RegisterEvent = Happened & {
  readonly id: string
  readonly person: PersonKey
  /** Epoch milliseconds. */
  readonly at: number
}

/** In the transaction of the change; every node hears of it when that commits. */
export async function noteHappened(
  tx: Db,
  person: PersonKey,
  at: Date,
  ...happened: readonly Happened[]
): Promise<void> {
  for (const one of happened)
    await store.insert(tx, {
      ...{ person, at, what: one.what },
      was: 'was' in one ? one.was : null,
      now: 'now' in one ? one.now : null,
    })
}

/** The oldest, until `tx` ends nobody else's; those that are done with are to be removed in it. */
export async function takeHappened(tx: Db, most: number): Promise<readonly RegisterEvent[]> {
  return (await store.take(tx, most)).map(({ id, person, at, what, was, now }) => {
    const happened = { what, ...(was !== null && { was }), ...(now !== null && { now }) } as Happened
    return { ...happened, id, person: personKey(person), at: at.getTime() }
  })
}

export const forgetHappened = (tx: Db, events: readonly RegisterEvent[]): Promise<void> =>
  store.remove(
    tx,
    events.map(({ id }) => id),
  )
