import { type Db, rows } from '../platform/db.ts'

export interface EventRow {
  readonly id: string
  readonly person: string
  readonly what: string
  readonly was: string | null
  readonly now: string | null
  readonly at: Date
}

/** Nodes hear of it when the transaction commits. */
export const WAKE = "pg_notify('pratu', 'register')"

export async function insert(tx: Db, { person, what, was, now, at }: Omit<EventRow, 'id'>): Promise<void> {
  await rows(
    tx,
    `with event as (insert into register_event (person, what, was, now, at) values (?, ?, ?, ?, ?) returning 1)
     select ${WAKE} from event`,
    [person, what, was, now, at],
  )
}

export const take = (tx: Db, most: number): Promise<EventRow[]> =>
  rows(tx, 'select id, person, what, was, now, at from register_event order by id limit ? for update skip locked', [
    most,
  ])

export async function remove(tx: Db, ids: readonly string[]): Promise<void> {
  await rows(tx, 'delete from register_event where id = any(?::bigint[])', [[...ids]])
}
