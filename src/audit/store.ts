import type { Part } from '../platform/at-once.ts'
import { type Db, rows } from '../platform/db.ts'

export interface Row {
  readonly event: string
  readonly at: Date
  readonly type: string
  readonly person: string | null
  readonly client: string | null
  readonly request: string | null
  readonly payload: Buffer | null
  readonly salt: Buffer | null
  readonly commitment: Buffer
}

/** A row to be written, with what its person will see of it on their own page: sealed, absent where that is nothing. */
export interface NewRow extends Row {
  readonly shown?: Buffer
  readonly shownFrom?: Date | null
  /** Of an operator's entry: the id of their key, and its signature. */
  readonly signer?: string
  readonly signature?: Buffer
}

const WRITTEN = 'event, at, type, person, client, request, payload, salt, commitment'
const VALUES = '?, ?, ?, ?, ?, ?, ?, ?, ?'
const INSERT = `insert into audit_event (${WRITTEN}, signer, signature)`

const valuesOf = (row: Row): unknown[] => [
  row.event,
  row.at,
  row.type,
  row.person,
  row.client,
  row.request,
  row.payload,
  row.salt,
  row.commitment,
]

const SHOWN_VALUES = '(?, ?, ?, ?, ?, ?, ?)'

const SHOW = 'insert into own_history (person, at, event, type, client, shown_from, detail)'

const shownValuesOf = (row: NewRow): unknown[] => [
  row.person,
  row.at,
  row.event,
  row.type,
  row.client,
  row.shownFrom ?? null,
  row.shown,
]

/** In one statement. */
export async function insert(db: Db, entries: readonly NewRow[]): Promise<void> {
  const shown = entries.filter((row) => row.shown)
  const show = shown.length > 0 ? `with shown as (${SHOW} values ${shown.map(() => SHOWN_VALUES).join(', ')}) ` : ''
  await rows(db, `${show}${INSERT} values ${entries.map(() => `(${VALUES}, ?, ?)`).join(', ')}`, [
    ...shown.flatMap(shownValuesOf),
    ...entries.flatMap((row) => [...valuesOf(row), row.signer ?? null, row.signature ?? null]),
  ])
}

const INSERT_PART = `insert into audit_event (${WRITTEN}) select ${VALUES} where {only} returning 1`
const SHOW_PART = `${SHOW} select ?, ?, ?, ?, ?, ?, ? where {only} returning 1`

/** The same as parts of another statement, unsigned. */
export function insertions(row: NewRow): Part[] {
  const entry = { sql: INSERT_PART, values: valuesOf(row) }
  return row.shown ? [entry, { sql: SHOW_PART, values: shownValuesOf(row) }] : [entry]
}

export interface StoredRow extends Row {
  /** PostgreSQL's bigint comes as text. */
  readonly id: string
  readonly leafIndex: string | null
  readonly signer: string | null
  readonly signature: Buffer | null
}

const COLUMNS = `id, ${WRITTEN}, leaf_index as "leafIndex", signer, signature`

export async function lastId(db: Db): Promise<string> {
  const found = await rows<{ id: string }>(db, 'select coalesce(max(id), 0) as id from audit_event')
  return found[0]?.id ?? '0'
}

/** In id order. */
export function page(db: Db, after: string, through: string, limit: number): Promise<StoredRow[]> {
  return rows(db, `select ${COLUMNS} from audit_event where id > ? and id <= ? order by id limit ?`, [
    after,
    through,
    limit,
  ])
}

export interface Filter {
  readonly since?: Date
  readonly type?: string
  readonly client?: string
  readonly request?: string
  readonly person?: string
  readonly limit: number
}

/** The newest that match, newest first. */
export function newest(db: Db, { since, type, client, request, person, limit }: Filter): Promise<StoredRow[]> {
  const wanted = [
    since && (['at >= ?', since] as const),
    type && (['type = ?', type] as const),
    client && (['client = ?', client] as const),
    request && (['request = ?', request] as const),
    person && (['person = ?', person] as const),
  ].filter((condition) => condition !== undefined && condition !== '')
  const where = wanted.length === 0 ? '' : `where ${wanted.map(([sql]) => sql).join(' and ')}`
  return rows(db, `select ${COLUMNS} from audit_event ${where} order by id desc limit ?`, [
    ...wanted.map(([, value]) => value),
    limit,
  ])
}

/** Erases payload and salt of what is older, some types excepted. @returns how many rows lost them. */
export async function erase(db: Db, before: Date, kept: readonly string[]): Promise<number> {
  const found = await rows<{ erased: string }>(
    db,
    `with erased as (
       update audit_event set payload = null, salt = null where at < ? and payload is not null and not type = any(?) returning 1)
     select count(*) as erased from erased`,
    [before, kept],
  )
  return Number(found[0]?.erased)
}

/** Which of these relying parties were ever given a code about which of these persons. */
export const acquainted = (db: Db, persons: readonly string[], clients: readonly string[]) =>
  rows<{ readonly person: string; readonly client: string }>(
    db,
    `select distinct person, client from audit_event
     where person = any(?::uuid[]) and type = 'code.issued' and client = any(?)`,
    [[...persons], [...clients]],
  )

export function issuedBetween(
  db: Db,
  from: Date,
  to: Date,
): Promise<{ readonly client: string; readonly times: number }[]> {
  return rows(
    db,
    `select client, count(*)::int as times from audit_event
     where type = 'tokens.issued' and at >= ? and at <= ? and client is not null group by client order by times desc, client`,
    [from, to],
  )
}
