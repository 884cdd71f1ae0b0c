import { type Db, rows } from '../platform/db.ts'

/** False when another node is at this work right now. Held until the transaction ends, however it ends. */
export async function takeTurn(tx: Db, name: string): Promise<boolean> {
  const found = await rows<{ mine: boolean }>(
    tx,
    "select pg_try_advisory_xact_lock(hashtext('jobs'), hashtext(?)) as mine",
    [name],
  )
  return found[0]?.mine ?? false
}

/** False when it was done within the period, by whichever node. */
export async function markDone(tx: Db, name: string, now: Date, notSince: Date): Promise<boolean> {
  const marked = await rows(
    tx,
    `insert into periodic_work as w (name, done_at) values (?, ?)
     on conflict (name) do update set done_at = excluded.done_at where w.done_at <= ? returning 1`,
    [name, now, notSince],
  )
  return marked.length === 1
}

/** Work may take longer than a request may. */
export async function allowTime(tx: Db, ms: number): Promise<void> {
  await rows(tx, `select set_config('statement_timeout', ?, true)`, [String(ms)])
}
