import { type Db, rows } from '../platform/db.ts'

export interface OperatorRow {
  readonly key: string
  readonly name: string
  readonly record: Buffer
  readonly addedAt: Date
  readonly removedAt: Date | null
}

const COLUMNS = 'key, name, record, added_at as "addedAt", removed_at as "removedAt"'
/** Whoever makes the first operators, and whoever acts because there are none, take turns. */
const FIRST_LOCK = 0x6f706572 // 'oper'

/** @param lock until the transaction ends, nobody ends or changes it. */
export async function find(db: Db, key: string, lock: 'share' | 'update'): Promise<OperatorRow | undefined> {
  const [row] = await rows<OperatorRow>(db, `select ${COLUMNS} from operator where key = ? for ${lock}`, [key])
  return row
}

export function all(db: Db): Promise<OperatorRow[]> {
  return rows(db, `select ${COLUMNS} from operator order by added_at, name`)
}

export async function any(db: Db): Promise<boolean> {
  await rows(db, 'select pg_advisory_xact_lock_shared(?)', [FIRST_LOCK])
  return (await rows(db, 'select from operator limit 1')).length > 0
}

/** One after the other, until the transaction ends: those who begin, add and remove operators. */
export async function lock(db: Db): Promise<void> {
  await rows(db, 'select pg_advisory_xact_lock(?)', [FIRST_LOCK])
}

export async function insert(db: Db, { key, name, record, addedAt }: Omit<OperatorRow, 'removedAt'>): Promise<void> {
  await rows(db, 'insert into operator (key, name, record, added_at) values (?, ?, ?, ?)', [key, name, record, addedAt])
}

export async function end(db: Db, key: string, record: Buffer, at: Date): Promise<void> {
  await rows(db, 'update operator set record = ?, removed_at = ? where key = ? and removed_at is null', [
    record,
    at,
    key,
  ])
}
