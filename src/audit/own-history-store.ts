import type { PersonKey } from '../identity/identifiers.ts'
import { type Db, rows } from '../platform/db.ts'
import type { EventType } from './entry.ts'

export interface StoredLine {
  readonly event: string
  readonly at: Date
  readonly type: EventType
  readonly client: string | null
  readonly detail: Buffer
}

/** What is shown at all: of that age, and not kept back any longer. */
export interface Bounds {
  readonly from: Date
  readonly now: Date
}

export interface Wanted extends Bounds {
  readonly limit: number
  readonly after?: { readonly event: string; readonly at: Date }
  readonly types?: readonly EventType[]
}

const COLUMNS = 'event, at, type, client, detail'
const SHOWN = 'person = ? and at >= ? and (shown_from is null or shown_from <= ?)'

/** Newest first. */
export function lines(db: Db, person: PersonKey, wanted: Wanted): Promise<StoredLine[]> {
  const { from, now, limit, after, types } = wanted
  const [older, olderValues] = after ? ['and (at, event) < (?, ?)', [after.at, after.event]] : ['', []]
  const [ofTypes, typeValues] = types ? ['and type = any(?::text[])', [types]] : ['', []]
  return rows(
    db,
    `select ${COLUMNS} from own_history where ${SHOWN} ${older} ${ofTypes} order by at desc, event desc limit ?`,
    [person, from, now, ...olderValues, ...typeValues, limit],
  )
}

export async function line(db: Db, person: PersonKey, event: string, { from, now }: Bounds) {
  const [found] = await rows<StoredLine>(db, `select ${COLUMNS} from own_history where ${SHOWN} and event = ?`, [
    person,
    from,
    now,
    event,
  ])
  return found
}

const PART = 'own_history_'
const DEFAULT = `${PART}elsewhen`
const nameOf = (month: Date): string => `${PART}${month.toISOString().slice(0, 7).replace('-', '_')}`
const after = (month: Date): Date => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1))

/** Milliseconds for which sign-ins may have to wait behind a lock of ours; what isn't got then is tried again later. */
const LOCK = 300

/**
 * Each month is given by its first moment, UTC.
 * @param over months before that one are over: their rows that lie in the default partition go where they belong.
 */
export async function makeMonths(
  tx: Db,
  { ahead, over }: { readonly ahead: readonly Date[]; readonly over: Date },
): Promise<void> {
  await tx.raw(`set local lock_timeout = ${LOCK}`)
  const stray = await rows<{ month: Date }>(
    tx,
    `select distinct date_trunc('month', at at time zone 'UTC') at time zone 'UTC' as month from ${DEFAULT} where at < ?`,
    [over],
  )
  const there = new Set(await partitions(tx))
  const wanted = new Map([...stray.map(({ month }) => month), ...ahead].map((month) => [nameOf(month), month]))
  for (const [name, month] of wanted) {
    if (there.has(name)) continue
    // Whoever writes or reads a row without a month waits; all others go on.
    await tx.raw(`lock table ${DEFAULT} in access exclusive mode`)
    await tx.raw(`create table ${name} (like own_history)`)
    const [from, to] = [month.toISOString(), after(month).toISOString()]
    await rows(
      tx,
      `with moved as (delete from ${DEFAULT} where at >= ? and at < ? returning *) insert into ${name} select * from moved`,
      [from, to],
    )
    await tx.raw(`alter table own_history attach partition ${name} for values from ('${from}') to ('${to}')`)
  }
}

/** @returns how many months ended before that and are gone. */
export async function dropBefore(tx: Db, before: Date): Promise<number> {
  const oldest = nameOf(before)
  await tx.raw(`set local lock_timeout = ${LOCK}`)
  // A month's name sorts as its time does, and the month of `before` itself isn't over yet.
  const old = (await partitions(tx)).filter((name) => name !== DEFAULT && name < oldest)
  for (const name of old) await tx.raw(`drop table ${name}`)
  return old.length
}

async function partitions(tx: Db): Promise<string[]> {
  const found = await rows<{ name: string }>(
    tx,
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'own_history'::regclass order by c.relname`,
  )
  return found.map(({ name }) => name)
}
