import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

// What is in the way of a start: which of our ports somebody else listens on, and who that is, so that the newcomer
// reads a sentence instead of EADDRINUSE.

export interface TakenPort {
  readonly port: number
  /** `process 4711 (node src/demo/main.ts in /home/me/pratu)`, where it can be seen. */
  readonly by?: string
}

export async function takenPorts(ports: readonly number[]): Promise<TakenPort[]> {
  const free = await Promise.all(ports.map(isFree))
  return ports.flatMap((port, place) => (free[place] ? [] : [{ port, ...listenerOf(port) }]))
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

const LISTENING = '0A'

/** Through /proc: the socket's inode by port, then the process that holds it. Nothing where that can't be read. */
function listenerOf(port: number): { by?: string } {
  try {
    const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => inodesOf(table, port))
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (!holds(pid, inodes)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ').slice(0, 80)
      return { by: `process ${pid} (${command} in ${readlinkSync(`/proc/${pid}/cwd`)})` }
    }
  } catch {
    // No /proc, or somebody else's process: then the port's number must do.
  }
  return {}
}

function inodesOf(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync(table, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${wanted}`) && state === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`)
}

function holds(pid: string, inodes: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(readlinkSync(`/proc/${pid}/fd/${fd}`)))
  } catch {
    return false
  }
}
