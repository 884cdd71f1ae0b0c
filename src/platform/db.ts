import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isNativeError } from 'node:util/types'
import knex, { type Knex } from 'knex'
import { ask } from './patience.ts'
import { run, type Values } from './statement.ts'

// The SQL database: one pool, transactions and forward-only migrations. PostgreSQL's dialect everywhere.
// Callers take a `Db` first and never ask whether it is the pool or a transaction.

/** The pool, or a transaction on it: every store function takes one first. */
export type Db = Knex

export interface DbSettings {
  /** `postgres://user:password@host:port/database`, or with `?host=/socket/folder` for a unix socket. */
  readonly url: string
  readonly connections?: number
  /**
   * Milliseconds after which a connection or one statement is given up, so that a dead, frozen or slow database becomes
   * an honest 503 within a second. 0: wait for ever (imports, migrations, the operator's command).
   */
  readonly patience?: number
}

export function openDb({ url, connections = 10, patience = 700 }: DbSettings): { db: Db; close(): Promise<void> } {
  const limits = patience
    ? // Both ends: the server's own limit frees its locks, ours holds when the server is frozen.
      { statement_timeout: patience, query_timeout: patience, connectionTimeoutMillis: patience }
    : {}
  const db = knex({
    client: 'pg',
    connection: { connectionString: url, keepAlive: true, application_name: 'pratu', ...limits },
    // Whoever asked is told; the library's own lines would stand in the log without its form.
    log: { warn: silent, error: silent, debug: silent, deprecate: silent },
    pool: { min: 0, max: connections, ...(patience ? { acquireTimeoutMillis: patience } : {}) },
  })
  return { db, close: () => db.destroy() }
}

const silent = (): void => undefined

/** Rows of one raw statement; values for `?` in order, or for `:name`. */
export async function rows<Row>(db: Db, sql: string, values: Values = []): Promise<Row[]> {
  return (await asking(() => run(db, sql, values))) as Row[]
}

class DatabaseLate extends Error {}

/** Its own limits are the pool's; the request's are added here. */
const asking = <T>(question: () => Promise<T>): Promise<T> =>
  ask(Number.POSITIVE_INFINITY, question, () => new DatabaseLate('the database gave no answer in time'))

/** All or nothing; nested calls become savepoints. */
export async function transaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  const begun = db.transaction()
  const tx = await asking(() => begun).catch((error: unknown) => {
    // Nobody waits for it any more, but it may still begin.
    begun.then((late) => late.rollback()).catch(() => undefined)
    throw error
  })
  let result: T
  try {
    result = await work(tx)
  } catch (error) {
    const undone = tx.rollback().catch(() => undefined) // what went wrong first is what is told
    if (!isDatabaseUnavailable(error)) await undone
    throw error
  }
  await asking(async () => tx.commit())
  return result
}

const MIGRATION_LOCK = 0x70726174 // 'prat': two nodes that start together take turns

/**
 * Applies the `NNNN-what-it-adds.sql` files that this database hasn't seen, each in its own transaction, in order.
 * One that the database has and this program doesn't know is left alone: every migration is safe for the version before
 * it, so that an upgrade can roll and be taken back.
 * @returns the names applied now.
 */
export async function migrate(db: Db, folder: string): Promise<string[]> {
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .toSorted()
  return transaction(db, async (tx) => {
    await tx.raw('set local statement_timeout = 0')
    await tx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK])
    await tx.raw(
      'create table if not exists migration (name text primary key, applied_at timestamptz not null default now())',
    )
    const seen = new Set((await rows<{ name: string }>(tx, 'select name from migration')).map((row) => row.name))
    const fresh = files.filter((name) => !seen.has(name))
    for (const name of fresh) {
      await tx.raw(readFileSync(join(folder, name), 'utf8').replaceAll('?', '\\?'))
      await tx.raw('insert into migration (name) values (?)', [name])
    }
    return fresh
  })
}

/** Whether an error says that the database can't serve now (gone, frozen, full, starting, out of connections) rather than that we asked it wrongly. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!isNativeError(error)) return false
  if (error instanceof DatabaseLate) return true
  const { code } = error as Error & { code?: unknown }
  if (typeof code === 'string') {
    // 08 connection, 53 resources (disk full, too many connections), 57P the server is stopping or starting, 57014 our own limit.
    if (/^(08|53|58|57P)/.test(code) || code === '57014' || code === '25006') return true
    if (/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOENT|EHOSTUNREACH|ENOTFOUND)$/.test(code)) return true
  }
  return (
    error.name === 'KnexTimeoutError' ||
    // knex writes the statement before what the driver said.
    /(^| - )(Query read timeout|timeout expired|timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Connection ended|Client was closed)/.test(
      error.message,
    )
  )
}
