import type { Part } from '../platform/at-once.ts'
import { type Db, rows } from '../platform/db.ts'

export interface Taken {
  readonly id: string
  readonly kind: string
  readonly destination: string
  readonly payload: Buffer
  /** With the one that now begins. */
  readonly tries: number
  /** Where its tries began. */
  readonly since: Date
}

export type Ending = 'done' | 'refused' | 'given-up'

export interface NewRow {
  readonly id: string
  readonly kind: string
  readonly destination: string
  readonly payload: Buffer
  readonly at: Date
  readonly due: Date
  readonly person: string | null
  readonly session: string | null
  readonly about: string | null
}

/** Workers look at once when the transaction commits. */
const WAKE = "pg_notify('pratu', 'jobs')"
const VALUES = '(?, ?, ?, ?, ?, ?, ?, ?, ?)'
/** PostgreSQL numbers the values of one statement with 16 bits. */
const AT_ONCE = 1_000

const INSERT = 'insert into job (id, kind, destination, payload, made_at, due_at, person, session, about)'

const valuesOf = ({ id, kind, destination, payload, at, due, person, session, about }: NewRow): unknown[] => [
  ...[id, kind, destination, payload, at, due],
  ...[person, session, about],
]

/** As a part of another statement, under a further condition. */
export function insertion(when: string): (row: NewRow, values: readonly unknown[]) => Part {
  const sql = `${INSERT} select ?, ?, ?, ?, ?, ?, ?, ?, ? where {only} and ${when} returning 1`
  return (row, values) => ({ sql, values: [...valuesOf(row), ...values] })
}

export async function insert(tx: Db, jobs: readonly NewRow[]): Promise<void> {
  for (let from = 0; from < jobs.length; from += AT_ONCE) {
    const some = jobs.slice(from, from + AT_ONCE)
    await rows(
      tx,
      `with made as (${INSERT} values ${some.map(() => VALUES).join(', ')} returning due_at <= made_at as due)
       select ${WAKE} from made where due limit 1`,
      some.flatMap(valuesOf),
    )
  }
}

/** What is about these sessions, and nobody has tried yet, may be tried now. */
export async function releaseOf(db: Db, sessions: readonly string[], now: Date): Promise<void> {
  await rows(
    db,
    `with freed as (
       update job set due_at = ? where session = any(?::uuid[]) and ended_at is null and tries = 0 and due_at > ? returning 1)
     select ${WAKE} from freed limit 1`,
    [now, [...sessions], now],
  )
}

/**
 * Takes what is due, for so long that a node which dies with it is noticed at `until`. Many nodes at once each get
 * others' leavings and wait for nobody.
 */
export function take(
  db: Db,
  asked: {
    readonly now: Date
    readonly until: Date
    readonly kinds: readonly string[]
    /** Receivers that are left alone just now: kind, space, destination. */
    readonly except: readonly string[]
    readonly most: number
  },
): Promise<Taken[]> {
  return rows<Taken>(
    db,
    `update job set tries = tries + 1, due_at = :until, tried_at = :now, held = true
     where id in (
       select id from job
       where ended_at is null and due_at <= :now and kind = any(:kinds) and kind || ' ' || destination <> all(:except)
       order by due_at limit :most for update skip locked)
     returning id, kind, destination, payload, tries, coalesce(renewed_at, made_at) as since`,
    { ...asked, kinds: [...asked.kinds], except: [...asked.except] },
  )
}

/** What has come of a try: over, or to be tried again at `due`. */
export interface Settled extends Pick<Taken, 'id' | 'tries'> {
  readonly outcome?: Ending
  /** Of one that is over: so that it can be tried again all the same. */
  readonly kept?: boolean
  readonly due?: Date
  /** The try didn't take place after all. */
  readonly uncounted?: boolean
}

/** Of each not when another node has taken it over meanwhile: then its try counts. */
export async function settle(db: Db, settled: readonly Settled[], now: Date): Promise<void> {
  const column = <T>(of: (one: Settled) => T): T[] => settled.map(of)
  await rows(
    db,
    `update job set held = false, tries = job.tries - s.uncounted, due_at = coalesce(s.due, job.due_at), outcome = s.outcome,
       ended_at = case when s.outcome is not null then :now::timestamptz end,
       payload = case when s.outcome is null or s.kept then payload end
     from unnest(:ids::uuid[], :tries::int[], :outcomes::text[], :kept::boolean[], :dues::timestamptz[], :uncounted::int[])
       as s (id, tries, outcome, kept, due, uncounted)
     where job.id = s.id and job.tries = s.tries and job.ended_at is null`,
    {
      now,
      ids: column(({ id }) => id),
      tries: column(({ tries }) => tries),
      outcomes: column(({ outcome }) => outcome ?? null),
      kept: column(({ kept }) => kept === true),
      dues: column(({ due }) => due ?? null),
      uncounted: column(({ uncounted }) => (uncounted ? 1 : 0)),
    },
  )
}

/** All others that wait for the same receiver are due. */
export async function hurry(
  db: Db,
  { kind, destination }: Pick<Taken, 'kind' | 'destination'>,
  now: Date,
): Promise<void> {
  await rows(
    db,
    `update job set due_at = :now where id in (
       select id from job
       where kind = :kind and destination = :destination and ended_at is null and due_at > :now and tries > 0 and not held
       for update skip locked)`,
    { kind, destination, now },
  )
}

/**
 * Makes one waiting job due for each receiver that nobody has tried since `before` and whose next turn is further off than
 * `now`. @returns for how many.
 */
export async function probe(db: Db, kinds: readonly string[], before: Date, now: Date): Promise<number> {
  const found = await rows<{ probed: number }>(
    db,
    `with waiting as (
       select (array_agg(id order by due_at, id))[1] as id from job where ended_at is null and kind = any(:kinds)
       group by kind, destination having max(tried_at) <= :before and min(due_at) > :now and not bool_or(held)),
     probed as (update job set due_at = :now from waiting where job.id = waiting.id and not job.held returning 1)
     select count(*)::int as probed from probed`,
    { kinds: [...kinds], before, now },
  )
  return found[0]?.probed ?? 0
}

export async function purge(db: Db, kind: string, endedBefore: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    `with gone as (delete from job where kind = ? and ended_at < ? returning 1) select count(*) as gone from gone`,
    [kind, endedBefore],
  )
  return Number(found[0]?.gone)
}
