import { randomBytes } from 'node:crypto'
import { type Db, openDb } from '../../src/platform/db.ts'
import { ground, TEMPLATE } from './ground.ts'

export interface TestDatabase {
  readonly db: Db
  /** For a further pool, or for a service that a test starts. */
  readonly url: string
  /** A further pool, as another node has one; closed with the database, also when a test fails half-way. */
  another(): Db
  close(): Promise<void>
}

/** A fresh database with every migration applied: a copy of the run's template (some tens of milliseconds). */
export async function testDatabase(options: { connections?: number } = {}): Promise<TestDatabase> {
  const { postgres, broken } = ground()
  if (broken !== undefined) throw new Error(`The migrations did not apply: ${broken}`)
  const name = `t_${randomBytes(8).toString('hex')}`
  await asAdmin(`create database ${name} template ${TEMPLATE}`)
  const url = postgres.replace('/pratu?', `/${name}?`)
  // Two shared cores and a parallel run: a statement that takes a second here says nothing about the service.
  const open = () => openDb({ url, patience: 20_000, ...options })
  const { db, close } = open()
  const closing = [close]
  return {
    db,
    url,
    another() {
      const pool = open()
      closing.push(pool.close)
      return pool.db
    },
    async close() {
      await Promise.all(closing.map((close) => close()))
      await asAdmin(`drop database ${name} with (force)`)
    },
  }
}

async function asAdmin(sql: string): Promise<void> {
  const admin = openDb({ url: ground().postgres, connections: 1, patience: 0 })
  try {
    await admin.db.raw(sql)
  } finally {
    await admin.close()
  }
}
