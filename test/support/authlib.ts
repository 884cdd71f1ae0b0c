import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../src/platform/clock.ts'

// An agency's site of a few lines of Python, with Authlib and Flask as the system has them. It keeps real time.

// The system's own: another that comes first on the PATH doesn't have the system's packages.
const PYTHON = '/usr/bin/python3'

/** Why tests that need it are skipped; undefined where it is installed. */
export const withoutAuthlib =
  existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import authlib, flask, requests']).status === 0
    ? undefined
    : 'Authlib with Flask is not installed'

export interface AuthlibSite {
  readonly origin: string
  close(): Promise<void>
}

export interface Site {
  readonly port: number
  readonly issuer: string
  readonly client: string
  readonly secret: string
}

export async function startAuthlib({ port, issuer, client, secret }: Site): Promise<AuthlibSite> {
  const program = join(import.meta.dirname, 'authlib-site.py')
  const child = spawn(PYTHON, [program, issuer, client, secret, String(port)], {
    // Plain http to this machine.
    env: { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const origin = `http://localhost:${port}`
  for (;;) {
    const there = await fetch(`${origin}/`).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    )
    if (there) break
    if (child.exitCode !== null) throw new Error(`the site did not start: ${said}`)
    await pause(50)
  }
  return {
    origin,
    async close() {
      child.kill('SIGTERM')
      await over
    },
  }
}
