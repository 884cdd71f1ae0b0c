import { type Db, rows } from '../platform/db.ts'

// One statement each: parallel callers are counted one after another, each seeing what the one before left. A source
// comes before a subject wherever both are wanted, so that nobody waits in a ring. Named bindings, so no `::` casts.

/** What bounds the ringing of one phone, in milliseconds. */
export interface Bounds {
  readonly most: number
  readonly window: number
  readonly quiet: number
}

export interface Wanted {
  readonly subject: Buffer
  readonly source: Buffer
  readonly prompt: string
  readonly now: Date
  /** At the longest it rings until then. */
  readonly until: Date
  readonly bounds: Bounds
  /** Of one source, within the same window. */
  readonly sourceMost: number
  /** From how many on those turned away are no longer counted. */
  readonly told: number
}

export interface Row {
  readonly kind: 'source' | 'subject'
  readonly ok: boolean
  readonly refused: number
  /** Each only where it is why: until when the source has used up its window, the phone rings, has its peace, was rung too often. */
  readonly windowEnd: Date | null
  readonly until: Date | null
  readonly quietUntil: Date | null
  readonly fullUntil: Date | null
}

const NONE = 'cast(null as timestamptz)'
const WINDOW = "interval '1 millisecond' * cast(:window as float8)"
/** When there are as many as may be, the phone is free again when the oldest of these leaves the window. */
const FULL = `case when cardinality(recent) >= :most then recent[cardinality(recent) - :most + 1] + ${WINDOW} end`
const recent = (rang: string): string =>
  `array(select at from unnest(${rang}) as at where at > cast(:now as timestamptz) - ${WINDOW} order by at)`
const SHOWN = `case when until > :now then until end as "until", case when quiet_until > :now then quiet_until end as "quietUntil"`

/**
 * Lets the phone ring, or says why not. Whoever was turned away often enough during one wait is turned away by a read: a
 * flood costs no write. @returns a row of the source, and one of the subject where the source may.
 */
export function ring(db: Db, { bounds, ...wanted }: Wanted): Promise<readonly Row[]> {
  return rows<Row>(
    db,
    `with blocked as (
       select 'subject' as kind, false as ok, refused + 1 as refused, ${NONE} as "windowEnd", ${SHOWN}, ${FULL} as "fullUntil"
       from (select *, ${recent('rang')} as recent from prompt where subject = :subject and refused >= :told) as known
       where until > :now or quiet_until > :now or cardinality(recent) >= :most
       union all
       select 'source', false, refused + 1, window_end, ${NONE}, ${NONE}, ${NONE} from prompt_source
       where source = :source and refused >= :told and window_end > :now and rung >= :sourceMost),
     source as (
       insert into prompt_source as s (source, rung, window_end, refused)
       select :source, 1, cast(:now as timestamptz) + ${WINDOW}, 0 where not exists (select from blocked)
       on conflict (source) do update set
         rung = case when s.window_end <= :now then 1 else least(s.rung + 1, :sourceMost) end,
         refused = case when s.window_end <= :now or s.rung < :sourceMost then 0 else s.refused + 1 end,
         window_end = case when s.window_end <= :now then excluded.window_end else s.window_end end
       returning refused = 0 as ok, refused, window_end),
     subject as (
       insert into prompt as p (subject, rang, ringing, until, quiet_until, refused, last_at)
       select :subject, array[cast(:now as timestamptz)], :prompt, cast(:until as timestamptz), cast(:now as timestamptz), 0,
         cast(:now as timestamptz)
       from source where ok
       on conflict (subject) do update set (rang, ringing, until, quiet_until, refused, last_at) = (
         select
           case when free then recent || excluded.rang else recent end,
           case when free then excluded.ringing else p.ringing end,
           case when free then excluded.until else p.until end,
           p.quiet_until,
           case when free then 0 else p.refused + 1 end,
           cast(:now as timestamptz)
         from (
           select recent, p.until <= :now and p.quiet_until <= :now and cardinality(recent) < :most as free
           from (select ${recent('p.rang')} as recent) as r) as f)
       returning rang as recent, ringing, until, quiet_until, refused)
     select * from blocked
     union all select 'source', ok, refused, case when not ok then window_end end, ${NONE}, ${NONE}, ${NONE} from source
     union all select 'subject', ringing = :prompt, refused, ${NONE}, ${SHOWN}, ${FULL} from subject`,
    { ...bounds, ...wanted },
  )
}

/** The phone is quiet; nothing is done for one that rang earlier than the last. @returns whether it was that one. */
export async function quiet(
  db: Db,
  subject: Buffer,
  prompt: string,
  { now, quietUntil, forget }: { readonly now: Date; readonly quietUntil: Date; readonly forget: boolean },
): Promise<boolean> {
  const found = await rows(
    db,
    `update prompt set until = least(until, cast(:now as timestamptz)), quiet_until = greatest(quiet_until, :quietUntil), refused = 0,
       rang = case when :forget then rang[1:cardinality(rang) - 1] else rang end, ringing = ''
     where subject = :subject and ringing = :prompt returning 1`,
    { subject, prompt, now, quietUntil, forget },
  )
  return found.length === 1
}

/** A prompt that was confirmed is nobody's nuisance: people behind one address don't use up each other's. */
export async function giveBack(db: Db, source: Buffer): Promise<void> {
  await rows(db, 'update prompt_source set rung = greatest(rung - 1, 0), refused = 0 where source = ?', [source])
}

export async function purge(db: Db, before: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    `with subjects as (delete from prompt where last_at < :before and until < :before and quiet_until < :before returning 1),
       sources as (delete from prompt_source where window_end < :before returning 1)
     select (select count(*) from subjects) + (select count(*) from sources) as gone`,
    { before },
  )
  return Number(found[0]?.gone)
}
