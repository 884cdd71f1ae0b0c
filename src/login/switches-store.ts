import type { Words } from '../identity/language.ts'
import { type Db, rows } from '../platform/db.ts'

export interface SwitchRow {
  readonly method: string
  readonly client: string | null
  readonly reason: Words | null
  readonly made_at: Date
}

export function all(db: Db): Promise<SwitchRow[]> {
  return rows(db, 'select method, client, reason, made_at from method_switch order by method, client nulls first')
}

/** Replaces the one that was there. */
export async function put(db: Db, { method, client, reason, made_at }: SwitchRow): Promise<void> {
  await rows(
    db,
    `insert into method_switch (method, client, reason, made_at) values (?, ?, ?, ?)
     on conflict (method, client) do update set reason = excluded.reason, made_at = excluded.made_at`,
    [method, client, reason && JSON.stringify(reason), made_at],
  )
}

/** @returns whether there was one. */
export async function remove(db: Db, method: string, client: string | null): Promise<boolean> {
  const gone = await rows(
    db,
    'delete from method_switch where method = ? and client is not distinct from cast(? as text) returning 1',
    [method, client],
  )
  return gone.length > 0
}
