import { type Db, rows } from '../platform/db.ts'
import type { Ending } from './queue-store.ts'

export interface ReceiptRow {
  readonly id: string
  readonly kind: string
  readonly destination: string
  readonly person: string | null
  readonly session: string | null
  readonly about: string | null
  readonly made_at: Date
  readonly tries: number
  readonly tried_at: Date | null
  readonly due_at: Date
  readonly ended_at: Date | null
  readonly outcome: Ending | null
}

export interface Wanted {
  readonly kinds: readonly string[]
  readonly person?: string | undefined
  readonly session?: string | undefined
  readonly destination?: string | undefined
  readonly state?: 'waiting' | Ending | undefined
  /** Only what comes after this one, newest first. */
  readonly after?: { readonly madeAt: Date; readonly id: string } | undefined
}

function where({ kinds, person, session, destination, state, after }: Wanted): { sql: string; values: unknown[] } {
  const conditions: (readonly [string, ...unknown[]])[] = [['kind = any(?)', [...kinds]]]
  if (person !== undefined) conditions.push(['person = ?', person])
  if (session !== undefined) conditions.push(['session = ?', session])
  if (destination !== undefined) conditions.push(['destination = ?', destination])
  if (state === 'waiting') conditions.push(['ended_at is null'])
  else if (state !== undefined) conditions.push(['ended_at is not null and outcome = ?', state])
  if (after) conditions.push(['(made_at, id) < (?, ?::uuid)', after.madeAt, after.id])
  return {
    sql: conditions.map(([sql]) => sql).join(' and '),
    values: conditions.flatMap(([, ...values]) => values),
  }
}

/** Newest first. */
export function find(db: Db, wanted: Wanted, limit: number): Promise<ReceiptRow[]> {
  const { sql, values } = where(wanted)
  return rows(
    db,
    `select id, kind, destination, person, session, about, made_at, tries, tried_at, due_at, ended_at, outcome
     from job where ${sql} order by made_at desc, id desc limit ?`,
    [...values, limit],
  )
}

/** What waits is due now; what was given up is so again. @returns how many there were. */
export async function renew(tx: Db, wanted: Wanted & { readonly id?: string | undefined }, now: Date): Promise<number> {
  const { sql, values } = where(wanted)
  const [one, ids] = wanted.id === undefined ? ['', []] : [' and id = ?', [wanted.id]]
  const found = await rows<{ renewed: number }>(
    tx,
    `with renewed as (
       update job set ended_at = null, outcome = null, due_at = ?, renewed_at = ?
       where ${sql}${one} and payload is not null and not held returning 1),
     told as (select pg_notify('pratu', 'jobs') from renewed limit 1)
     select (select count(*) from renewed)::int as renewed, (select count(*) from told) as told`,
    [now, now, ...values, ...ids],
  )
  return found[0]?.renewed ?? 0
}
