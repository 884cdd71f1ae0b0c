import { type Db, rows } from './db.ts'

// Several writes as one statement: all or nothing without a transaction around them, so one way to the database and back
// where begin, each write and commit would be one each. The price: every write must carry its condition itself.

/** A statement that can stand in a `with`, and gives back a row when it found or changed one. */
export interface Part {
  /**
   * Values are `?`, in order; `{only}` stands in its `where`, for what must be so that anything may be done. One of the
   * program's own texts: what is put together of them is kept.
   */
  readonly sql: string
  readonly values: readonly unknown[]
}

export interface Writes {
  /** A row that many share: wanted first and `for update skip locked`, so that nobody waits for it in here. */
  readonly may?: Part | undefined
  /** Done in this order, so that others who want the same rows in the same order wait and don't block one another. */
  readonly acts: readonly Part[]
}

export interface AtOnce extends Writes {
  /** Each must find or change a row; what follows one that doesn't is not done. */
  readonly when: readonly [Part, ...Part[]]
}

/** @returns undefined when nothing was written; otherwise whether `may` was done too. */
export async function atOnce(db: Db, { when, may, acts }: AtOnce): Promise<{ readonly may: boolean } | undefined> {
  const following = may ? [may, ...acts] : acts
  const parts = [...when, ...following]
  const text = composed(when.length * 2 + (may ? 1 : 0), parts, () => textOf(when, following, may !== undefined))
  const [row] = await rows<{ may: number }>(db, text, valuesOf(parts))
  return row && { may: row.may > 0 }
}

function textOf(when: readonly Part[], following: readonly Part[], may: boolean): string {
  const texts: string[] = []
  let only = 'true'
  for (const [at, { sql }] of when.entries()) {
    texts.push(`when${at} as (${under(sql, only)})`)
    only = `exists (select from when${at})`
  }
  for (const [at, { sql }] of following.entries()) {
    const after = at === 0 ? only : `${only} and ${runAfter(`act${at - 1}`)}`
    texts.push(`act${at} as (${under(sql, after)})`)
  }
  return `with ${texts.join(',\n')} select ${may ? '(select count(*) from act0)::int' : 0} as may from when${when.length - 1}`
}

/** A part's text under a condition. */
export const under = (sql: string, only: string): string => sql.replace('{only}', only)

/** The database runs a part of a `with` to its end when another asks for all its rows. */
export const runAfter = (part: string): string => `(select count(*) from ${part}) >= 0`

export function valuesOf(parts: readonly Part[]): unknown[] {
  const values: unknown[] = []
  for (const part of parts) values.push(...part.values)
  return values
}

/** What was put together before, found part by part: joining kilobytes and looking for the whole costs ten times as much. */
interface Known {
  text?: string
  readonly next: Map<string | number, Known>
}
const known: Known = { next: new Map() }
/** Were the texts not the program's own, memory would fill. */
const MOST = 1_000
let steps = 0

/** @param shape what the text depends on besides. @returns the same text for the same parts. */
export function composed(shape: string | number, parts: readonly Part[], make: () => string): string {
  let at: Known | undefined = known.next.get(shape) ?? step(known, shape)
  for (const { sql } of parts) at = at?.next.get(sql) ?? step(at, sql)
  if (!at) return make()
  at.text ??= make()
  return at.text
}

function step(from: Known | undefined, by: string | number): Known | undefined {
  if (!from || steps >= MOST) return undefined
  steps += 1
  const to: Known = { next: new Map() }
  from.next.set(by, to)
  return to
}
