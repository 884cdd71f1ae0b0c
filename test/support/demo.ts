import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// `npm start` as a newcomer has it, on other ports and in a folder of its own: a child process, its words, its end.

export interface Demo {
  readonly issuer: string
  readonly agencies: readonly [string, string]
  /** What it needs to be found by `pratu …`. */
  readonly environment: Record<string, string>
  readonly folder: string
  /** All it printed so far. */
  said(): string
  /** @returns the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>
  /** Starts the same once more, beside. @returns its exit code and words. */
  again(): Promise<{ code: number | null; said: string }>
  /** Command lines of processes that still work in its folder. */
  left(): string[]
  /** Kills what is left, and removes the folder. */
  remove(): void
}

const MAIN = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url))
const TOP = fileURLToPath(new URL('../../', import.meta.url))

export interface Prepared {
  start(): Promise<Demo>
  /** Starts it with further settings that must stop it. @returns its exit code and words. */
  fails(settings: Record<string, string>): Promise<{ code: number | null; said: string }>
  remove(): void
}

/** A folder and ports, nothing started yet. */
export async function prepareDemo(): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-demo-'))
  const port = await fivePorts()
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PRATU_PORT: String(port),
    PRATU_DATA: join(folder, 'data'),
    PRATU_KEYS: join(folder, 'keys'),
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return {
    start: () => start(folder, port, environment),
    fails: (settings) => toTheEnd({ ...environment, ...settings }),
    remove,
  }
}

async function start(folder: string, port: number, environment: Record<string, string>): Promise<Demo> {
  const words: string[] = []
  const child = run(environment, words)
  const said = () => words.join('')
  const ready = `ready http://localhost:${port}\n`
  while (!said().includes(ready)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the demo did not start: ${said()}`)
    await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
  }
  return {
    issuer: `http://localhost:${port}`,
    agencies: [`http://localhost:${port + 1}`, `http://localhost:${port + 2}`],
    environment,
    folder,
    said,
    async stop(signal) {
      const ended = once(child, 'exit')
      child.kill(signal)
      const [code] = (await ended) as [number | null]
      return code
    },
    again: () => toTheEnd(environment),
    left: () => processesIn(folder).map(({ line }) => line),
    remove() {
      child.kill('SIGKILL')
      for (const { pid } of processesIn(folder)) process.kill(pid, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function toTheEnd(environment: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const words: string[] = []
  const [code] = (await once(run(environment, words), 'close')) as [number | null]
  return { code, said: words.join('') }
}

function run(environment: Record<string, string>, words: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN], { cwd: TOP, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (part: Buffer) => words.push(part.toString()))
  child.stderr.on('data', (part: Buffer) => words.push(part.toString()))
  return child
}

/**
 * Pratu's port and the four after it, for the agencies, the world outside and the cards' responder. Below those that the system gives to
 * whoever asks for any: between our look and the demo's start nobody else gets them.
 */
async function fivePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + randomInt(12_000)
    const free = await Promise.all([0, 1, 2, 3, 4].map((more) => isFree(first + more)))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

function processesIn(folder: string): { pid: number; line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return line.includes(folder) ? [{ pid: Number(pid), line }] : []
      } catch {
        return [] // ended meanwhile
      }
    })
}
