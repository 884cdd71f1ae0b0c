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

const VALUES = '(?, ?, ?, ?, ?, ?, ?, ?, ?)'

const INSERT = 'insert into audit_event (event, at, type, person, client, request, payload, salt, commitment)'

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

/** In one statement. */
export async function insert(db: Db, entries: readonly Row[]): Promise<void> {
  await rows(db, `${INSERT} values ${entries.map(() => VALUES).join(', ')}`, entries.flatMap(valuesOf))
}

export const insertion = (row: Row): Part => ({
  sql: (only) => `${INSERT} select ?, ?, ?, ?, ?, ?, ?, ?, ? where ${only} returning 1`,
  values: valuesOf(row),
})

export interface StoredRow extends Row {
  /** PostgreSQL's bigint comes as text. */
  readonly id: string
  readonly leafIndex: string | null
}

const COLUMNS = 'id, event, at, type, person, client, request, payload, salt, commitment, leaf_index as "leafIndex"'

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

/** Erases payload and salt of what is older. @returns how many rows lost them. */
export async function erase(db: Db, before: Date): Promise<number> {
  const found = await rows<{ erased: string }>(
    db,
    `with erased as (
       update audit_event set payload = null, salt = null where at < ? and payload is not null returning 1)
     select count(*) as erased from erased`,
    [before],
  )
  return Number(found[0]?.erased)
}

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
