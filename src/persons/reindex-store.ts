import { type Db, rows } from '../platform/db.ts'
import { IMPORT_LOCK } from './store.ts'

// The SQL of indexing the register anew.

export async function keepImportsOff(tx: Db): Promise<boolean> {
  const [turn] = await rows<{ got: boolean }>(tx, 'select pg_try_advisory_xact_lock(?) as got', [IMPORT_LOCK])
  return turn!.got
}

export async function count(db: Db): Promise<number> {
  const [found] = await rows<{ count: string }>(db, 'select count(*) as count from person')
  return Number(found?.count)
}

/** In the order of their keys. */
export function persons(
  db: Db,
  after: string | undefined,
  most: number,
): Promise<{ readonly key: string; readonly details: Buffer }[]> {
  return rows(
    db,
    `select key, details from person where ${after === undefined ? 'true' : 'key > ?::uuid'} order by key limit ?::integer`,
    after === undefined ? [most] : [after, most],
  )
}

export interface Identified {
  readonly blind: Buffer
  readonly scheme: string
  readonly person: string
}

/** Those that are there already stay as they are. */
export async function index(tx: Db, version: number, all: readonly Identified[]): Promise<void> {
  // Sorted, so that two who do the same never wait for one another.
  const sorted = all.toSorted((a, b) => a.blind.compare(b.blind))
  await rows(
    tx,
    `insert into person_identifier (blind, scheme, person, indexed_under)
     select n.blind, n.scheme, n.person, ?::integer
     from unnest(?::bytea[], ?::text[], ?::uuid[]) as n(blind, scheme, person) on conflict (blind) do nothing`,
    [version, sorted.map(({ blind }) => blind), sorted.map(({ scheme }) => scheme), sorted.map(({ person }) => person)],
  )
}

/** @returns the last that was looked at; undefined after the end. */
export async function removeFormer(
  db: Db,
  version: number,
  after: Buffer | undefined,
  most: number,
): Promise<Buffer | undefined> {
  const [found] = await rows<{ last: Buffer | null }>(
    db,
    `with looked as (
       select blind, indexed_under from person_identifier where blind > ? order by blind limit ?::integer),
     removed as (
       delete from person_identifier i using looked s where i.blind = s.blind and s.indexed_under <> ?::integer returning 1)
     select (select blind from looked order by blind desc limit 1) as last, (select count(*) from removed)`,
    [after ?? Buffer.alloc(0), most, version],
  )
  return found?.last ?? undefined
}

/** Identifiers under another version, and persons without one under this. */
export async function left(db: Db, version: number): Promise<number> {
  const [found] = await rows<{ count: string }>(
    db,
    `select (select count(*) from person_identifier where indexed_under <> ?::integer)
       + (select count(*) from person p where not exists (
            select from person_identifier i where i.person = p.key and i.indexed_under = ?::integer)) as count`,
    [version, version],
  )
  return Number(found?.count)
}
