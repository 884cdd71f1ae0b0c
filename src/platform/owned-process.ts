import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pause } from './clock.ts'

// Other programs that live and die with this one: finding them, starting them so that they don't outlive us, stopping
// them, and telling whether a process that a file names is still the one that wrote its name there.

export interface Owned {
  readonly pid: number
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<void>
  running(): boolean
  /** Sends the signals one after another, `patience` ms apart, until it has ended. */
  stop(signals: readonly NodeJS.Signals[], patience: number): Promise<void>
}

export interface Spawn {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** File descriptor for what it prints. */
  readonly output: number
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** The first executable of that name in a PATH-like list. */
export function findProgram(names: readonly string[], searchPath: string): string | undefined {
  for (const name of names) {
    for (const folder of searchPath.split(delimiter)) {
      const candidate = join(folder, name)
      if (folder !== '' && isProgram(candidate)) return candidate
    }
  }
  return undefined
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Runs a short command to its end. @returns its exit code (127 where it could not be started) and all it printed. */
export function run({ command, env, cwd, user }: Omit<Spawn, 'output'>, input?: string): Promise<[number, string]> {
  const [program = '', ...rest] = command
  return new Promise((resolve) => {
    const child = execFile(
      program,
      rest,
      { env, timeout: 120_000, ...(cwd === undefined ? {} : { cwd }), ...user },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
        resolve([code, stdout + stderr])
      },
    )
    child.stdin?.on('error', () => {}) // a command that doesn't read its input is no fault
    child.stdin?.end(input ?? '')
  })
}

/**
 * Starts a server of ours, in a process group of its own: Ctrl-C in a terminal reaches every process of the group, and
 * a database that stops before we have drained would make the last requests fail. Where the kernel offers it
 * (`setpriv --pdeathsig`), it also ends when we are killed.
 */
export async function spawnOwned({ command, env, cwd, output, user }: Spawn): Promise<Owned> {
  const wrapper = ['setpriv', '--pdeathsig', 'INT'] as const
  const [wrapped] = await run({ command: [...wrapper, 'true'], env })
  const [program = '', ...rest] = wrapped === 0 ? [...wrapper, ...command] : command
  const child = spawn(program, rest, {
    env: { ...env },
    stdio: ['ignore', output, output],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...user,
  })
  return owned(child, program)
}

async function owned(child: ChildProcess, program: string): Promise<Owned> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => reject(new Error(`${program} could not be started`, { cause })))
  })
  const pid = child.pid!
  const ended = new AbortController()
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      ended.abort()
      resolve()
    })
  })
  return {
    pid,
    exited,
    running: () => !ended.signal.aborted,
    async stop(signals, patience) {
      for (const signal of signals) {
        if (ended.signal.aborted) return
        child.kill(signal)
        await pause(patience, ended.signal)
      }
      await exited
    },
  }
}

/** A process as /proc knows it; `started` tells a process from a later one with the same number. */
export interface ProcessMark {
  readonly pid: number
  readonly started: string
}

/** @returns undefined for a process that has ended, a zombie included. Without /proc, `started` is empty. */
export function markOf(pid: number): ProcessMark | undefined {
  if (process.platform !== 'linux') {
    try {
      process.kill(pid, 0)
      return { pid, started: '' }
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? { pid, started: '' } : undefined
    }
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything; the fields are counted from its end: state is the first, start time the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

export function isSame(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.started === mark.started
}

/** The words a process was started with; empty where that can't be known. */
export function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}
