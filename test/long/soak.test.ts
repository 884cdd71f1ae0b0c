import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type Heap, inspected, openHeap } from '../support/heap-of.ts'
import { note } from '../support/long-report.ts'
import { enterWhole, type Nodes, startNodes } from '../support/nodes.ts'
import { freePorts } from '../support/ports.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { userInfo } from '../support/service.ts'

// An hour of ordinary life at 30 sign-ins a second: what grows that should not? PRATU_SOAK_MINUTES shortens it; the
// figures are printed every minute, and what was asserted is said at the end.
//
// Memory is read each minute right after the engine was made to collect everything: at its own pace the process goes to and
// fro by 13 MB, as the young generation fills and is emptied, and a line through that says nothing about a megabyte.

const MINUTES = Number(process.env.PRATU_SOAK_MINUTES ?? 60)
const RATE = 30
/** Until the heap, the pools and the compiled code have found their size: sessions begin to lapse after half an hour. */
const WARM_UP = MINUTES >= 60 ? 35 : MINUTES / 3

interface Sample {
  readonly minute: number
  /** MB, after a collection, here and below. */
  readonly rss: number
  readonly heap: number
  readonly beside: number
  readonly files: number
  readonly keys: number
}

let database: TestDatabase
let redis: OwnTestRedis
let at: Nodes
let heap: Heap
beforeAll(async () => {
  database = await testDatabase()
  redis = await ownRedis()
  // Each code is good once in thirty seconds: so many people that nobody has to wait for theirs.
  const [inspector = 0] = await freePorts(1)
  const people = RATE * 40
  const words = inspected(inspector)
  at = await startNodes({ databaseUrl: database.url, redisUrl: redis.url, count: 1, people, words })
  heap = await openHeap(inspector)
}, 300_000)
afterAll(async () => {
  heap?.close()
  await at.close()
  await Promise.all([database.close(), redis.close()])
})

async function look(minute: number, keys: number): Promise<Sample> {
  const { pid } = at.nodes[0]!
  const live = await heap.live()
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  const files = readdirSync(`/proc/${pid}/fd`).length
  return { minute, rss, heap: live.heap / 2 ** 20, beside: live.beside / 2 ** 20, files, keys }
}

/** Megabytes an hour, by least squares. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (what: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + what(sample), 0) / samples.length
  const [x, y] = [mean(({ minute }) => minute), mean(of)]
  const over = samples.reduce((sum, sample) => sum + (sample.minute - x) * (of(sample) - y), 0)
  const under = samples.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0)
  return (over / under) * 60
}

async function endless(): Promise<string[]> {
  const found: string[] = []
  let cursor = '0'
  do {
    const [next, keys] = await redis.client.scan(cursor, 'COUNT', 1_000)
    const lives = await Promise.all(keys.map((key) => redis.client.pttl(key)))
    found.push(...keys.filter((_key, n) => lives[n] === -1))
    cursor = next
  } while (cursor !== '0')
  return found
}

/** Rows of every table; statistics would lag behind. */
async function sizes(): Promise<Record<string, number>> {
  const tables = await rows<{ name: string }>(
    database.db,
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const counted = await Promise.all(
    tables.map(async ({ name }) => [
      name,
      Number((await rows<{ n: string }>(database.db, `select count(*) as n from "${name}"`))[0]!.n),
    ]),
  )
  return Object.fromEntries(counted) as Record<string, number>
}

/** What its own retention bounds, later than within this hour: the record, and what people see of it. */
const MAY_GROW = /^(audit_event|own_history.*)$/
/** A session is on the list while it lives (half an hour without use), an hour after it, and until the next hourly purge. */
const SESSIONS = /^live_session/
const SESSIONS_KEPT = RATE * 60 * (30 + 60 + 61)

test(
  `${MINUTES} minutes at ${RATE} sign-ins a second leave nothing behind`,
  async () => {
    const samples: Sample[] = []
    let done = 0
    const refusals = new Map<string, number>()
    const refuse = (why: string) => void refusals.set(why, (refusals.get(why) ?? 0) + 1)
    const refused = () => [...refusals.values()].reduce((sum, count) => sum + count, 0)
    const under = new Set<Promise<void>>()
    const began = performance.now()
    let warm: Record<string, number> = {}
    const say = (words: string) => process.stderr.write(`${words}\n`)

    async function one(): Promise<void> {
      try {
        const { status, access_token } = await enterWhole(at)
        if (status !== 200) refuse(`token answered ${status}`)
        else if ((await userInfo(at.issuer, access_token)).status !== 200) refuse('UserInfo refused')
        else done++
      } catch (error) {
        refuse(error instanceof Error ? error.message.slice(0, 90) : String(error))
      }
    }

    function begin(): void {
      const running: Promise<void> = one().finally(() => under.delete(running))
      under.add(running)
    }

    for (let minute = 1; minute <= MINUTES; minute++) {
      const until = began + minute * 60_000
      for (let next = performance.now(); next < until; next += 1_000 / RATE) {
        const wait = next - performance.now()
        if (wait > 0) await pause(wait)
        // A machine that can't keep up must be seen as refusals here, not as a queue without end.
        if (under.size > RATE * 10) refuse('not begun: ten seconds behind')
        else begin()
      }
      const sample = await look(minute, await redis.client.dbsize())
      samples.push(sample)
      if (minute === Math.ceil(WARM_UP)) warm = await sizes()
      say(
        `minute ${minute}: ${done} signed in, ${refused()} refused, ${sample.rss.toFixed(1)} MB, of it live ${sample.heap.toFixed(1)} and ${sample.beside.toFixed(1)}, ${sample.files} files, ${sample.keys} keys`,
      )
    }
    await Promise.all(under)

    const settled = samples.filter(({ minute }) => minute > WARM_UP)
    const growth = slope(settled, ({ rss }) => rss)
    const live = slope(settled, (sample) => sample.heap + sample.beside)
    const now = await sizes()
    const most = (name: string): number => (SESSIONS.test(name) ? SESSIONS_KEPT : warm[name]! * 1.01 + 10)
    const grown = Object.keys(now).filter((name) => !MAY_GROW.test(name) && now[name]! > most(name))
    const spread = Math.max(...settled.map(({ files }) => files)) - Math.min(...settled.map(({ files }) => files))
    const forever = await endless()
    note(
      `${MINUTES} min at ${RATE} sign-ins/s, one node`,
      '0 refused, RSS < 1 MB/h, 0 keys without an end, 0 tables that grow, files steady',
      `${refused()} refused of ${done + refused()}; RSS after a collection ${growth.toFixed(2)} MB/h from minute ${WARM_UP} on (${settled[0]?.rss.toFixed(1)} to ${settled.at(-1)?.rss.toFixed(1)} MB), live memory ${live.toFixed(2)}; ${forever.length} keys, ${grown.length} tables; ${Math.min(...settled.map(({ files }) => files))} to ${Math.max(...settled.map(({ files }) => files))} files`,
    )
    say(`tables ${JSON.stringify(now)}`)
    expect([...refusals]).toEqual([])
    expect(forever).toEqual([])
    expect(grown).toEqual([])
    expect(spread).toBeLessThanOrEqual(10)
    // A tenth of an hour says nothing about a megabyte an hour.
    if (MINUTES >= 30) expect(growth).toBeLessThan(1)
  },
  (MINUTES + 10) * 60_000,
)
