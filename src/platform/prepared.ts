import type { Client, Connection } from 'pg'

// A prepared statement as a query of the driver's own kind, as its cursors are. With every execution the driver's `Query`
// asks anew which columns there will be and makes a parser for them; here that is asked once for each connection. Half the
// time of a statement, then, is the way to the database and back. The price: the driver's contract for such queries
// (submit, handle…) is older than its types.

export interface Question {
  /** Of the statement, on every connection that it is sent over. */
  readonly name: string
  readonly text: string
  readonly values: readonly Wire[]
}

/** As it goes to the database: bytes as they are, everything else as text. */
export type Wire = string | Buffer | null

/** @returns undefined where one of them is for the driver to write (arrays, JSON, times that ISO 8601 has no four digits for). */
export function onTheWire(values: readonly unknown[]): Wire[] | undefined {
  const written: Wire[] = []
  for (const value of values) {
    if (value === null || value === undefined) written.push(null)
    else if (typeof value === 'string' || Buffer.isBuffer(value)) written.push(value)
    else if (value instanceof Date && value.getTime() >= YEAR_1 && value.getTime() < YEAR_10000)
      written.push(value.toISOString())
    else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
      written.push(String(value))
    else return undefined
  }
  return written
}

const YEAR_1 = Date.parse('0001-01-01T00:00:00Z')
const YEAR_10000 = Date.UTC(10_000, 0)

/** @returns its rows. @throws the driver's errors, as they come. */
export const ask = (client: Client, question: Question): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    client.query(
      submittable(client, question, (error, rows) => {
        if (error) reject(error)
        else resolve(rows)
      }),
    )
  })

interface Columns {
  readonly names: readonly string[]
  readonly parsers: readonly ((text: string) => unknown)[]
}

interface Field {
  readonly name: string
  readonly dataTypeID: Parameters<Client['getTypeParser']>[0]
}

const NONE: Columns = { names: [], parsers: [] }

/** The columns of the statements that a connection knows, by their names. */
const told = new WeakMap<Known, Map<string, Columns>>()

/** The driver's side of a connection: what it has prepared, and what it is just sending to be. */
interface Known extends Connection {
  readonly parsedStatements: Readonly<Record<string, string>>
  readonly submittedNamedStatements: Record<string, string>
}

type Callback = (error: Error | null, rows: unknown[]) => void

function submittable(client: Client, { name, text, values }: Question, callback: Callback) {
  const rows: unknown[] = []
  let columns: Columns | undefined
  let broken: Error | undefined
  return {
    name,
    text,
    // The driver puts its limit of time around it, in its place.
    callback,
    submit(asked: Connection): Error | null {
      const connection = asked as Known
      columns = columnsOf(connection).get(name)
      const known = connection.parsedStatements[name] ?? connection.submittedNamedStatements[name]
      if (known !== undefined && known !== text) return new Error(`${name} is another statement here`)
      connection.stream.cork()
      try {
        if (known === undefined) {
          connection.parse({ name, text, types: [] }, true)
          connection.submittedNamedStatements[name] = text
        }
        connection.bind({ statement: name, values: values as string[] }, true)
        if (!columns) connection.describe({ type: 'P', name: '' }, true)
        connection.execute(null, true)
        connection.sync()
      } finally {
        connection.stream.uncork()
      }
      return null
    },
    handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
      columns = {
        names: fields.map((field) => field.name),
        parsers: fields.map(({ dataTypeID }) => client.getTypeParser(dataTypeID, 'text')),
      }
    },
    handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
      try {
        if (!broken) rows.push(rowOf(columns ?? NONE, fields))
      } catch (error) {
        broken = error as Error
      }
    },
    handleCommandComplete(_told: unknown, connection: Known): void {
      columnsOf(connection).set(name, columns ?? NONE)
    },
    handleReadyForQuery(): void {
      this.callback(broken ?? null, rows)
    },
    handleError(error: Error): void {
      this.callback(broken ?? error, rows)
    },
    // What only other statements have: none, one that stops halfway, COPY.
    handleEmptyQuery: () => undefined,
    handlePortalSuspended: () => undefined,
    handleCopyInResponse: (connection: { sendCopyFail(why: string): void }) => connection.sendCopyFail('not prepared'),
    handleCopyData: () => undefined,
  }
}

function columnsOf(connection: Known): Map<string, Columns> {
  const known = told.get(connection)
  if (known) return known
  const fresh = new Map<string, Columns>()
  told.set(connection, fresh)
  return fresh
}

function rowOf({ names, parsers }: Columns, fields: readonly (string | null)[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const [at, name] of names.entries()) {
    const text = fields[at] ?? null
    row[name] = text === null ? null : parsers[at]!(text)
  }
  return row
}
