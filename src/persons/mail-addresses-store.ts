import { type Db, rows } from '../platform/db.ts'

export interface Row {
  readonly id: string
  readonly address: Buffer
  readonly confirmedAt: Date
}

export async function find(db: Db, person: string): Promise<Row | undefined> {
  const [row] = await rows<Row>(
    db,
    'select id, address, confirmed_at as "confirmedAt" from mail_address where person = ?',
    [person],
  )
  return row
}

export async function put(tx: Db, person: string, { id, address, confirmedAt }: Row): Promise<void> {
  await rows(
    tx,
    `insert into mail_address (person, id, address, confirmed_at) values (?, ?, ?, ?)
     on conflict (person) do update set id = excluded.id, address = excluded.address, confirmed_at = excluded.confirmed_at`,
    [person, id, address, confirmedAt],
  )
}

export async function remove(tx: Db, person: string): Promise<boolean> {
  return (await rows(tx, 'delete from mail_address where person = ? returning 1', [person])).length === 1
}
