import { type Db, rows } from '../platform/db.ts'

// The SQL of sealing anew: any table, by the columns of an index that leads through it in order. Names are program text.

export interface Place {
  readonly table: string
  readonly column: string
  /** Unique together, with their types, in the order of an index: the way through the table. */
  readonly key: readonly (readonly [column: string, type: string])[]
  /** Further columns that the cell is bound by. */
  readonly more?: readonly string[]
}

export type Row = Readonly<Record<string, unknown>> & { readonly sealed: Buffer }

const names = ({ key }: Place, of = ''): string => key.map(([column]) => `${of}${column}`).join(', ')
const holes = ({ key }: Place): string => key.map(([, type]) => `?::${type}`).join(', ')

/** How many lie under another version. */
export async function count(db: Db, { table, column }: Place, version: number): Promise<number> {
  const [found] = await rows<{ count: string }>(
    db,
    `select count(*) as count from ${table} where get_byte(${column}, 0) <> ?::integer`,
    [version],
  )
  return Number(found?.count)
}

/**
 * The next that lie under another version, locked: those that somebody else holds are passed over, so that nobody waits for
 * us with something in hand that we wait for.
 */
export function next(
  tx: Db,
  place: Place,
  version: number,
  after: readonly unknown[] | undefined,
  most: number,
): Promise<Row[]> {
  const { table, column, more = [] } = place
  const columns = [names(place), ...more, `${column} as sealed`].join(', ')
  const from = after ? `and (${names(place)}) > (${holes(place)})` : ''
  return rows<Row>(
    tx,
    `select ${columns} from ${table} where get_byte(${column}, 0) <> ?::integer ${from}
     order by ${names(place)} limit ?::integer for no key update skip locked`,
    [version, ...(after ?? []), most],
  )
}

/** Rows that `next` gave and that are still locked. */
export async function replace(tx: Db, place: Place, read: readonly Row[], sealed: readonly Buffer[]): Promise<void> {
  const { table, column, key } = place
  const lists = key.map(([, type]) => `?::${type}[]`).join(', ')
  await rows(
    tx,
    `update ${table} as t set ${column} = n.sealed
     from unnest(${lists}, ?::bytea[]) as n(${names(place)}, sealed)
     where (${names(place, 't.')}) = (${names(place, 'n.')})`,
    [...key.map(([name]) => read.map((row) => row[name])), sealed],
  )
}
