import type { PersonKey } from '../identity/identifiers.ts'
import type { Part } from '../platform/at-once.ts'
import { type Db, rows } from '../platform/db.ts'
import type { Confirmed } from './credentials.ts'
import type { PinHash } from './pin-hash.ts'

export interface PinRow extends PinHash {
  readonly id: string
}

export async function find(db: Db, person: PersonKey): Promise<PinRow | undefined> {
  const [row] = await rows<PinRow>(
    db,
    `select id, hash, salt, pepper, memory_kib as "memoryKib", passes, lanes from pin where person = ?`,
    [person],
  )
  return row
}

export async function has(db: Db, person: PersonKey): Promise<boolean> {
  return (await rows(db, 'select 1 from pin where person = ?', [person])).length === 1
}

export interface HeldPin {
  readonly id: string
  readonly setAt: Date
  readonly setBy: string
  readonly confirmed: Confirmed | null
  /** PostgreSQL's bigint comes as text. */
  readonly lastQuestion: string
}

/** Without what could be guessed at. */
export async function held(db: Db, person: PersonKey): Promise<HeldPin | undefined> {
  const [row] = await rows<HeldPin>(
    db,
    `select id, set_at as "setAt", set_by as "setBy", confirmed, last_question as "lastQuestion" from pin
     where person = ?`,
    [person],
  )
  return row
}

/** @returns whether there was one before. */
export async function replace(
  db: Db,
  person: PersonKey,
  { id, hash, salt, pepper, memoryKib, passes, lanes }: PinRow,
  by: { readonly at: Date; readonly kind: string; readonly confirmed: Confirmed | null },
): Promise<boolean> {
  const former = await rows(db, 'select 1 from pin where person = ? for update', [person])
  await rows(
    db,
    `insert into pin (person, id, hash, salt, pepper, memory_kib, passes, lanes, set_at, set_by, confirmed)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (person) do update set id = excluded.id, hash = excluded.hash, salt = excluded.salt,
       pepper = excluded.pepper, memory_kib = excluded.memory_kib, passes = excluded.passes, lanes = excluded.lanes,
       last_question = 0, set_at = excluded.set_at, set_by = excluded.set_by,
       confirmed = excluded.confirmed`,
    [person, id, hash, salt, pepper, memoryKib, passes, lanes, by.at, by.kind, by.confirmed],
  )
  return former.length === 1
}

/** The same PIN at another cost; nothing where it was replaced meanwhile. */
export async function rehash(db: Db, { id, hash, salt, pepper, memoryKib, passes, lanes }: PinRow): Promise<void> {
  await rows(db, 'update pin set hash = ?, salt = ?, pepper = ?, memory_kib = ?, passes = ?, lanes = ? where id = ?', [
    hash,
    salt,
    pepper,
    memoryKib,
    passes,
    lanes,
    id,
  ])
}

export async function remove(db: Db, person: PersonKey): Promise<boolean> {
  return (await rows(db, 'delete from pin where person = ? returning 1', [person])).length === 1
}

/** Compare-and-set: of any number of answers to one question, one. */
export const answered = (id: string, question: number): Part => ({
  sql: 'update pin set last_question = ? where id = ? and last_question < ? and {only} returning 1',
  values: [question, id, question],
})

export async function countOthers(db: Db, pepper: Buffer): Promise<number> {
  const [found] = await rows<{ count: string }>(db, 'select count(*) as count from pin where pepper <> ?', [pepper])
  return Number(found?.count)
}
