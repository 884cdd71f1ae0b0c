import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MIGRATIONS } from '../../src/parts.ts'
import { migrate, openDb } from '../../src/platform/db.ts'
import { type EmbeddedPostgres, startPostgres } from '../../src/platform/embedded-postgres.ts'
import type { TestDatabase } from './database.ts'
import { openPassage, type Passage } from './passage.ts'

/** A PostgreSQL of the test's own, to stop, freeze, slow down or replace; reached through a passage. */
export interface OwnPostgres {
  /** By the quiet way, which no passage disturbs. */
  readonly quiet: TestDatabase
  /** Through the passage. */
  readonly url: string
  readonly passage: Passage
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  /** On the same files. */
  restart(): Promise<void>
  /** On a copy of its files elsewhere, as a standby that has everything is promoted; the passage leads there. */
  promote(): Promise<void>
  /** Leaves so many bytes of its disk; only where it has one of its own. */
  fill(room: number): void
  empty(): void
  close(): Promise<void>
}

const QUICK = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

export interface Options {
  /** On a disk of its own with so much room; wants to be root. */
  readonly megabytes?: number
}

export async function ownPostgres({ megabytes }: Options = {}): Promise<OwnPostgres> {
  const disk = mkdtempSync(join(tmpdir(), 'pratu-test-postgres-'))
  if (megabytes !== undefined) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk])
  const filler = join(disk, 'filler')
  const folders = [join(disk, 'first')]
  const start = (): Promise<EmbeddedPostgres> =>
    startPostgres({ folder: folders.at(-1)!, searchPath: process.env.PATH ?? '', settings: QUICK })
  let server = await start()
  const socketOf = ({ url }: EmbeddedPostgres) => `${new URL(url).searchParams.get('host')!}/.s.PGSQL.5432`
  const passage = await openPassage(socketOf(server))
  const { db, close } = openDb({ url: server.url, patience: 20_000 })
  await migrate(db, MIGRATIONS)
  const family = () => [server.pid, ...childrenOf(server.pid), ...childrenOf(server.pid).flatMap(childrenOf)]
  const signal = (name: NodeJS.Signals) => {
    for (const pid of family()) process.kill(pid, name)
  }
  return {
    quiet: {
      db,
      url: server.url,
      another: () => db,
      close: () => Promise.resolve(),
    },
    url: `postgres://pratu@127.0.0.1:${passage.port}/pratu`,
    passage,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async kill() {
      signal('SIGKILL')
      await server.exited
    },
    async restart() {
      await server.stop()
      server = await start()
      passage.lead(socketOf(server))
    },
    async promote() {
      await server.stop()
      const next = mkdtempSync(join(tmpdir(), 'pratu-test-postgres-'))
      cpSync(join(folders.at(-1)!, 'postgres'), join(next, 'postgres'), { recursive: true })
      chmodSync(join(next, 'postgres'), 0o700)
      rmSync(join(next, 'postgres', 'postmaster.pid'), { force: true })
      folders.push(next)
      server = await start()
      passage.lead(socketOf(server))
    },
    fill(room) {
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - room)))
    },
    empty: () => rmSync(filler, { force: true }),
    async close() {
      await close()
      await passage.close()
      await server.stop()
      if (megabytes !== undefined) execFileSync('umount', [disk])
      for (const folder of [disk, ...folders]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false // ended meanwhile
      }
    })
}
