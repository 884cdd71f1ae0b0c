import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { place, table } from './support/long-report.ts'
import { type JestReport, lastLine, readAllowed, tally } from './support/tally.ts'

// `npm test`: types, lint, format, then every test. `--long` runs test/long instead. The last line is the result.

const top = resolve(import.meta.dirname, '..')
const bin = join(top, 'node_modules/.bin')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, FORCE_COLOR: '0' }
const long = process.argv.includes('--long')
const paths = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const started = performance.now()

const CHECKS: readonly [string, readonly string[]][] = [
  ['types', ['tsc', '-p', '.', '--pretty', 'false']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings']],
  ['format', ['biome', 'check', '--error-on-warnings']],
]

async function check(name: string, [program, ...rest]: readonly string[]): Promise<boolean> {
  const from = performance.now()
  let printed = ''
  const child = spawn(join(bin, program!), rest, { cwd: top, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (printed += String(piece)))
  const code = await ended(child)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds(from)} s)`)
  if (code !== 0) console.log(printed.trim())
  return code === 0
}

const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((done) => {
    child.once('error', () => done(127))
    child.once('close', done)
  })

const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1)

const PATIENCE = 15_000

/** @returns jest's report, or why there is none; `hung`: the tests had ended and something still held the process. */
async function jest(): Promise<{ report?: JestReport; hung: boolean; measured: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-run-'))
  const output = join(folder, 'report.json')
  const measured = join(folder, 'measured')
  const words = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const scope = long ? ['--testPathIgnorePatterns', '/node_modules/', '--testMatch', '**/test/long/**/*.test.ts'] : []
  // The paths first: an option that takes a list would take them too.
  const options = [...paths, '--ci', '--json', '--outputFile', output, '--passWithNoTests', ...scope]
  const program = join(top, 'node_modules/jest/bin/jest.js')
  const child = spawn(process.execPath, [...words, program, ...options], {
    cwd: top,
    env: { ...env, ...place(measured) },
    stdio: ['ignore', 'ignore', 'inherit'], // the report on standard output is the one in the file
  })
  const closed = ended(child)
  const over = new AbortController()
  const watch = (async () => {
    while (!over.signal.aborted && !existsSync(output)) await sleep(200)
    return sleep(PATIENCE, true, { signal: over.signal }).catch(() => false)
  })()
  const hung = await Promise.race([closed.then(() => false), watch])
  over.abort()
  if (hung) child.kill('SIGKILL')
  await closed
  const lines = existsSync(measured) ? readFileSync(measured, 'utf8') : ''
  try {
    return { report: JSON.parse(readFileSync(output, 'utf8')), hung, measured: lines }
  } catch {
    return { hung, measured: lines }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

let passed = 0
let failed = 0
const broken: string[] = []
for (const [name, command] of paths.length > 0 || long ? [] : CHECKS) {
  if (await check(name, command)) passed++
  else broken.push(`failed: ${name} (what it says stands before the tests)`)
}
failed += broken.length
const { allowed, complaints } = readAllowed(readFileSync(join(top, 'test/allowed-skips'), 'utf8'))
const { report, hung, measured } = await jest()
const vectors = existsSync(process.env.PRATU_VECTORS ?? join(top, '../shared/vectors'))
const result = report && tally(report, { top, allowed, whole: paths.length === 0 && !long, vectors })
const all = [
  ...broken,
  ...complaints,
  ...(result ? result.complaints : ['The tests could not be run: see above.']),
  ...(hung ? ['The tests had ended and something was left open: a server, a pool or a timer.'] : []),
]
for (const complaint of all) console.log(complaint)
passed += result?.passed ?? 0
failed += complaints.length + (result?.failed ?? 1) + (hung ? 1 : 0)
if (measured !== '') console.log(table(measured))
console.log(`after ${seconds(started)} s`)
console.log(lastLine({ passed, failed, skipped: result?.skipped ?? 0 }))
process.exitCode = failed > 0 ? 1 : 0
