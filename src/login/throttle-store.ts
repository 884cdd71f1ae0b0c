import type { Part } from '../platform/at-once.ts'
import { type Db, rows } from '../platform/db.ts'

/** Which budget: `browser` is empty for everybody who isn't a known browser of the subject. */
export interface Budget {
  readonly subject: Buffer
  readonly browser: Buffer
}

export interface Counted {
  readonly failures: number
  /** 0: this try may be evaluated. Otherwise how many were turned away since the last that was. */
  readonly refused: number
  readonly freeAt: Date
}

// Named bindings, so no `::` casts: knex would read them as names.

/** The doubling waits of one factor, in milliseconds. */
export interface Waits {
  readonly freeTries: number
  readonly firstWait: number
  readonly longestWait: number
  readonly stopAt: number
  readonly firstStop: number
  readonly longestStop: number
}

/** So many tries per window, in milliseconds. */
export interface Window {
  readonly tries: number
  readonly window: number
}

const COUNTED = 'failures, refused, free_at as "freeAt"'

/**
 * One try more in a budget of doubling waits, in one statement: parallel callers are counted one after another, each
 * seeing what the one before left. While a wait runs, nothing but `refused` changes.
 * A stop that has run out starts the count again, and the next stop lasts twice as long.
 */
function countTry(from: string): string {
  return `insert into throttle as t (subject, browser, failures, stops, refused, free_at, last_at)
    select :subject, :browser, 1, 0, 0, cast(:now as timestamptz), cast(:now as timestamptz) ${from}
    on conflict (subject, browser) do update set (failures, stops, refused, free_at, last_at) = (
      select
        case when t.free_at > :now then t.failures else n end,
        case when t.free_at > :now then t.stops when n = :stopAt then t.stops + 1 else t.stops end,
        case when t.free_at > :now then t.refused + 1 else 0 end,
        case when t.free_at > :now then t.free_at
             when n < :freeTries then cast(:now as timestamptz)
             when n = :stopAt then cast(:now as timestamptz) + interval '1 millisecond'
               * least(cast(:longestStop as float8), cast(:firstStop as float8) * power(2, least(t.stops, 30)))
             else cast(:now as timestamptz) + interval '1 millisecond'
               * least(cast(:longestWait as float8), cast(:firstWait as float8) * power(2, n - :freeTries)) end,
        case when t.free_at > :now then t.last_at else cast(:now as timestamptz) end
      from (select case when t.failures >= :stopAt then 1 else t.failures + 1 end as n) as step)
    returning ${COUNTED}`
}

/**
 * Who was turned away often enough during this wait or window is turned away by a read: a flood costs no write, and
 * `refused` stops where nobody needs it any more.
 */
const blocked = (rows: string): string => `blocked as (
    select case when subject = :subject then 'subject' else 'source' end as kind,
      failures, refused + 1 as refused, free_at as "freeAt"
    from throttle
    where (${rows}) and free_at > :now and refused >= :told)`
const BUDGET = 'subject = :subject and browser = :browser'

interface Asked {
  readonly budget: Budget
  readonly waits: Waits
  /** From how many on those turned away are no longer counted. */
  readonly told: number
  readonly now: Date
}

const COUNT = `with ${blocked(BUDGET)}, subject as (${countTry('where not exists (select from blocked)')})
  select failures, refused, "freeAt" from blocked union all select * from subject`

/** One try of a budget that no source limits. */
export async function count(db: Db, { budget, waits, told, now }: Asked): Promise<Counted> {
  return one(await rows<Counted>(db, COUNT, { ...budget, ...waits, told, now }))
}

const COUNT_FROM_SOURCE = `with ${blocked(`${BUDGET} or subject = :source and browser = ''`)},
  source as (
    insert into throttle as t (subject, browser, failures, stops, refused, free_at, last_at)
    select :source, '', 1, 0, 0, cast(:windowEnd as timestamptz), cast(:now as timestamptz)
    where not exists (select from blocked)
    on conflict (subject, browser) do update set
      failures = case when t.free_at <= :now then 1 else least(t.failures + 1, :tries) end,
      refused = case when t.free_at <= :now or t.failures < :tries then 0 else t.refused + 1 end,
      free_at = case when t.free_at <= :now then :windowEnd else t.free_at end,
      last_at = :now
    returning ${COUNTED}),
  subject as (${countTry('from source where refused = 0')})
  select * from blocked union all select 'source', * from source union all select 'subject', * from subject`

/**
 * The same, but only when the source has a try left in its window: counted first, in the same statement, so that a
 * source that is turned away spends nobody's tries. `subject` is absent then.
 */
export async function countFromSource(
  db: Db,
  source: Buffer,
  { tries, window }: Window,
  { budget, waits, told, now }: Asked,
): Promise<{ readonly subject: Counted } | { readonly subject?: undefined; readonly source: Counted }> {
  const found = await rows<Counted & { kind: 'source' | 'subject' }>(db, COUNT_FROM_SOURCE, {
    ...budget,
    ...waits,
    source,
    tries,
    told,
    now,
    windowEnd: new Date(now.getTime() + window),
  })
  const subject = found.find(({ kind }) => kind === 'subject')
  return subject ? { subject } : { source: one(found) }
}

const givingBack = (lock: string): string => `update throttle set failures = greatest(failures - ?, 0), refused = 0
    where (subject, browser) in (
      select subject, browser from throttle where subject = ? and browser = '' and {only} ${lock})
    returning 1`
const GIVE_BACK = { waiting: givingBack('for update'), 'where nobody waits': givingBack('for update skip locked') }

/**
 * Nobody is turned away by a read any more either: what looked like failures were people whose sign-ins had not ended yet,
 * as it is behind a shared address in a slow minute.
 */
export const giveBack = (source: Buffer, how: keyof typeof GIVE_BACK, tries = 1): Part => ({
  sql: GIVE_BACK[how],
  values: [tries, source],
})

export const clear = ({ subject, browser }: Budget): Part => ({
  sql: 'delete from throttle where subject = ? and browser = ? and {only} returning 1',
  values: [subject, browser],
})

export async function clearAll(db: Db, subject: Buffer): Promise<void> {
  await rows(db, 'delete from throttle where subject = ?', [subject])
}

/** A wait that still runs is kept whatever its age. */
export async function purge(db: Db, before: Date, now: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    `with gone as (delete from throttle where last_at < ? and free_at < ? returning 1)
     select count(*) as gone from gone`,
    [before, now],
  )
  return Number(found[0]?.gone)
}

function one<Row>(found: readonly Row[]): Row {
  const [row] = found
  if (!row) throw new Error('throttle: the counted row did not come back')
  return row
}
