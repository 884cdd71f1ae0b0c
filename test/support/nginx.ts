import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../src/platform/clock.ts'

// A real nginx of the test's own, with the configuration that the documents give operators.

const PROGRAM = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path))

/** Why tests that need it are skipped; undefined where it is installed. */
export const withoutNginx = PROGRAM === undefined ? 'nginx is not installed' : undefined

export interface Nginx {
  /** What it complained of so far. */
  errors(): string
  close(): Promise<void>
}

/**
 * The documents' configuration with this test's addresses.
 * @param places from what stands there to what shall stand there; each must occur.
 */
export function documented(places: Readonly<Record<string, string>>): string {
  let text = readFileSync(new URL('../../docs/nginx-card.conf', import.meta.url), 'utf8')
  for (const [from, to] of Object.entries(places)) {
    if (!text.includes(from)) throw new Error(`docs/nginx-card.conf has no ${from}`)
    text = text.replaceAll(from, to)
  }
  return text
}

/** @param ports that it will listen on. */
export async function startNginx(folder: string, servers: string, ports: readonly number[]): Promise<Nginx> {
  const home = join(folder, 'nginx')
  mkdirSync(home)
  const stores = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  )
  writeFileSync(
    join(home, 'nginx.conf'),
    `${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
daemon off; pid ${home}/pid; error_log stderr info; worker_processes 1;
events { worker_connections 512; }
http { access_log off; ${stores.join(' ')}
${servers}
}\n`,
  )
  const child = spawn(PROGRAM!, ['-p', home, '-e', 'stderr', '-c', join(home, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()))
  for (const port of ports) await listening(port, child, () => errors)
  return {
    errors: () => errors,
    async close() {
      child.kill('SIGTERM')
      await over
    },
  }
}

async function listening(port: number, child: ChildProcess, errors: () => string): Promise<void> {
  for (;;) {
    const there = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (there) return
    if (child.exitCode !== null) throw new Error(`nginx did not start: ${errors()}`)
    await pause(20)
  }
}
