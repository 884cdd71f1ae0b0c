import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openAuditLog } from '../../src/audit/log.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import { openPersons } from '../../src/persons/person.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Db, migrate, openDb, rows } from '../../src/platform/db.ts'
import { startPostgres } from '../../src/platform/embedded-postgres.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openIndexer, openSealer } from '../../src/platform/seal.ts'
import { cpuOfFamily } from './cpu.ts'

// How fast a register is taken in, with encryption, blind index, history and audit on:
//   npm run bench -- import [PERSONS] [DATABASE_URL] [--json]
// into a database of its own; where no URL is given on a PostgreSQL of its own with the settings of a real one. One line a
// case: rows a second, and what each process used for a row.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
})
const [count = '1000000', given] = positionals
const persons = Number(count)
if (!Number.isInteger(persons) || persons < 10_000) throw new Error('PERSONS must be a whole number from 10000 on')
const folder = await mkdtemp(join(tmpdir(), 'pratu-bench-'))
const server = given
  ? undefined
  : await startPostgres({ folder: join(folder, 'sql'), searchPath: process.env.PATH ?? '' })
const address = given || (server?.url ?? '')
const admin = openDb({ url: address, connections: 1, patience: 0 })
const name = `bench_import_${process.pid}`
await admin.db.raw(`create database ${name}`)
const { db, close } = openDb({ url: address.replace(/\/[^/?]*(\?|$)/, `/${name}$1`), patience: 0 })
const key = systemRandom.bytes(32)
const keys = { personalData: [{ version: 1, key }], blindIndex: [{ version: 1, key: systemRandom.bytes(32) }] }
const sealer = openSealer(keys.personalData, systemRandom)
const indexer = openIndexer(keys.blindIndex)
const audit = openAuditLog({ sealer, clock: systemClock, random: systemRandom })
const cases: object[] = []
const needs = { sealer, indexer, keys: () => keys, audit, clock: systemClock, random: systemRandom }

try {
  await migrate(db, fileURLToPath(new URL('../../migrations', import.meta.url)))
  const first = await file('first.csv', 0, 'active', persons)
  const changed = await file('changed.csv', 0, 'deceased', persons)
  const mixed = await file('mixed.csv', persons / 2, 'emigrated', persons)
  await measured('empty register', first)
  await measured('the same file again', first)
  await measured('every row changed', changed)
  await measured('half changed, half new', mixed)
  await lookUps(db)
} finally {
  await close()
  await admin.db.raw(`drop database ${name} with (force)`)
  await admin.close()
  await server?.stop()
  await rm(folder, { recursive: true })
}

async function measured(title: string, path: string): Promise<void> {
  const cpu = process.cpuUsage()
  const here = process.threadCpuUsage()
  const sqlBefore = sqlCpu()
  const begun = performance.now()
  const result = await importPersonsFile(needs, db, { path, strict: true, actor: { kind: 'service', part: 'bench' } })
  const seconds = (performance.now() - begun) / 1000
  const used = process.cpuUsage(cpu)
  const main = process.threadCpuUsage(here)
  const { created, changed, unchanged } = result
  const each = (microseconds: number): number => Number((microseconds / result.rows).toFixed(1))
  const figures = {
    case: title,
    rows_per_second: Math.round(result.rows / seconds),
    seconds: Number(seconds.toFixed(1)),
    cpu_us: each(used.user + used.system),
    main_thread_cpu_us: each(main.user + main.system),
    postgres_cpu_us: each((sqlCpu() - sqlBefore) * 1000),
    rss_mb: Math.round(process.memoryUsage().rss / 1e6),
    created,
    changed,
    unchanged,
  }
  cases.push(figures)
  if (values.json) return
  console.log(
    `${title.padEnd(22)}${String(figures.rows_per_second).padStart(8)} rows/s ${String(figures.seconds).padStart(7)} s, ` +
      `CPU a row: ${figures.cpu_us} µs (${figures.main_thread_cpu_us} in the main thread) and ${figures.postgres_cpu_us} in PostgreSQL, memory ${figures.rss_mb} MB ` +
      `(${created} new, ${changed} changed, ${unchanged} unchanged)`,
  )
}

/** Milliseconds; 0 where the server isn't ours. */
function sqlCpu(): number {
  return server ? cpuOfFamily(server.pid) : 0
}

async function lookUps(db: Db): Promise<void> {
  const register = openPersons(needs)
  const begun = performance.now()
  for (let at = 0; at < 2000; at += 1) {
    const person = await register.find(db, 'TH', code((at * 7_919) % persons))
    if (!person) throw new Error('look-up found nobody')
  }
  const each = (performance.now() - begun) / 2000
  const [size] = await rows<{ bytes: string }>(db, 'select pg_database_size(current_database()) as bytes')
  const megabytes = Math.round(Number(size?.bytes) / 1e6)
  if (values.json)
    console.log(JSON.stringify({ persons, cases, look_up_ms: Number(each.toFixed(2)), database_mb: megabytes }))
  else console.log(`a look-up of one person ${each.toFixed(2)} ms; database ${megabytes} MB`)
}

async function file(title: string, from: number, status: string, count: number): Promise<string> {
  const path = join(folder, title)
  const stream = createWriteStream(path)
  stream.write('scheme,code,kind,status,given_name,family_name,given_name_latin,family_name_latin,birth_date\n')
  let text = ''
  for (let at = from; at < from + count; at += 1) {
    text += `TH,${code(at)},citizen,${status},สมชาย${at % 977},ใจดี${at % 1013},Somchai,Jaidee,${1930 + (at % 90)}-0${1 + (at % 9)}-1${at % 10}\n`
    if (text.length > 1 << 20) {
      if (!stream.write(text)) await new Promise<void>((resolve) => stream.once('drain', () => resolve()))
      text = ''
    }
  }
  await new Promise<void>((resolve) => stream.end(text, () => resolve()))
  return path
}

function code(serial: number): string {
  const digits = `1${String(serial).padStart(11, '0')}`
  let sum = 0
  for (let at = 0; at < 12; at += 1) sum += Number(digits[at]) * (13 - at)
  return digits + ((11 - (sum % 11)) % 10)
}
