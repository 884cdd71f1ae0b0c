import { type PersonKey, personKey } from '../identity/identifiers.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import * as store from './receipts-store.ts'

// What has become of a job: still waiting, and until when; done; refused; or given up. It is the row itself, which outlives
// its content for as long as the kind says.

export const DELIVERY_STATES = ['waiting', 'delivered', 'refused', 'given-up'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export type Receipt = {
  /** Also what the receiver was told it by (`jti`). */
  readonly id: string
  readonly kind: string
  readonly destination: string
  readonly person?: PersonKey
  readonly session?: string
  readonly about?: string
  /** Epoch milliseconds, here and below. */
  readonly madeAt: number
  readonly tries: number
  readonly triedAt?: number
} & ({ readonly state: 'waiting'; readonly nextTry: number } | Ended)

interface Ended {
  readonly state: Exclude<DeliveryState, 'waiting'>
  readonly endedAt: number
}

export interface Which {
  readonly kinds: readonly string[]
  readonly person?: PersonKey | undefined
  readonly session?: string | undefined
  readonly destination?: string | undefined
  readonly state?: DeliveryState | undefined
}

export interface Receipts {
  /** Newest first, at most so many; `after`: those that follow this one. */
  find(db: Db, which: Which & { readonly after?: Receipt | Place }, limit: number): Promise<readonly Receipt[]>
  /**
   * What waits is tried now, and what was given up begins anew where its kind keeps the content; by its id, that one alone.
   * What a node is trying at this moment is left to it. @returns how many.
   */
  renew(tx: Db, which: Which & { readonly id?: string }): Promise<number>
}

/** Where a page of receipts ends. */
export type Place = Pick<Receipt, 'madeAt' | 'id'>

const OUTCOME = { waiting: 'waiting', delivered: 'done', refused: 'refused', 'given-up': 'given-up' } as const

export function openReceipts({ clock }: { readonly clock: Clock }): Receipts {
  return {
    async find(db, { after, state, ...which }, limit) {
      const wanted = {
        ...which,
        state: state && OUTCOME[state],
        after: after && { madeAt: new Date(after.madeAt), id: after.id },
      }
      return (await store.find(db, wanted, limit)).map(receiptOf)
    },
    renew: (tx, { state, ...which }) =>
      store.renew(tx, { ...which, state: state && OUTCOME[state] }, new Date(clock.now())),
  }
}

function receiptOf(row: store.ReceiptRow): Receipt {
  const { id, kind, destination, person, session, about, tries } = row
  return {
    ...{ id, kind, destination, tries, madeAt: row.made_at.getTime() },
    ...(person !== null && { person: personKey(person) }),
    ...(session !== null && { session }),
    ...(about !== null && { about }),
    ...(row.tried_at && { triedAt: row.tried_at.getTime() }),
    ...(row.ended_at && row.outcome
      ? { state: row.outcome === 'done' ? 'delivered' : row.outcome, endedAt: row.ended_at.getTime() }
      : { state: 'waiting', nextTry: row.due_at.getTime() }),
  }
}
