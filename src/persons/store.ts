import type { Actor } from '../identity/actor.ts'
import type { MethodId } from '../identity/identifiers.ts'
import type { Language } from '../identity/language.ts'
import type { Part } from '../platform/at-once.ts'
import { whileSealing } from '../platform/bulk-sealing.ts'
import { copyIn, copyRows } from '../platform/copy.ts'
import { type Db, rows } from '../platform/db.ts'
import type { PersonKind, PersonStatus } from './kind-and-status.ts'
import { packed } from './known.ts'
import { WAKE } from './register-events-store.ts'

// The SQL of the register: single entries first, then what an import does by the thousand.

export interface EntryRow {
  readonly key: string
  readonly version: number
  readonly kind: PersonKind
  readonly status: PersonStatus
  readonly details: Buffer
  readonly language: Language | null
  readonly strong_since: Date | null
  readonly ended_at: Date | null
  readonly locked_at: Date | null
  readonly blocked_methods: readonly MethodId[] | null
  readonly only_methods: readonly MethodId[] | null
}

export interface PersonRow extends EntryRow {
  readonly changed_at: Date
}

/** An entry with a means of signing in. */
export interface Holding extends EntryRow {
  readonly means: string
  readonly secret: Buffer
  /** They have set a PIN. */
  readonly pin: boolean
}

export interface VersionRow extends PersonRow {
  readonly replaced_at: Date
  readonly replaced_by: Actor
  readonly reason: Buffer | null
  readonly import: string | null
  readonly bound_here: boolean
}

const OWN_DOING = 'p.strong_since, p.ended_at, p.locked_at, p.blocked_methods, p.only_methods'
const COLUMNS = `p.key, p.version, p.kind, p.status, p.details, l.language, ${OWN_DOING}`

/**
 * One row always comes back, of the same size and after the same look-ups: the decoy's where nobody has that identifier.
 * How long an answer takes would tell it otherwise (security bar §3 row 9).
 */
export async function findByBlindOrDecoy(
  db: Db,
  blind: Buffer,
  decoy: { readonly key: string; readonly details: Buffer },
): Promise<EntryRow> {
  const [row] = await rows<EntryRow>(
    db,
    `select d.key, coalesce(p.version, 1) as version, coalesce(p.kind, 'citizen') as kind,
       coalesce(p.status, 'active') as status, coalesce(p.details, d.details) as details, l.language, ${OWN_DOING}
     from (
       select coalesce(i.person, cast(? as uuid)) as key, cast(? as bytea) as details
       from (values (1)) as always left join person_identifier i on i.blind = ?) as d
     left join person p on p.key = d.key
     left join person_language l on l.person = d.key`,
    [decoy.key, decoy.details, blind],
  )
  return row!
}

export async function findByKey(db: Db, key: string): Promise<EntryRow | undefined> {
  const [row] = await rows<EntryRow>(
    db,
    `select ${COLUMNS} from person p left join person_language l on l.person = p.key where p.key = ?`,
    [key],
  )
  return row
}

/**
 * The same, and a means of theirs with it: one statement for everybody, with a decoy's means for nobody and for who has
 * none.
 */
export async function findHolding(
  db: Db,
  blind: Buffer,
  method: MethodId,
  decoy: {
    readonly key: string
    readonly details: Buffer
    readonly means: { readonly id: string; readonly secret: Buffer }
  },
): Promise<Holding> {
  const [row] = await rows<Holding>(
    db,
    `select d.key, coalesce(p.version, 1) as version, coalesce(p.kind, 'citizen') as kind,
       coalesce(p.status, 'active') as status, coalesce(p.details, d.details) as details, l.language, ${OWN_DOING},
       coalesce(c.id, cast(? as uuid)) as means, coalesce(c.secret, cast(? as bytea)) as secret,
       n.person is not null as pin
     from (
       select coalesce(i.person, cast(? as uuid)) as key, cast(? as bytea) as details
       from (values (1)) as always left join person_identifier i on i.blind = ?) as d
     left join person p on p.key = d.key
     left join person_language l on l.person = d.key
     left join credential c on c.person = d.key and c.method = ? and c.state = 'active'
     left join pin n on n.person = d.key`,
    [decoy.means.id, decoy.means.secret, decoy.key, decoy.details, blind, method],
  )
  return row!
}

/** Of an entry that was read: what together tells whether anything about it has changed. */
export interface AsRead {
  readonly key: string
  readonly version: number
  /** Neither of these makes a version. Nor does `strong_since`, which is only ever set and told to nobody. */
  readonly endedAt: Date | null
  readonly language: Language | null
}

/** Whether the entry is still as it was read. */
export const unchanged = ({ key, version, endedAt, language }: AsRead): Part => ({
  sql: `select 1 from person p left join person_language l on l.person = p.key
    where p.key = ? and p.version = ? and p.ended_at is not distinct from ? and l.language is not distinct from ? and {only}`,
  values: [key, version, endedAt, language],
})

export async function findWithTime(db: Db, key: string): Promise<PersonRow | undefined> {
  const [row] = await rows<PersonRow>(
    db,
    `select ${COLUMNS}, p.changed_at from person p left join person_language l on l.person = p.key where p.key = ?`,
    [key],
  )
  return row
}

export async function versions(db: Db, key: string): Promise<VersionRow[]> {
  return rows<VersionRow>(
    db,
    `select person as key, version, kind, status, details, changed_at, null as language,
            null as strong_since, null as ended_at, locked_at, null as blocked_methods, null as only_methods,
            replaced_at, replaced_by, reason, import, bound_here
     from person_history where person = ? order by version desc`,
    [key],
  )
}

export async function lock(tx: Db, key: string): Promise<Locked | undefined> {
  const [row] = await rows<Locked>(
    tx,
    'select status, version, details, locked_at, blocked_methods, only_methods from person where key = ? for no key update',
    [key],
  )
  return row
}

type Locked = Pick<EntryRow, 'status' | 'version' | 'details' | 'locked_at' | 'blocked_methods' | 'only_methods'>

/** Keeps the version that is about to be replaced. @param former `details`, sealed to where they go. */
export async function keepVersion(
  tx: Db,
  key: string,
  former: { readonly at: Date; readonly by: Actor; readonly reason: Buffer; readonly details: Buffer },
): Promise<void> {
  await rows(
    tx,
    `insert into person_history
       (person, version, kind, status, details, bound_here, changed_at, locked_at, replaced_at, replaced_by, reason)
     select key, version, kind, status, ?, true, changed_at, locked_at, ?, ?::jsonb, ? from person where key = ?`,
    [former.details, former.at, JSON.stringify(former.by), former.reason, key],
  )
}

export async function setStatus(tx: Db, key: string, status: PersonStatus, at: Date): Promise<void> {
  await rows(tx, 'update person set status = ?, version = version + 1, changed_at = ? where key = ?', [status, at, key])
}

/** @returns false when they had one before: of any number of first ones at once, one is. */
export async function setStrongSince(tx: Db, key: string, at: Date): Promise<boolean> {
  const changed = await rows(
    tx,
    'update person set strong_since = ? where key = ? and strong_since is null returning 1',
    [at, key],
  )
  return changed.length === 1
}

export async function setEnded(
  tx: Db,
  ended: readonly { readonly person: string; readonly at: number }[],
): Promise<void> {
  await rows(
    tx,
    `update person set ended_at = greatest(ended_at, e.at)
     from (select person, max(at) as at from unnest(?::uuid[], ?::timestamptz[]) as given (person, at) group by person) e
     where key = e.person`,
    [ended.map(({ person }) => person), ended.map(({ at }) => new Date(at))],
  )
}

export async function setLocked(tx: Db, key: string, locked: Date | null, at: Date): Promise<void> {
  await rows(tx, 'update person set locked_at = ?, version = version + 1, changed_at = ? where key = ?', [
    locked,
    at,
    key,
  ])
}

export interface BlockColumns {
  readonly blocked: readonly MethodId[] | null
  readonly only: readonly MethodId[] | null
}

export async function setBlocks(tx: Db, key: string, { blocked, only }: BlockColumns, at: Date): Promise<void> {
  await rows(
    tx,
    `update person set blocked_methods = ?::text[], only_methods = ?::text[], version = version + 1, changed_at = ?
     where key = ?`,
    [blocked, only, at, key],
  )
}

export async function setLanguage(db: Db, key: string, language: Language): Promise<void> {
  await rows(
    db,
    `insert into person_language (person, language) values (?, ?)
     on conflict (person) do update set language = excluded.language where person_language.language <> excluded.language`,
    [key, language],
  )
}

export const IMPORT_LOCK = 0x70657273 // 'pers': one import at a time

/**
 * Readies the transaction for an import.
 * @returns what it will find: nobody yet, or people to merge with; `busy` when another import is running.
 */
export async function beginImport(tx: Db): Promise<'empty' | 'filled' | 'busy'> {
  await tx.raw('set local statement_timeout = 0')
  const [turn] = await rows<{ got: boolean }>(tx, 'select pg_try_advisory_xact_lock(?) as got', [IMPORT_LOCK])
  if (!turn?.got) return 'busy'
  await whileSealing(tx)
  await tx.raw(
    'create temporary table person_change (key uuid, kind text, status text, details bytea, digest bytea, told int) on commit drop',
  )
  await tx.raw('create temporary table person_former (key uuid, details bytea) on commit drop')
  // A batch must look people up by index, whatever the statistics of a register that has just grown say.
  await tx.raw('set local enable_hashjoin = off')
  await tx.raw('set local enable_mergejoin = off')
  await tx.raw('set local enable_seqscan = off')
  const [somebody] = await rows(tx, 'select from person limit 1')
  return somebody ? 'filled' : 'empty'
}

/**
 * Whom the register knows of a batch, packed (known.ts). Rows whose digest is unchanged come without details.
 * @param blinds 32 bytes for each identifier of the batch; @param digests the digest of its row, 32 bytes each, at the same place.
 */
export async function lookUp(tx: Db, blinds: Buffer, digests: Buffer): Promise<Buffer> {
  const [found] = await rows<{ known: Buffer | null }>(
    tx,
    `select string_agg(${packed('n', 'p', 'p.digest is distinct from substring(given.digests from n * 32 + 1 for 32)')}, '') as known
     from (select ?::bytea as blinds, ?::bytea as digests) given
     cross join lateral generate_series(0, length(given.blinds) / 32 - 1) n
     join person_identifier i on i.blind = substring(given.blinds from n * 32 + 1 for 32)
     join person p on p.key = i.person`,
    [blinds, digests],
  )
  return found?.known ?? Buffer.alloc(0)
}

/** What `write` takes: each as `copyRows` encodes it, absent where there is none. */
export interface Batch {
  /** `key, version, kind, status, details, digest, changed_at` */
  readonly created?: Buffer | undefined
  /** `blind, scheme, person, indexed_under` */
  readonly identifiers?: Buffer | undefined
  /** `key, kind, status, details, digest, told`: 1 the name, 2 a code has changed, 3 both. */
  readonly changed?: Buffer | undefined
}

export interface Stamp {
  readonly import: string
  readonly by: Actor
  readonly at: Date
}

/** What is in force, sealed to where it goes when it no longer is. */
export type SealFormer = (key: string, version: number, details: Buffer) => Buffer

/** Writes a batch. The entries it changes are kept as versions first. */
export async function write(
  tx: Db,
  { created, identifiers, changed }: Batch,
  stamp: Stamp,
  sealFormer: SealFormer,
): Promise<void> {
  if (created) await copyIn(tx, 'person (key, version, kind, status, details, digest, changed_at)', created)
  if (identifiers) await copyIn(tx, 'person_identifier (blind, scheme, person, indexed_under)', identifiers)
  if (!changed) return
  await copyIn(tx, 'person_change (key, kind, status, details, digest, told)', changed)
  const before = await rows<Pick<EntryRow, 'key' | 'version' | 'details'>>(
    tx,
    'select p.key, p.version, p.details from person_change c join person p on p.key = c.key for no key update of p',
  )
  const former = copyRows()
  for (const { key, version, details } of before) {
    former.row(2)
    former.uuid(key)
    former.bytes(sealFormer(key, version, details))
  }
  await copyIn(tx, 'person_former (key, details)', former.take())
  await rows(
    tx,
    `insert into person_history
       (person, version, kind, status, details, bound_here, changed_at, locked_at, replaced_at, replaced_by, import)
     select p.key, p.version, p.kind, p.status, f.details, true, p.changed_at, p.locked_at, ?, ?::jsonb, ?
     from person_former f join person p on p.key = f.key`,
    [stamp.at, JSON.stringify(stamp.by), stamp.import],
  )
  await rows(
    tx,
    `insert into register_event (person, what, was, now, at)
     select c.key, happened.what, happened.was, happened.now, ? from person_change c join person p on p.key = c.key
     cross join lateral (
       select 'status' as what, p.status as was, c.status as now where p.status <> c.status
       union all select 'name', null, null where c.told & 1 > 0
       union all select 'codes', null, null where c.told & 2 > 0) happened`,
    [stamp.at],
  )
  await rows(
    tx,
    `update person p set version = p.version + 1, kind = c.kind, status = c.status, details = c.details,
       digest = c.digest, changed_at = ? from person_change c where p.key = c.key`,
    [stamp.at],
  )
  await tx.raw('truncate person_change, person_former')
}

/** After a load the planner must know what there is, before the first sign-in asks. */
export async function endImport(tx: Db): Promise<void> {
  await tx.raw('analyze person, person_identifier')
}

/** When it commits, what it has changed is acted upon. */
export async function wakeNodes(tx: Db): Promise<void> {
  await rows(tx, `select ${WAKE}`)
}
