import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// `npm run drill -- keys [--json]`: what operators may want to see with their own eyes before they trust it.

const [name] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const json = process.argv.includes('--json')
if (name !== 'keys') {
  console.error('npm run drill -- keys [--json]: rotates the signing keys while people sign in and nodes restart.')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'pratu-drill-'))
const counts = join(folder, 'counts.json')
const run = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), '--long', 'test/long/key-drill'], {
  env: { ...process.env, PRATU_DRILL_COUNTS: counts },
  // With --json nothing but the object stands on standard output.
  stdio: ['ignore', json ? 2 : 'inherit', 'inherit'],
})
const code = await new Promise<number | null>((done) => run.once('close', done))
if (existsSync(counts)) {
  const {
    slowest_change: _,
    emergency_removal: __,
    reasons: ___,
    ...object
  } = JSON.parse(readFileSync(counts, 'utf8')) as Record<string, unknown>
  if (json) console.log(JSON.stringify(object))
}
rmSync(folder, { recursive: true })
process.exitCode = code ?? 1
