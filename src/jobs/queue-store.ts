import { type Db, rows } from '../platform/db.ts'

export interface Taken {
  readonly id: string
  readonly kind: string
  readonly destination: string
  readonly payload: Buffer
  /** With the one that now begins. */
  readonly tries: number
}

export type Ending = 'done' | 'refused' | 'given-up'

export async function insert(
  tx: Db,
  job: {
    readonly id: string
    readonly kind: string
    readonly destination: string
    readonly payload: Buffer
    readonly at: Date
    readonly due: Date
  },
): Promise<void> {
  await rows(
    tx,
    `insert into job (id, kind, destination, payload, made_at, due_at)
     values (:id, :kind, :destination, :payload, :at, :due)`,
    { ...job },
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
    /** Destinations that are left alone just now. */
    readonly except: readonly string[]
    readonly most: number
  },
): Promise<Taken[]> {
  return rows<Taken>(
    db,
    `update job set tries = tries + 1, due_at = :until
     where id in (
       select id from job
       where ended_at is null and due_at <= :now and kind = any(:kinds) and destination <> all(:except)
       order by due_at limit :most for update skip locked)
     returning id, kind, destination, payload, tries`,
    { ...asked, kinds: [...asked.kinds], except: [...asked.except] },
  )
}

/** Not when another node has taken it over meanwhile: then its try counts. */
export async function end(db: Db, { id, tries }: Taken, outcome: Ending, now: Date): Promise<void> {
  await rows(
    db,
    `update job set ended_at = ?, outcome = ?, payload = null where id = ? and tries = ? and ended_at is null`,
    [now, outcome, id, tries],
  )
}

/** As `end`. @param uncounted the try that didn't take place after all. */
export async function later(db: Db, { id, tries }: Taken, due: Date, uncounted: 0 | 1): Promise<void> {
  await rows(db, `update job set due_at = ?, tries = tries - ? where id = ? and tries = ? and ended_at is null`, [
    due,
    uncounted,
    id,
    tries,
  ])
}

export async function purge(db: Db, kind: string, endedBefore: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    `with gone as (delete from job where kind = ? and ended_at < ? returning 1) select count(*) as gone from gone`,
    [kind, endedBefore],
  )
  return Number(found[0]?.gone)
}
