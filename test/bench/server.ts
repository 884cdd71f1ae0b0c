import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram, run } from '../../src/platform/owned-process.ts'
import { freePorts } from '../support/ports.ts'
import { SERVED } from '../support/served.ts'

// Starts what is measured as processes of their own, on a core that nobody else of this run uses.

export const TOP = join(import.meta.dirname, '../..')
const SEARCH_PATH = process.env.PATH ?? ''
const TASKSET = availableParallelism() > 1 ? findProgram(['taskset'], SEARCH_PATH) : undefined

/** Whether load and measured processes really run apart. */
export const pinned = TASKSET !== undefined

/** This process, and with it the stores that it will start, leave the first core to what is measured. */
export async function leaveFirstCore(): Promise<void> {
  if (TASKSET === undefined) return
  const others = `1-${availableParallelism() - 1}`
  await run({ command: [TASKSET, '-a', '-cp', others, String(process.pid)], env: {} })
}

export interface Served {
  readonly pid: number
  /** As agencies and browsers name it. */
  readonly url: string
  /** Where it listens. */
  readonly address: string
  /** From the start of the process to its first answer, in milliseconds. */
  readonly readyAfter: number
  stop(): Promise<void>
}

interface Start {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly port: number
  /** The address that answers once it serves. */
  readonly check: string
  readonly log: string
  readonly core?: number
}

async function start({ words, env, port, check, log, core = 0 }: Start): Promise<Served> {
  const command = [...(TASKSET === undefined ? [] : [TASKSET, '-c', String(core)]), process.execPath, ...words]
  const output = openSync(log, 'a')
  const began = performance.now()
  const child = spawn(command[0]!, command.slice(1), {
    cwd: TOP,
    env: { PATH: SEARCH_PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const address = `http://127.0.0.1:${port}`
  while (!(await answers(`${address}${check}`))) {
    if (child.exitCode !== null) throw new Error(`${words[0]} did not start: see ${log}`)
    await sleep(10)
  }
  return {
    pid: child.pid!,
    url: `http://localhost:${port}`,
    address,
    readyAfter: performance.now() - began,
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )

export interface Pratu {
  readonly settings: Readonly<Record<string, string>>
  /** Absent: another node beside the one whose port the issuer names. */
  readonly port?: number
  readonly folder: string
  readonly core?: number
  /** Words for Node before the program, such as `--cpu-prof`. */
  readonly node?: readonly string[]
}

export async function startPratu({ settings, port: given, folder, core = 0, node = [] }: Pratu): Promise<Served> {
  const port = given ?? (await freePorts(1))[0]!
  return start({
    words: [...node, ...SERVED],
    env: { ...settings, PRATU_PORT: String(port) },
    port,
    check: '/health/ready',
    log: join(folder, 'pratu.log'),
    core,
  })
}

export async function startPeer(folder: string, secret: string): Promise<Served> {
  const [port = 0] = await freePorts(1)
  return start({
    words: [join(TOP, 'test/bench/peer.ts'), secret, String(port)],
    env: {},
    port,
    check: '/.well-known/openid-configuration',
    log: join(folder, 'peer.log'),
  })
}
