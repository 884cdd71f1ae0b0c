import { type Db, rows } from './db.ts'

// Several writes as one statement: all or nothing without a transaction around them, so one way to the database and back
// where begin, each write and commit would be one each. The price: every write must carry its condition itself.

/** A statement that can stand in a `with`, and gives back a row when it found or changed one. */
export interface Part {
  /** Values are `?`, in order. @param only stands in its `where`: what must be so that anything may be done. */
  readonly sql: (only: string) => string
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
  const texts: string[] = []
  let only = 'true'
  for (const [at, { sql }] of when.entries()) {
    texts.push(`when${at} as (${sql(only)})`)
    only = `exists (select from when${at})`
  }
  const following = may ? [may, ...acts] : acts
  for (const [at, { sql }] of following.entries()) {
    // The database runs a part of a `with` to its end when another asks for all its rows.
    const after = at === 0 ? only : `${only} and (select count(*) from act${at - 1}) >= 0`
    texts.push(`act${at} as (${sql(after)})`)
  }
  const [row] = await rows<{ may: number }>(
    db,
    `with ${texts.join(',\n')} select ${may ? '(select count(*) from act0)::int' : 0} as may from when${when.length - 1}`,
    [...when, ...following].flatMap((part) => part.values),
  )
  return row && { may: row.may > 0 }
}
