import { type Client, Query } from 'pg'
import { ask, onTheWire } from './prepared.ts'

// One statement on its way to PostgreSQL. The query builder lends its pool and its transactions; text and values go to the
// driver straight, and the service's statements are prepared once for each connection: that costs a third of the
// builder's own way, and the database neither parses nor plans them again. The price: a pooler between us and the
// database must know prepared statements (PgBouncer from 1.21 on).

/** `?` in the text, in order; or `:name`, as often as it likes. `\\?` stands for a question mark. */
export type Values = readonly unknown[] | Readonly<Record<string, unknown>>

interface Prepared {
  readonly text: string
  /** In the order of their numbers; absent where the text has no names. */
  readonly names?: readonly string[]
  readonly name: string
}

/** Texts are the program's own, so there are few; were they not, memory would fill here and in the database. */
const MOST = 500
const known = new Map<string, Prepared>()

/** What a statement needs of the builder's pool or transaction. */
interface Lender {
  readonly isTransaction?: boolean
  readonly client: {
    readonly connectionSettings: { readonly statement_timeout?: number }
    acquireConnection(): Promise<unknown>
    releaseConnection(connection: unknown): Promise<void>
  }
}

/** @returns its rows. @throws the driver's errors, as they come. */
export async function run(db: Lender, sql: string, values: Values): Promise<unknown[]> {
  // Its connection is somebody else's by now.
  if (db.isTransaction && (db as Lender & { isCompleted(): boolean }).isCompleted())
    throw new Error('a statement after the end of its transaction')
  const { client } = db
  const connection = (await client.acquireConnection()) as Client
  try {
    return await send(connection, statement(sql, values, isService(client)))
  } catch (error) {
    // The driver's stack ends at the socket; from here it leads to whoever asked.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  } finally {
    void client.releaseConnection(connection)
  }
}

/** Long work plans each statement for the values at hand. */
const isService = (client: { readonly connectionSettings: { readonly statement_timeout?: number } }): boolean => {
  const { statement_timeout: limit } = client.connectionSettings
  return limit !== undefined && limit > 0
}

interface Statement {
  readonly text: string
  readonly values: unknown[]
  /** Absent: not prepared. */
  readonly name?: string
}

function send(connection: Client, { text, values, name }: Statement): Promise<unknown[]> {
  const wired = name === undefined ? undefined : onTheWire(values)
  if (name !== undefined && wired) return ask(connection, { name, text, values: wired })
  return new Promise((resolve, reject) => {
    const query = new Query(text, values, (error, result) => {
      if (error) reject(error)
      else resolve(result.rows)
    })
    connection.query(Object.assign(query, { name }))
  })
}

function statement(sql: string, values: Values, service: boolean): Statement {
  let prepared = known.get(sql)
  if (!prepared) {
    prepared = prepare(sql, !Array.isArray(values), `s${known.size}`)
    if (known.size < MOST) known.set(sql, prepared)
    else service = false
  }
  const { text, names, name } = prepared
  const given = names
    ? names.map((each) => bound(values as Readonly<Record<string, unknown>>, each))
    : [...(values as readonly unknown[])]
  return service ? { name, text, values: given } : { text, values: given }
}

function bound(values: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!Object.hasOwn(values, name)) throw new Error(`no value for :${name}`)
  return values[name]
}

function prepare(sql: string, named: boolean, name: string): Prepared {
  const names: string[] = []
  let count = 0
  const text = sql.replaceAll(/\\\?|\?|(?<![:\w]):([a-zA-Z]\w*)/g, (found, key: string | undefined) => {
    if (found === '\\?') return '?'
    if (found === '?') return named ? found : `$${++count}`
    if (!named || key === undefined) return found
    if (!names.includes(key)) names.push(key)
    return `$${names.indexOf(key) + 1}`
  })
  return named ? { text, names, name } : { text, name }
}
