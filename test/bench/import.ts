import { createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openAuditLog } from '../../src/audit/log.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import { openPersons } from '../../src/persons/person.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Db, migrate, openDb, rows } from '../../src/platform/db.ts'
import { startPostgres } from '../../src/platform/embedded-postgres.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openIndexer, openSealer } from '../../src/platform/seal.ts'

// How fast a register is taken in, with encryption, blind index, history and audit on:
//   node test/bench/import.ts [PERSONS] [DATABASE_URL]
// into a database of its own, on a PostgreSQL of its own with the settings of a real one where no URL is given. Prints one line per case: rows/s, CPU of this process per row.

const [count = '100000', given] = process.argv.slice(2)
const persons = Number(count)
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
const keys = { personalData: [{ version: 1, key }], blindIndex: systemRandom.bytes(32) }
const sealer = openSealer(keys.personalData, systemRandom)
const indexer = openIndexer(keys.blindIndex)
const audit = openAuditLog({ sealer, clock: systemClock, random: systemRandom })
const needs = { sealer, indexer, keys, audit, clock: systemClock, random: systemRandom }

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
  const sqlBefore = sqlCpu()
  const begun = systemClock.now()
  const result = await importPersonsFile(needs, db, { path, strict: true, actor: { kind: 'service', part: 'bench' } })
  const seconds = (systemClock.now() - begun) / 1000
  const used = process.cpuUsage(cpu)
  const sqlUsed = sqlCpu() - sqlBefore
  const { created, changed, unchanged, rejected } = result
  console.log(
    `${title.padEnd(24)} ${Math.round(result.rows / seconds)} rows/s, ${((used.user + used.system) / result.rows).toFixed(1)} µs CPU a row here and ${((sqlUsed * 1e6) / result.rows).toFixed(1)} in PostgreSQL, ` +
      `${seconds.toFixed(1)} s (${created} new, ${changed} changed, ${unchanged} unchanged, ${rejected} rejected), ` +
      `RSS ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  )
}

/** Seconds that the database's backends have used, where /proc tells (0 elsewhere). */
function sqlCpu(): number {
  if (!existsSync('/proc/self/stat')) return 0
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name)) continue
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100
}

async function lookUps(db: Db): Promise<void> {
  const register = openPersons(needs)
  const begun = systemClock.now()
  for (let at = 0; at < 2000; at += 1) {
    const person = await register.find(db, 'TH', code((at * 7919) % persons))
    if (!person) throw new Error('look-up found nobody')
  }
  console.log(`look-ups, one at a time     ${((systemClock.now() - begun) / 2000).toFixed(2)} ms each`)
  const sizes = await rows<{ size: string }>(db, 'select pg_size_pretty(pg_database_size(current_database())) as size')
  console.log(`database                    ${sizes[0]?.size}`)
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
