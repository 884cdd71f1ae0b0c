import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { MIGRATIONS, type Parts } from '../../src/parts.ts'
import { type Db, migrate, openDb, rows } from '../../src/platform/db.ts'
import { type EmbeddedPostgres, startPostgres } from '../../src/platform/embedded-postgres.ts'
import { cpuOf, cpuOfFamily } from '../bench/cpu.ts'
import { enterWhole, type Nodes, startNodes } from '../support/nodes.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { thaiCode } from '../support/register.ts'
import { userInfo } from '../support/service.ts'
import { thaiCode as codeOfSignIn } from '../support/sign-in.ts'

// A whole country in the register: what a sign-in costs then, beside what it costs with a small town in it. Two services
// on one PostgreSQL, one register each, take turns; the people who sign in lie all over both. PRATU_LONG_PERSONS makes
// the country smaller.

const COUNTRY = Number(process.env.PRATU_LONG_PERSONS ?? 10_000_000)
const TOWN = 10_000
const PEOPLE = 1_000
/** Heap, three indexes and the log of what is being written. */
const BYTES_A_PERSON = 1_000
const PAIRS = 12
const SIGN_INS = 80
const AT_ONCE = 4
const MOST = 1.05

let folder: string
let postgres: EmbeddedPostgres
let redis: OwnTestRedis
let open: Nodes[]
const say = (words: string): void => void process.stderr.write(`${words}\n`)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-country-'))
  const { bavail, bsize } = statfsSync(folder)
  const [needed, free] = [COUNTRY * BYTES_A_PERSON, bavail * bsize]
  say(`${COUNTRY} persons need ${gigabytes(needed)} of disk in ${tmpdir()}; ${gigabytes(free)} are free.`)
  if (free < needed) throw new Error(`${gigabytes(needed)} of disk are needed and ${gigabytes(free)} are free`)
  // Not a test's settings: what is measured is a database that keeps its promises.
  postgres = await startPostgres({
    folder: join(folder, 'sql'),
    searchPath: process.env.PATH ?? '',
    settings: { max_wal_size: '4GB' },
  })
  redis = await ownRedis()
  open = []
}, 120_000)
afterAll(async () => {
  for (const each of open) await each.close()
  await redis.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

async function withDatabase<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const { db, close } = openDb({ url, connections: 1, patience: 0 })
  try {
    return await work(db)
  } finally {
    await close()
  }
}

async function serviceOn(name: string, persons: number): Promise<Nodes> {
  await withDatabase(postgres.url, (db) => rows(db, `create database ${name}`))
  const databaseUrl = postgres.url.replace('/pratu?', `/${name}?`)
  await withDatabase(databaseUrl, (db) => migrate(db, MIGRATIONS))
  const nodes = await startNodes({
    databaseUrl,
    redisUrl: redis.url,
    count: 1,
    people: PEOPLE,
    fill: (parts) => fill(parts, persons),
  })
  open.push(nodes)
  await rows(nodes.db, 'vacuum (analyze)')
  const [found] = await rows<{ count: string; size: string }>(
    nodes.db,
    'select count(*) as count, pg_size_pretty(pg_database_size(current_database())) as size from person',
  )
  say(`${name}: ${found?.count} persons, ${found?.size}`)
  expect(Number(found?.count)).toBe(persons)
  return nodes
}

/** In an order in which those who will sign in, the first thousand numbers, lie all over the register. */
async function fill(parts: Parts, persons: number): Promise<void> {
  const stride = 7_919 // a prime that divides neither size: every number comes once
  function* lines() {
    let text = 'scheme,code,kind,status,given_name,family_name\n'
    for (let at = 0; at < persons; at += 1) {
      const serial = (at * stride) % persons
      text += `TH,${serial < PEOPLE ? codeOfSignIn(serial + 1) : thaiCode(serial)},citizen,active,ชื่อ${serial},ตัวอย่าง\n`
      if (text.length < 1 << 17) continue
      yield Buffer.from(text)
      text = ''
    }
    yield Buffer.from(text)
  }
  let told = performance.now()
  const began = told
  const { created } = await parts.importPersons({
    path: '-',
    stdin: Readable.from(lines()),
    rejectedPath: join(folder, 'rejected'),
    strict: true,
    actor: { kind: 'operator', name: 'test' },
    progress({ rows: done, rate }) {
      if (performance.now() - told < 10_000) return
      told = performance.now()
      say(`  ${done} of ${persons} persons, ${Math.round(rate)}/s, ${Math.ceil((persons - done) / rate)} s left`)
    },
  })
  const seconds = (performance.now() - began) / 1_000
  say(`  ${created} persons in ${seconds.toFixed(1)} s, ${Math.round(created / seconds)}/s`)
}

/** Processor milliseconds a sign-in. */
interface Cost {
  readonly node: number
  readonly sql: number
}

async function turn(at: Nodes): Promise<Cost> {
  const { pid } = at.nodes[0]!
  const used = (): Cost => ({ node: cpuOf(pid), sql: cpuOfFamily(postgres.pid) })
  const before = used()
  let left = SIGN_INS
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const { status, access_token } = await enterWhole(at)
      expect(status).toBe(200)
      expect((await userInfo(at.issuer, access_token)).status).toBe(200)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  const after = used()
  return { node: (after.node - before.node) / SIGN_INS, sql: (after.sql - before.sql) / SIGN_INS }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

test(
  `a sign-in among ${COUNTRY} persons costs at most ${MOST} of one among ${TOWN}`,
  async () => {
    const town = await serviceOn('town', TOWN)
    const country = await serviceOn('country', COUNTRY)
    await withDatabase(postgres.url, (db) => rows(db, 'checkpoint'))
    for (const at of [town, country, country, town]) await turn(at) // until the code is compiled and the caches are warm
    const costs: { town: Cost; country: Cost }[] = []
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // In both orders, so that what slows the machine down for a while hits both.
      const first = pair % 2 === 0 ? town : country
      const [one, other] = [await turn(first), await turn(first === town ? country : town)]
      costs.push(first === town ? { town: one, country: other } : { town: other, country: one })
    }
    const of = (cost: Cost): number => cost.node + cost.sql
    const ratios = costs.map((pair) => of(pair.country) / of(pair.town))
    const ratio = median(ratios)
    const words = (name: 'town' | 'country'): string => {
      const [node, sql] = [median(costs.map((pair) => pair[name].node)), median(costs.map((pair) => pair[name].sql))]
      return `${name} ${node.toFixed(2)} ms Node and ${sql.toFixed(2)} ms PostgreSQL`
    }
    say(`a sign-in: ${words('town')}, ${words('country')}`)
    say(`ratio ${ratio.toFixed(3)} (by turn ${ratios.map((value) => value.toFixed(2)).join(' ')})`)
    expect(ratio).toBeLessThanOrEqual(MOST)
  },
  4 * 3_600_000,
)
