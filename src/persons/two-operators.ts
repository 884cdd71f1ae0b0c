import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Indexer, type Sealer } from '../platform/seal.ts'
import * as store from './two-operators-store.ts'

// What one operator may not do alone: one asks and says why, another allows it within a day. Owns the requests and that
// nobody allows their own; does not own what is done then (a desk's passkey, a recovery), nor who operators are: today
// the account that ran the command. Each step is on record in the audit.

export type RequestKind = store.RequestRow['kind']
export type Operator = Extract<Actor, { kind: 'operator' }>

export interface OperatorRequest {
  /** A small number, to be said on the telephone. */
  readonly id: string
  readonly kind: RequestKind
  readonly person: PersonKey
  readonly askedBy: string
  /** Epoch milliseconds, as all times here. */
  readonly askedAt: number
  readonly reason: string
  readonly expiresAt: number
  readonly approved?: { readonly by: string; readonly at: number }
  readonly refused?: { readonly by: string; readonly at: number }
  readonly usedAt?: number
}

/** Why a request can't be decided: there is none, it is decided, too old, or the operator's own. */
export type NotDecided = 'unknown' | 'decided' | 'expired' | 'own'

export type Decided =
  | { readonly ok: true; readonly request: OperatorRequest }
  | { readonly ok: false; readonly because: NotDecided }

export interface TwoOperators {
  /**
   * With its audit entry. A desk's comes with the code that opens it once, after it is allowed: 12 digits, which only
   * whoever asked is told. Allowing alone opens nothing, and neither does asking.
   */
  ask(db: Db, wish: Wish): Promise<{ readonly request: OperatorRequest; readonly code?: string }>
  /** Waiting for another operator, the oldest first. */
  waiting(db: Db): Promise<readonly OperatorRequest[]>
  find(db: Db, id: string): Promise<OperatorRequest | undefined>
  /** With its audit entry; of two at once, one. */
  approve(db: Db, id: string, by: Operator): Promise<Decided>
  /** As `approve`; one's own may be taken back this way. */
  refuse(db: Db, id: string, by: Operator): Promise<Decided>
  /**
   * The code, brought to a browser that holds `browser` from now on: once, within 15 minutes of the approval.
   * @returns undefined when any of that is not so.
   */
  openDesk(db: Db, id: string, code: string, browser: string): Promise<OperatorRequest | undefined>
  /** Whether this browser opened it, and it is neither used nor too old. */
  atDesk(db: Db, id: string, browser: string): Promise<OperatorRequest | undefined>
  /** With its audit entry. @returns false when it was used before, or not allowed. */
  use(db: Db, request: OperatorRequest): Promise<boolean>
  /** Forgets what was asked for more than a year ago. @returns how many. */
  purge(db: Db): Promise<number>
}

export interface Wish {
  readonly kind: RequestKind
  readonly person: PersonKey
  readonly reason: string
  readonly by: Operator
}

/** In milliseconds. */
export const REQUEST_LIFE = 24 * 3_600_000
export const DESK_LIFE = 15 * 60_000
const KEPT = 365 * 86_400_000
const CODE_DIGITS = 12

export interface Needs {
  readonly sealer: Sealer
  /** Keyed hashes of codes and browsers. */
  readonly indexer: Indexer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}

export function openTwoOperators({ sealer, indexer, audit, clock, random }: Needs): TwoOperators {
  const binding = (id: string): string => cell('operator_request', 'reason', id)
  const codeHash = (id: string, code: string): Buffer => indexer.index(`desk code|${id}|${code}`)
  const browserHash = (id: string, browser: string): Buffer => indexer.index(`desk browser|${id}|${browser}`)

  const requestOf = (row: store.RequestRow): OperatorRequest => ({
    id: row.id,
    kind: row.kind,
    person: row.person,
    askedBy: row.askedBy,
    askedAt: row.askedAt.getTime(),
    reason: sealer.open(row.reason, binding(row.id)).toString('utf8'),
    expiresAt: row.expiresAt.getTime(),
    ...(row.approvedBy !== null && { approved: { by: row.approvedBy, at: row.approvedAt!.getTime() } }),
    ...(row.refusedBy !== null && { refused: { by: row.refusedBy, at: row.refusedAt!.getTime() } }),
    ...(row.usedAt && { usedAt: row.usedAt.getTime() }),
  })

  function decide(on: Db, id: string, by: Operator, { approves }: { readonly approves: boolean }): Promise<Decided> {
    return transaction(on, async (tx) => {
      const row = await store.find(tx, id, true)
      const now = clock.now()
      if (!row) return { ok: false, because: 'unknown' }
      if (row.approvedBy !== null || row.refusedBy !== null) return { ok: false, because: 'decided' }
      if (now >= row.expiresAt.getTime()) return { ok: false, because: 'expired' }
      if (approves && row.askedBy === by.name) return { ok: false, because: 'own' }
      const at = new Date(now)
      await (approves ? store.approve : store.refuse)(tx, id, by.name, at)
      await audit.append(tx, {
        type: approves ? 'operators.approved' : 'operators.refused',
        actor: by,
        person: row.person,
        detail: { operatorRequest: id, kind: row.kind, askedBy: row.askedBy },
      })
      const mark = approves ? { approvedBy: by.name, approvedAt: at } : { refusedBy: by.name, refusedAt: at }
      return { ok: true, request: requestOf({ ...row, ...mark }) }
    })
  }

  const found = async (db: Db, id: string): Promise<store.RequestRow | undefined> =>
    isId(id) ? store.find(db, id) : undefined

  return {
    ask: (on, { kind, person, reason, by }) =>
      transaction(on, async (tx) => {
        const id = await store.nextId(tx)
        const now = clock.now()
        const code = kind === 'desk-passkey' ? random.digits(CODE_DIGITS) : undefined
        const row = {
          id,
          kind,
          person,
          askedBy: by.name,
          askedAt: new Date(now),
          reason: sealer.seal(reason, binding(id)),
          expiresAt: new Date(now + REQUEST_LIFE),
          code: code === undefined ? null : codeHash(id, code),
        }
        await store.insert(tx, row)
        await audit.append(tx, {
          type: 'operators.asked',
          actor: by,
          person,
          detail: { operatorRequest: id, kind, reason },
        })
        const undecided = { approvedBy: null, approvedAt: null, refusedBy: null, refusedAt: null }
        const request = requestOf({ ...row, ...undecided, usedAt: null, browser: null })
        return { request, ...(code !== undefined && { code }) }
      }),
    waiting: async (db) => (await store.open(db, new Date(clock.now()))).map(requestOf),
    async find(db, id) {
      const row = await found(db, id)
      return row && requestOf(row)
    },
    approve: (db, id, by) => (isId(id) ? decide(db, id, by, { approves: true }) : unknown()),
    refuse: (db, id, by) => (isId(id) ? decide(db, id, by, { approves: false }) : unknown()),
    async openDesk(db, id, code, browser) {
      if (!isId(id)) return undefined
      const since = new Date(clock.now() - DESK_LIFE)
      const opened = await store.openDesk(db, id, codeHash(id, code), browserHash(id, browser), since)
      const row = opened ? await store.find(db, id) : undefined
      return row && requestOf(row)
    },
    async atDesk(db, id, browser) {
      const row = await found(db, id)
      const late = !row?.approvedAt || clock.now() > row.approvedAt.getTime() + DESK_LIFE
      if (!row?.browser || row.usedAt || late) return undefined
      return row.browser.equals(browserHash(id, browser)) ? requestOf(row) : undefined
    },
    use: (on, { id, kind, person, askedBy, approved }) =>
      transaction(on, async (tx) => {
        if (!(await store.use(tx, id, new Date(clock.now())))) return false
        await audit.append(tx, {
          type: 'operators.used',
          actor: { kind: 'service', part: 'two-operators' },
          person,
          detail: { operatorRequest: id, kind, askedBy, approvedBy: approved?.by },
        })
        return true
      }),
    purge: (db) => store.purge(db, new Date(clock.now() - KEPT)),
  }
}

/** What bigint takes. */
const isId = (text: string): boolean => /^[1-9]\d{0,17}$/.test(text)

const unknown = async (): Promise<Decided> => ({ ok: false, because: 'unknown' })
