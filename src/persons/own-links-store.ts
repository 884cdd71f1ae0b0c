import { type Db, rows } from '../platform/db.ts'

export interface Row {
  readonly person: string
  readonly about: Buffer
}

export async function insert(
  tx: Db,
  hash: Buffer,
  { person, about, expires }: Row & { readonly expires: Date },
): Promise<void> {
  await rows(tx, 'insert into own_link (hash, person, about, expires_at) values (?, ?, ?, ?)', [
    hash,
    person,
    about,
    expires,
  ])
}

export async function find(db: Db, hash: Buffer, now: Date): Promise<Row | undefined> {
  const [row] = await rows<Row>(
    db,
    'select person, about from own_link where hash = ? and used_at is null and expires_at > ?',
    [hash, now],
  )
  return row
}

/** Of any number at once, one uses it. */
export async function use(tx: Db, hash: Buffer, now: Date): Promise<Row | undefined> {
  const [row] = await rows<Row>(
    tx,
    'update own_link set used_at = ? where hash = ? and used_at is null and expires_at > ? returning person, about',
    [now, hash, now],
  )
  return row
}

export async function purge(db: Db, now: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    'with gone as (delete from own_link where expires_at <= ? returning 1) select count(*) as gone from gone',
    [now],
  )
  return Number(found[0]?.gone)
}
