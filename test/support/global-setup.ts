import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate, openDb } from '../../src/platform/db.ts'
import { startPostgres } from '../../src/platform/embedded-postgres.ts'
import { ownerOf } from '../../src/platform/folder-lock.ts'
import { startRedis } from '../../src/platform/own-redis.ts'
import { type Ground, hand, TEMPLATE } from './ground.ts'

// One PostgreSQL and one Redis for the whole run, in a temporary folder that global-teardown removes. Nothing is kept
// on disk for long, so nothing is flushed to it.
const QUICK = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }

const NAME = 'pratu-test-run-'

export default async function setUp(): Promise<void> {
  sweep()
  const folder = mkdtempSync(join(tmpdir(), NAME))
  const searchPath = process.env.PATH ?? ''
  const [postgres, redis] = await Promise.all([
    startPostgres({ folder: join(folder, 'sql'), searchPath, settings: QUICK }),
    startRedis({ folder: join(folder, 'redis'), searchPath, settings: { databases: '4096' } }),
  ])
  // A broken migration fails the tests that need a database, and lets the others say what they have to say.
  const broken = await makeTemplate(postgres.url).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  hand({
    postgres: postgres.url,
    ...(redis ? { redis: redis.url } : {}),
    ...(broken === undefined ? {} : { broken }),
  } satisfies Ground)
  globalThis.stopTheGround = async () => {
    await Promise.all([postgres.stop(), redis?.stop()])
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Folders of runs that were killed: their lock names a process that is gone. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const sql = join(tmpdir(), name, 'sql')
    if (!name.startsWith(NAME) || !existsSync(join(sql, 'postgres')) || ownerOf(sql)) continue
    rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

async function makeTemplate(url: string): Promise<void> {
  const admin = openDb({ url, patience: 0 })
  await admin.db.raw(`create database ${TEMPLATE}`)
  await admin.close()
  const template = openDb({ url: url.replace('/pratu?', `/${TEMPLATE}?`), patience: 0 })
  const folder = fileURLToPath(new URL('../../migrations', import.meta.url))
  try {
    await migrate(template.db, folder)
  } finally {
    await template.close() // a database with connections can't be copied
  }
}
