import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { openDb, rows } from '../../src/platform/db.ts'
import { findPostgres, startPostgres } from '../../src/platform/embedded-postgres.ts'
import { markOf } from '../../src/platform/owned-process.ts'
import { testFolder } from '../support/folder.ts'

const searchPath = process.env.PATH ?? ''
const settings = { fsync: 'off' }
let made: ReturnType<typeof testFolder>
let home: ReturnType<typeof testFolder>
beforeAll(async () => {
  made = testFolder()
  const server = await startPostgres({ folder: made.path, searchPath, settings })
  await server.stop()
})
beforeEach(() => {
  home = testFolder()
})
afterEach(() => home.remove())
afterAll(() => made.remove())

/** As after an earlier start: making a database is the dear part, and two tests do that. */
function startedBefore(): void {
  cpSync(join(made.path, 'postgres'), join(home.path, 'postgres'), { recursive: true })
  chmodSync(join(home.path, 'postgres'), 0o700) // a copy's top folder gets the usual mode
}

async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const { db, close } = openDb({ url, patience: 20_000 })
  try {
    return await rows<Row>(db, sql)
  } finally {
    await close()
  }
}

/** Another Pratu, as a process of its own: it starts the database in `folder` and then waits to be killed. */
async function another(folder: string) {
  const program = resolve(import.meta.dirname, '../support/hold-postgres.ts')
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('the other service ended at once')))
  failed.catch(() => {})
  await Promise.race([once(child.stdout, 'data'), failed])
  return child
}

const postmasterOf = (folder: string): number =>
  Number(readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])

describe('the embedded PostgreSQL', () => {
  test('is made in a new folder, keeps what was written, and listens on a private socket only', async () => {
    const folder = join(home.path, 'a folder, "quoted"')
    const first = await startPostgres({ folder, searchPath, settings })
    await ask(first.url, 'create table kept as select 1 as n')
    const [found] = await ask<Record<string, string>>(
      first.url,
      `select current_setting('listen_addresses') as tcp, current_setting('server_encoding') as encoding,
              current_setting('synchronous_commit') as commits, current_setting('timezone') as zone`,
    )
    expect(found).toEqual({ tcp: '', encoding: 'UTF8', commits: 'on', zone: 'UTC' })
    expect(statSync(folder).mode & 0o077).toBe(0)
    await first.stop()
    expect(existsSync(join(folder, '.s.PGSQL.5432'))).toBe(false)
    expect(markOf(first.pid)).toBeUndefined()
    const second = await startPostgres({ folder, searchPath, settings })
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 1 }])
    await second.stop()
  })

  test('writes neither a failing statement nor the row that an error quotes into its log', async () => {
    startedBefore()
    const server = await startPostgres({ folder: home.path, searchPath, settings })
    await ask(server.url, 'create table secretive (code text unique)')
    await ask(server.url, "insert into secretive values ('1101700207030')")
    await expect(ask(server.url, "insert into secretive values ('1101700207030')")).rejects.toThrow()
    await server.stop()
    const log = readFileSync(join(home.path, 'postgres.log'), 'utf8')
    expect(log).not.toContain('1101700207030')
  })

  test('is found by a command while the service runs, and refuses a second service in one sentence', async () => {
    startedBefore()
    expect(findPostgres(home.path)).toBeUndefined()
    const service = await another(home.path)
    const url = findPostgres(home.path)
    expect(await ask(url!, 'select 1 as n')).toEqual([{ n: 1 }])
    await expect(startPostgres({ folder: home.path, searchPath })).rejects.toThrow(
      `${home.path} is in use by process ${service.pid}. Stop that one first`,
    )
    service.kill('SIGTERM')
    await once(service, 'exit')
    expect(findPostgres(home.path)).toBeUndefined()
  })

  test('takes its folder over from a service that was killed, database and all', async () => {
    startedBefore()
    const service = await another(home.path)
    await ask(findPostgres(home.path)!, 'create table kept as select 1 as n')
    service.kill('SIGKILL')
    await once(service, 'exit')
    const next = await startPostgres({ folder: home.path, searchPath, settings })
    expect(await ask(next.url, 'select n from kept')).toEqual([{ n: 1 }])
    await next.stop()
  })

  test('starts after the database itself was killed, although its pid now names another process of ours', async () => {
    startedBefore()
    const service = await another(home.path)
    process.kill(postmasterOf(home.path), 'SIGKILL')
    service.kill('SIGKILL')
    await once(service, 'exit')
    const file = join(home.path, 'postgres/postmaster.pid')
    // Not this process: PostgreSQL itself forgives the pid of its parent.
    const sleeper = spawn('sleep', ['60'])
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(sleeper.pid)))
    const next = await startPostgres({ folder: home.path, searchPath, settings })
    expect(await ask(next.url, 'select 1 as n')).toEqual([{ n: 1 }])
    await next.stop()
    expect(sleeper.exitCode).toBeNull()
    sleeper.kill()
  })

  test('of two that start at once in a new folder, one serves and the other is told who does', async () => {
    const both = await Promise.allSettled([
      startPostgres({ folder: home.path, searchPath, settings }),
      startPostgres({ folder: home.path, searchPath, settings }),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    for (const one of both) {
      if (one.status === 'fulfilled') await one.value.stop()
      else expect(String(one.reason)).toContain('is in use by process')
    }
  })

  test("refuses another version's data folder and changes nothing in it", async () => {
    mkdirSync(join(home.path, 'postgres'))
    writeFileSync(join(home.path, 'postgres/PG_VERSION'), '14\n')
    await expect(startPostgres({ folder: home.path, searchPath })).rejects.toThrow('was made by PostgreSQL 14')
    expect(readdirSync(join(home.path, 'postgres'))).toEqual(['PG_VERSION'])
  })

  test('starts in folders so deep that a socket would not fit, and takes its temporary folder away again', async () => {
    const temporary = () => readdirSync(tmpdir()).filter((name) => /^pratu-\w{6}$/.test(name))
    const before = temporary()
    const server = await startPostgres({ folder: join(home.path, 'd'.repeat(100)), searchPath, settings })
    expect(await ask(server.url, 'select 1 as n')).toEqual([{ n: 1 }])
    await server.stop()
    expect(temporary().filter((name) => !before.includes(name))).toEqual([])
  })

  test('begins anew after a first start that was interrupted', async () => {
    mkdirSync(join(home.path, 'postgres.new/half'), { recursive: true })
    const server = await startPostgres({ folder: home.path, searchPath, settings })
    expect(await ask(server.url, 'select 1 as n')).toEqual([{ n: 1 }])
    await server.stop()
    expect(existsSync(join(home.path, 'postgres.new'))).toBe(false)
  })

  test('dies with a service that is killed, where the kernel offers that', async () => {
    startedBefore()
    const service = await another(home.path)
    const pid = postmasterOf(home.path)
    expect(markOf(pid)).toBeDefined()
    service.kill('SIGKILL')
    // Nothing tells us of a stranger's end but looking; the test's own limit ends the wait.
    while (markOf(pid)) await pause(20)
    expect(existsSync(join(home.path, 'postgres/postmaster.pid'))).toBe(false)
  })
})

/** Whether any account of this machine may walk to this program. */
function walkable(path: string): boolean {
  for (let folder = path; folder !== '/'; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
  }
  return true
}

test('everything it makes belongs to the owner of the folder around, also when root starts it', async () => {
  const uid = process.getuid?.() === 0 ? 65_534 : process.getuid!()
  const folder = join(home.path, 'theirs')
  chmodSync(home.path, 0o755)
  mkdirSync(folder)
  chownSync(folder, uid, statSync(folder).gid)
  const start = startPostgres({ folder: join(folder, '.data'), searchPath, settings })
  if (uid === 65_534 && !walkable(import.meta.dirname)) {
    await expect(start).rejects.toThrow('does not run here for user 65534, to whom the data folder belongs')
    return
  }
  const server = await start
  expect(await ask(server.url, 'select 1 as n')).toEqual([{ n: 1 }])
  await server.stop()
  expect(statSync(join(folder, '.data/postgres')).uid).toBe(uid)
})
