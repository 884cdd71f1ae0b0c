import { composed, type Part, runAfter, under, valuesOf } from '../platform/at-once.ts'
import { type Db, rows, transaction } from '../platform/db.ts'

export interface Row {
  readonly ref: string
  readonly uid: Buffer
  readonly person: string
  readonly acr: string
  readonly amr: string
  readonly device: string
  readonly now: Date
  readonly idleEndsAt: Date
  readonly endsAt: Date
}

export interface PartyRow {
  readonly client: string
  readonly sid: string | null
}

const SESSION = `insert into live_session as s
    (ref, uid, person, acr, amr, device, started_at, seen_at, idle_ends_at, ends_at)
  select ?, ?, ?, ?, ?, ?, ?, ?, ?, ? where {only}
  on conflict (ref) do update set acr = excluded.acr, amr = excluded.amr, idle_ends_at = excluded.idle_ends_at,
    seen_at = greatest(s.seen_at, excluded.seen_at), ends_at = greatest(s.ends_at, excluded.ends_at)
  where s.ended_at is null
  returning 1`
const PARTY = `insert into live_session_party as p (ref, client, sid, first_at, last_at)
  select ?, ?, ?, ?, ? where {only}
  on conflict (ref, client) do update set sid = excluded.sid, last_at = greatest(p.last_at, excluded.last_at)
  returning 1`

/** As parts of another statement; of its own only where nobody else can know of the session yet. */
export function parts(row: Row, party?: PartyRow): Part[] {
  const { ref, uid, person, acr, amr, device, now, idleEndsAt, endsAt } = row
  const session = { sql: SESSION, values: [ref, uid, person, acr, amr, device, now, now, idleEndsAt, endsAt] }
  return party ? [session, { sql: PARTY, values: [ref, party.client, party.sid, now, now] }] : [session]
}

function noting(along: readonly Part[], party: boolean): string {
  const after = (at: number) => (at === 0 ? 'true' : runAfter(`along${at - 1}`))
  const texts = [
    ...along.map(({ sql }, at) => `along${at} as (${under(sql, after(at))})`),
    `session as (${under(SESSION, 'true')})`,
    ...(party ? [`party as (${under(PARTY, 'exists (select from session)')})`] : []),
  ]
  return `with ${texts.join(',\n')} select from session`
}

/** In one statement. A session that was ended meanwhile stays so, and gets no agency more. */
export async function note(db: Db, row: Row, party: PartyRow | undefined, along: readonly Part[]): Promise<void> {
  const text = composed(party ? 'noted with a party' : 'noted', along, () => noting(along, party !== undefined))
  await rows(db, text, valuesOf([...along, ...parts(row, party)]))
}

export interface Found {
  readonly ref: string
  readonly person: string
  readonly acr: string
  readonly amr: string
  readonly device: string
  readonly started_at: Date
  readonly seen_at: Date
  readonly idle_ends_at: Date
  readonly ends_at: Date
  readonly parties: readonly {
    readonly client: string
    readonly sid: string | null
    readonly first_at: string
    readonly last_at: string
  }[]
}

/** `wanted` chooses among `s`, the live ones. */
function live(db: Db, wanted: string, values: readonly unknown[], most: number): Promise<Found[]> {
  return rows(
    db,
    `select s.ref, s.person, s.acr, s.amr, s.device, s.started_at, s.seen_at, s.idle_ends_at, s.ends_at,
       coalesce((select json_agg(p order by p.first_at, p.client) from live_session_party p where p.ref = s.ref), '[]') as parties
     from live_session s where s.ended_at is null and ${wanted} limit ?`,
    [...values, most],
  )
}

export const ofPerson = (db: Db, person: string, most: number): Promise<Found[]> =>
  live(db, 's.person = ? order by s.seen_at desc', [person], most)

export const one = (db: Db, ref: string): Promise<Found[]> => live(db, 's.ref = ?', [ref], 1)

/** In the order of their refs. */
export const atClient = (db: Db, client: string, after: string, most: number): Promise<Found[]> =>
  live(
    db,
    's.ref in (select ref from live_session_party where client = ? and ref > ?) order by s.ref',
    [client, after],
    most,
  )

export async function exists(db: Db, ref: string): Promise<boolean> {
  return (await rows(db, 'select from live_session where ref = ?', [ref])).length > 0
}

export const refsOf = (db: Db, person: string): Promise<{ readonly ref: string }[]> =>
  rows(db, 'select ref from live_session where person = ? and ended_at is null', [person])

/** Those that it ended now. Locked in one order, so that two who end several at once don't block one another. */
export const end = (db: Db, refs: readonly string[], why: string, now: Date) =>
  rows<{ readonly ref: string; readonly person: string }>(
    db,
    `update live_session set ended_at = :now, why = :why where ref in (
       select ref from live_session where ref = any(:refs) and ended_at is null order by ref for update)
     returning ref, person`,
    { refs: [...refs], why, now },
  )

export const partiesOf = (db: Db, refs: readonly string[]) =>
  rows<{ readonly ref: string } & PartyRow>(
    db,
    'select ref, client, sid from live_session_party where ref = any(?) order by client',
    [[...refs]],
  )

export async function leave(db: Db, ref: string, client: string): Promise<void> {
  await rows(db, 'delete from live_session_party where ref = ? and client = ?', [ref, client])
}

/**
 * Also when the statement that lists it is still under way and nobody waits for it any more: another row of its name is held up
 * until that has ended, one way or the other, and goes with it.
 */
export async function unlist(db: Db, ref: string): Promise<void> {
  await transaction(db, async (tx) => {
    await rows(
      tx,
      `insert into live_session
         (ref, person, acr, amr, device, started_at, seen_at, idle_ends_at, ends_at, ended_at, why)
       values (:ref, :ref, '', '', '', :at, :at, :at, :at, :at, '') on conflict (ref) do nothing`,
      { ref, at: new Date(0) },
    )
    await rows(
      tx,
      `with gone as (delete from live_session where ref = ? and (ended_at is null or why = '') returning ref)
       delete from live_session_party where ref in (select ref from gone)`,
      [ref],
    )
  })
}

export interface Known {
  readonly ref: string
  readonly uid: Buffer
}

/** Ended here and not yet in the sessions store, longest first. */
export const unsettled = (db: Db, most: number) =>
  rows<Known & { readonly why: string }>(
    db,
    `select ref, uid, why from live_session where ended_at is not null and uid is not null order by ended_at limit ?`,
    [most],
  )

export async function settled(db: Db, refs: readonly string[]): Promise<void> {
  await rows(db, 'update live_session set uid = null where ref = any(?) and ended_at is not null', [[...refs]])
}

/** Past the last end that is known here. */
export const due = (db: Db, now: Date, most: number) =>
  rows<Known & { readonly absolute: boolean }>(
    db,
    `select ref, uid, ends_at <= idle_ends_at as absolute from live_session where ended_at is null and idle_ends_at <= ? order by idle_ends_at limit ?`,
    [now, most],
  )

export async function prolong(db: Db, ref: string, idleEndsAt: Date, endsAt: Date): Promise<void> {
  await rows(
    db,
    `update live_session set idle_ends_at = greatest(idle_ends_at, :idleEndsAt), ends_at = greatest(ends_at, :endsAt)
     where ref = :ref and ended_at is null`,
    { ref, idleEndsAt, endsAt },
  )
}

/** Waits for the commit of whatever ended them. */
export async function wake(db: Db): Promise<void> {
  await rows(db, "select pg_notify('pratu', 'sessions')")
}

export async function purge(db: Db, endedBefore: Date): Promise<void> {
  await rows(
    db,
    `with gone as (delete from live_session where ended_at < ? and uid is null returning ref)
     delete from live_session_party where ref in (select ref from gone)`,
    [endedBefore],
  )
}
