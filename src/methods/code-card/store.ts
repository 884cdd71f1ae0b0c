import type { PersonKey } from '../../identity/identifiers.ts'
import type { Part } from '../../platform/at-once.ts'
import { type Db, rows } from '../../platform/db.ts'
import { HASH } from './card.ts'

export interface CardRow {
  readonly id: string
  readonly serial: string
  readonly waiting: boolean
  readonly codes: Buffer
  readonly unused: readonly number[]
}

/** The one in use first, then the one that waits. */
export const cardsOf = (db: Db, credential: string): Promise<CardRow[]> =>
  rows(
    db,
    'select id, serial, waiting, codes, unused from code_card where credential = ? order by waiting, issued_at desc',
    [credential],
  )

/** In place of another that waits. */
export async function putWaiting(
  db: Db,
  card: CardRow & { readonly person: PersonKey; readonly credential: string; readonly issuedAt: Date },
): Promise<void> {
  const { id, person, credential, serial, codes, unused, issuedAt } = card
  await rows(db, 'delete from code_card where person = ? and waiting', [person])
  await rows(
    db,
    `insert into code_card (id, person, credential, serial, waiting, codes, unused, issued_at)
     values (?, ?, ?, ?, true, ?, ?, ?)`,
    [id, person, credential, serial, codes, unused, issuedAt],
  )
}

/** Compare-and-set: of any number of callers with the code of this number, one. A card that waited is in use from then on. */
export const useUp = (card: string, number: number, at: Date): Part => ({
  sql: `update code_card set waiting = false, used_at = ?, unused = array_remove(unused, cast(? as smallint)),
      codes = overlay(codes placing cast(? as bytea) from cast(? as integer))
    where id = ? and cast(? as smallint) = any (unused) and {only}
      and exists (select from credential c where c.id = code_card.credential and c.state = 'active') returning 1`,
  values: [at, number, Buffer.alloc(HASH), (number - 1) * HASH + 1, card, number],
})

/** What the card takes the place of. */
export const removeFormer = (credential: string, card: string): Part => ({
  sql: 'delete from code_card where credential = ? and id <> ? and not waiting and {only} returning 1',
  values: [credential, card],
})

export async function removeAll(db: Db, person: PersonKey): Promise<void> {
  await rows(db, 'delete from code_card where person = ?', [person])
}

/** Whose card in use has so few codes left and who has been given no other yet; those with the fewest first. */
export const low = (
  db: Db,
  most: number,
): Promise<{ readonly person: PersonKey; readonly serial: string; readonly left: number }[]> =>
  rows(
    db,
    `select k.person, k.serial, cardinality(k.unused) as left from code_card k
     join credential c on c.id = k.credential and c.state = 'active'
     where not k.waiting and cardinality(k.unused) <= ?
       and not exists (select from code_card next where next.person = k.person and next.waiting)
     order by cardinality(k.unused), k.used_at`,
    [most],
  )

/** Cards of means that are gone. */
export async function purge(db: Db): Promise<number> {
  const [found] = await rows<{ gone: string }>(
    db,
    `with gone as (delete from code_card where not exists (
       select from credential c where c.id = code_card.credential and c.state = 'active') returning 1)
     select count(*) as gone from gone`,
  )
  return Number(found?.gone)
}
