import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pause } from './clock.ts'
import { findProgram, type Owned, spawnOwned } from './owned-process.ts'

// The sessions store that Pratu starts for itself where a Redis or Valkey is installed: on a unix socket in a private
// folder, never evicting, keeping nothing on disk (a session that dies with the service only costs a sign-in).

export interface OwnRedis {
  /** The socket's path, as `PRATU_REDIS_URL` and ioredis take it. */
  readonly url: string
  readonly pid: number
  readonly exited: Promise<void>
  stop(): Promise<void>
}

export interface Needs {
  readonly folder: string
  readonly searchPath: string
  /** Further settings, one command-line word each side. */
  readonly settings?: Readonly<Record<string, string>>
}

const SOCKET = 'redis.sock'
const SOCKET_PATH_LIMIT = 107

/** @returns undefined where neither redis-server nor valkey-server is installed. @throws Error when it does not start. */
export async function startRedis({ folder: given, searchPath, settings = {} }: Needs): Promise<OwnRedis | undefined> {
  const program = findProgram(['redis-server', 'valkey-server'], searchPath)
  if (!program) return undefined
  const folder = resolve(given)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  dropSocket(folder) // left by a run that was killed
  const socket = chooseSocket(folder)
  const log = openSync(join(folder, 'redis.log'), 'w', 0o600)
  const all: Record<string, string> = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
    dir: folder,
    ...settings,
  }
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
  const server = await spawnOwned({ command: [program, ...flags], env: { LC_ALL: 'C', PATH: searchPath }, output: log })
  closeSync(log)
  if (!(await answers(server, socket))) {
    await server.stop(['SIGTERM', 'SIGKILL'], 5000)
    const words = readFileSync(join(folder, 'redis.log'), 'utf8').trim().split('\n').slice(-3).join(' / ')
    throw new Error(`Redis did not start: ${words}`)
  }
  chmodSync(socket, 0o700)
  return {
    url: socket,
    pid: server.pid,
    exited: server.exited,
    async stop() {
      await server.stop(['SIGTERM', 'SIGKILL'], 5000)
      dropSocket(folder)
    },
  }
}

// Unix socket paths end at 107 bytes; a clone deep in somebody's folders gets its socket in a private temporary folder,
// and remembers where, so that a run that was killed leaves nothing there for ever.
const REMEMBERED = 'redis.place'

function chooseSocket(folder: string): string {
  if (Buffer.byteLength(join(folder, SOCKET)) <= SOCKET_PATH_LIMIT) return join(folder, SOCKET)
  const place = mkdtempSync(join(tmpdir(), 'pratu-'))
  writeFileSync(join(folder, REMEMBERED), place, { mode: 0o600 })
  return join(place, SOCKET)
}

function dropSocket(folder: string): void {
  rmSync(join(folder, SOCKET), { force: true })
  if (!existsSync(join(folder, REMEMBERED))) return
  const place = readFileSync(join(folder, REMEMBERED), 'utf8')
  rmSync(join(place, SOCKET), { force: true })
  try {
    rmdirSync(place) // never recursively: the name comes from a file
  } catch {
    // gone, or not empty and so not ours
  }
  rmSync(join(folder, REMEMBERED))
}

async function answers(server: Owned, socket: string): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && server.running(); waited += 20) {
    if (await accepts(socket)) return true
    await pause(20)
  }
  return false
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket)
    probe.once('error', () => resolve(false))
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
  })
}
