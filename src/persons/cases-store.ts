import { type Db, rows } from '../platform/db.ts'

export interface Row {
  readonly id: string
  readonly number: string
  readonly person: string
  readonly openedAt: Date
  readonly said: 'page' | 'link'
  readonly about: Buffer
  readonly closedAt: Date | null
  readonly closedBy: string | null
  readonly outcome: Buffer | null
}

const COLUMNS = `id, number, person, opened_at as "openedAt", said, about, closed_at as "closedAt",
  closed_by as "closedBy", outcome`

export async function insert(
  tx: Db,
  { id, number, person, openedAt, said, about }: Omit<Row, 'closedAt' | 'closedBy' | 'outcome'>,
): Promise<void> {
  await rows(tx, 'insert into own_case (id, number, person, opened_at, said, about) values (?, ?, ?, ?, ?, ?)', [
    ...[id, number, person, openedAt, said, about],
  ])
}

/** Open ones only, oldest first, or all, newest first. */
export function list(db: Db, all: boolean, limit: number): Promise<Row[]> {
  const [which, order] = all ? ['true', 'desc'] : ['closed_at is null', 'asc']
  return rows(db, `select ${COLUMNS} from own_case where ${which} order by opened_at ${order}, id limit ?`, [limit])
}

export function ofPerson(db: Db, person: string): Promise<Row[]> {
  return rows(db, `select ${COLUMNS} from own_case where person = ? order by opened_at desc, id`, [person])
}

export async function find(db: Db, number: string): Promise<Row | undefined> {
  const [row] = await rows<Row>(db, `select ${COLUMNS} from own_case where number = ?`, [number])
  return row
}

/** @returns false when it was closed already. */
export async function close(tx: Db, id: string, at: Date, by: string, outcome: Buffer): Promise<boolean> {
  const closed = await rows(
    tx,
    'update own_case set closed_at = ?, closed_by = ?, outcome = ? where id = ? and closed_at is null returning 1',
    [at, by, outcome, id],
  )
  return closed.length === 1
}

export async function purge(db: Db, closedBefore: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    'with gone as (delete from own_case where closed_at < ? returning 1) select count(*) as gone from gone',
    [closedBefore],
  )
  return Number(found[0]?.gone)
}
