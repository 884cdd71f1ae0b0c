import { type Db, rows } from '../platform/db.ts'
import type { Algorithm, PublicJwk } from './vault.ts'

// Sealed private halves, for the vault in the database.

export interface PrivateRow {
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly sealed: Buffer
}

export async function put(db: Db, alg: Algorithm, row: PrivateRow, madeAt: Date): Promise<void> {
  await rows(db, 'insert into signing_private (kid, alg, public_jwk, sealed, made_at) values (?, ?, ?, ?, ?)', [
    row.kid,
    alg,
    JSON.stringify(row.publicJwk),
    row.sealed,
    madeAt,
  ])
}

/** The newest first. */
export function held(db: Db): Promise<Omit<PrivateRow, 'sealed'>[]> {
  return rows(db, 'select kid, public_jwk as "publicJwk" from signing_private order by made_at desc, kid')
}

export async function find(db: Db, kid: string): Promise<Buffer | undefined> {
  const [row] = await rows<{ sealed: Buffer }>(db, 'select sealed from signing_private where kid = ?', [kid])
  return row?.sealed
}

export async function remove(db: Db, kid: string): Promise<void> {
  await rows(db, 'delete from signing_private where kid = ?', [kid])
}
