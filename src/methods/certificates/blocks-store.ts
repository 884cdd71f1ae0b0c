import type { Words } from '../../identity/language.ts'
import { type Db, rows } from '../../platform/db.ts'

export interface BlockRow {
  /** bigint: text on the wire. */
  readonly id: string
  readonly issuer: string | null
  readonly issued_from: Date | null
  readonly issued_before: Date | null
  readonly key_type: string | null
  readonly serials: Buffer | null
  readonly reason: Words
  readonly made_at: Date
}

const COLUMNS = 'id, issuer, issued_from, issued_before, key_type, serials, reason, made_at'

export async function ids(db: Db): Promise<string[]> {
  return (await rows<{ id: string }>(db, 'select id from card_block order by id')).map(({ id }) => id)
}

export function some(db: Db, wanted: readonly string[]): Promise<BlockRow[]> {
  return rows(db, `select ${COLUMNS} from card_block where id = any(cast(? as bigint[])) order by id`, [[...wanted]])
}

export async function insert(db: Db, block: Omit<BlockRow, 'id'>): Promise<string> {
  const [row] = await rows<{ id: string }>(
    db,
    `insert into card_block (issuer, issued_from, issued_before, key_type, serials, reason, made_at)
     values (?, ?, ?, ?, ?, ?, ?) returning id`,
    [
      block.issuer,
      block.issued_from,
      block.issued_before,
      block.key_type,
      block.serials,
      JSON.stringify(block.reason),
      block.made_at,
    ],
  )
  return row!.id
}

/** What was taken away; undefined when there is no such block. */
export async function remove(db: Db, id: string): Promise<BlockRow | undefined> {
  const [row] = await rows<BlockRow>(db, `delete from card_block where id = cast(? as bigint) returning ${COLUMNS}`, [
    id,
  ])
  return row
}
