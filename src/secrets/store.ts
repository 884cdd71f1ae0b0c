import { type Db, rows } from '../platform/db.ts'

// The versions of secrets, who holds them, and how often they change.

export interface Wrap {
  readonly master: string
  readonly sealed: Buffer
}

interface StoredWrap extends Wrap {
  readonly sealedAt: Date
}

export interface VersionRow {
  readonly name: string
  readonly version: number
  readonly madeAt: Date
  readonly activeAt: Date | null
  /** In the order in which they were made. */
  readonly wraps: readonly StoredWrap[]
}

interface Row extends Omit<VersionRow, 'wraps'>, StoredWrap {}

/** In the order in which they came to seal; those that don't yet come first of their name. */
export async function all(db: Db): Promise<VersionRow[]> {
  const found = await rows<Row>(
    db,
    `select v.name, v.version, v.made_at as "madeAt", v.active_at as "activeAt", w.master, w.sealed,
       w.sealed_at as "sealedAt"
     from secret_version v join secret_wrap w using (name, version)
     order by v.name, v.active_at nulls first, v.made_at, v.version, w.sealed_at`,
  )
  const versions = new Map<string, Omit<VersionRow, 'wraps'> & { readonly wraps: StoredWrap[] }>()
  for (const { master, sealed, sealedAt, ...row } of found) {
    const wrap = { master, sealed, sealedAt }
    const key = `${row.name} ${row.version}`
    const known = versions.get(key)
    if (known) known.wraps.push(wrap)
    else versions.set(key, { ...row, wraps: [wrap] })
  }
  return [...versions.values()]
}

export interface NewVersion {
  readonly name: string
  readonly version: number
  readonly at: Date
  readonly active: boolean
  readonly wraps: readonly Wrap[]
}

/** Nothing where that version is there already. */
export async function insert(tx: Db, { name, version, at, active, wraps }: NewVersion): Promise<void> {
  await rows(
    tx,
    `insert into secret_version (name, version, made_at, active_at) values (?, ?, ?, ?) on conflict do nothing`,
    [name, version, at, active ? at : null],
  )
  for (const wrap of wraps) await putWrap(tx, name, version, wrap)
}

export async function putWrap(tx: Db, name: string, version: number, { master, sealed }: Wrap): Promise<void> {
  await rows(tx, 'insert into secret_wrap (name, version, master, sealed) values (?, ?, ?, ?) on conflict do nothing', [
    name,
    version,
    master,
    sealed,
  ])
}

export async function dropWraps(tx: Db, master: string): Promise<void> {
  await rows(tx, 'delete from secret_wrap where master = ?', [master])
}

/** @returns false where it seals already. */
export async function activate(tx: Db, name: string, version: number, at: Date): Promise<boolean> {
  const done = await rows(
    tx,
    'update secret_version set active_at = ? where name = ? and version = ? and active_at is null returning 1',
    [at, name, version],
  )
  return done.length === 1
}

export async function remove(tx: Db, name: string, version: number): Promise<void> {
  await rows(tx, 'delete from secret_version where name = ? and version = ?', [name, version])
}

const LOCK = 0x73656372 // 'secr': one change of versions at a time

export async function lock(tx: Db): Promise<void> {
  await rows(tx, 'select pg_advisory_xact_lock(?)', [LOCK])
}

/** Every process hears of it at once. */
export async function tell(tx: Db): Promise<void> {
  await rows(tx, `select pg_notify('pratu', 'secrets')`)
}

export interface Report {
  readonly process: string
  readonly host: string
  readonly master: string
  /** The one that seals last. */
  readonly holds: Readonly<Record<string, readonly number[]>>
  readonly files: readonly number[]
}

/** By the database's clock: it says who runs now, whatever the processes believe. */
export async function report(db: Db, { process, host, master, holds, files }: Report): Promise<void> {
  await rows(
    db,
    `insert into secret_holder (process, host, started_at, seen_at, master, holds, files)
     values (?, ?, now(), now(), ?, ?::jsonb, ?::smallint[])
     on conflict (process) do update
       set seen_at = now(), master = excluded.master, holds = excluded.holds, files = excluded.files
       where secret_holder.seen_at < now() - interval '10 seconds' or secret_holder.master <> excluded.master
         or secret_holder.holds <> excluded.holds or secret_holder.files <> excluded.files`,
    [process, host, master, JSON.stringify(holds), [...files]],
  )
}

export async function withdraw(db: Db, process: string): Promise<void> {
  await rows(db, `delete from secret_holder where process = ? or seen_at < now() - interval '1 hour'`, [process])
}

export interface Holder extends Report {
  readonly startedAt: Date
}

/** Who has them open: whoever was seen within a minute. */
export function holders(db: Db): Promise<Holder[]> {
  return rows(
    db,
    `select process, host, started_at as "startedAt", master, holds, files from secret_holder
     where seen_at > now() - interval '60 seconds' order by started_at, process`,
  )
}

export interface Scheduled {
  readonly name: string
  readonly days: number
}

export function schedules(db: Db): Promise<Scheduled[]> {
  return rows(db, 'select name, days from secret_schedule order by name')
}

/** @param days 0: never again. */
export async function setSchedule(tx: Db, name: string, days: number, at: Date): Promise<void> {
  await rows(tx, 'delete from secret_schedule where name = ?', [name])
  if (days > 0) await rows(tx, 'insert into secret_schedule (name, days, since) values (?, ?, ?)', [name, days, at])
}
