import { type ClientId, clientId, type PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import type { EventType } from './entry.ts'
import * as store from './own-history-store.ts'

// What a person sees of what was done in their name (shown.ts says which entries and what of them). Written with the
// audit's own statement, kept for a time of its own: a table by months, of which the old ones are dropped whole.

export interface Line {
  /** Names the line in an address; means nothing without its person. */
  readonly ref: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly type: EventType
  readonly client?: ClientId
  readonly detail: Readonly<Record<string, Json>>
}

export interface Wanted {
  /** 50 unless said. */
  readonly limit?: number
  /** The line after which to go on, further back in time. */
  readonly after?: Pick<Line, 'ref' | 'at'>
  /** Only these kinds. */
  readonly types?: readonly EventType[]
}

export interface OwnHistory {
  /** The newest first. What is older than its retention is not shown, dropped already or not. */
  of(db: Db, person: PersonKey, wanted?: Wanted): Promise<readonly Line[]>
  find(db: Db, person: PersonKey, ref: string): Promise<Line | undefined>
  /**
   * Makes the coming months, and takes rows that found none into theirs when their month is over. Never makes a month that
   * is written to: a row on its way would find its place taken.
   */
  makeMonths(tx: Db): Promise<void>
  /**
   * Drops the months that are past their retention. In a transaction of its own, for whoever holds a part of the table and
   * then wants all of it stands in the way of those who hold the whole and want the part.
   * @returns how many there were.
   */
  dropMonths(tx: Db): Promise<number>
}

export interface Needs {
  readonly sealer: Sealer
  readonly clock: Clock
  readonly retentionDays: number
}

export const shownBinding = (event: string): string => cell('own_history', 'detail', event)

const PAGE = 50
const DAY = 86_400_000
/** After the end of a month, nobody writes into it any more: no statement takes so long, no clock is so wrong. */
const LATE = 3_600_000
/** Months made ahead: a job that rests for weeks must not be missed. */
const AHEAD = 3

export function openOwnHistory({ sealer, clock, retentionDays }: Needs): OwnHistory {
  const lineOf = ({ event, at, type, client, detail }: store.StoredLine): Line => ({
    ref: event,
    at: at.getTime(),
    type,
    ...(client !== null && { client: clientId(client) }),
    detail: JSON.parse(sealer.open(detail, shownBinding(event)).toString('utf8')) as Record<string, Json>,
  })
  const bounds = () => {
    const now = clock.now()
    return { from: new Date(now - retentionDays * DAY), now: new Date(now) }
  }

  return {
    async of(db, person, { limit = PAGE, after, types } = {}) {
      const found = await store.lines(db, person, {
        ...bounds(),
        limit,
        ...(after && { after: { event: after.ref, at: new Date(after.at) } }),
        ...(types && { types }),
      })
      return found.map(lineOf)
    },
    async find(db, person, ref) {
      if (!UUID.test(ref)) return undefined
      const found = await store.line(db, person, ref, bounds())
      return found && lineOf(found)
    },
    async makeMonths(tx) {
      const { now } = bounds()
      await store.makeMonths(tx, { ahead: monthsAfter(now, AHEAD), over: monthOf(new Date(now.getTime() - LATE)) })
    },
    dropMonths: (tx) => store.dropBefore(tx, bounds().from),
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The first moment of its month, UTC; or of the one so many months later. */
const monthOf = (at: Date, later = 0): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + later, 1))

const monthsAfter = (now: Date, count: number): Date[] =>
  Array.from({ length: count }, (_, index) => monthOf(now, index + 1))
