import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CardAuthority, openCardAuthority } from '../../src/demo/cards/authority.ts'
import { openResponder } from '../../src/demo/cards/responder.ts'
import { makeToken } from '../../src/demo/cards/token.ts'
import { cardOrigin } from '../../src/oidc/localhost.ts'
import { pause, systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { hangingSettings, openHangingProvider } from '../support/hanging-provider.ts'
import { figure, note } from '../support/long-report.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { freePorts } from '../support/ports.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { callback, request } from '../support/service.ts'
import { thaiCode } from '../support/sign-in.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Two thousand people look for their telephone while others sign in by card and by code: who waits for somebody else must
// cost those nothing. A service of its own process, a provider whose polls hang; by turns without and with the two thousand.

const WAITING = figure('WAITING', 2_000)
const SECONDS = figure('WAITING_SECONDS', 40)
const TURNS = figure('WAITING_TURNS', 2)
const PEOPLE = 300
/** Milliseconds from one sign-in to the next. */
const PACE = 150

let database: TestDatabase
let redis: OwnTestRedis
let folder: string
let provider: Awaited<ReturnType<typeof openHangingProvider>>
let responder: ReturnType<typeof openResponder>
let authority: CardAuthority
let at: Nodes

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-waiting-'))
  const machine = { clock: systemClock, random: systemRandom }
  const holders = Array.from({ length: 40 }, (_, n) => ({
    scheme: 'TH',
    code: thaiCode(n + 1),
    kind: 'citizen',
    given: 'SOMYING',
    family: 'TUAYANG',
  }))
  authority = openCardAuthority(folder, holders, machine)
  const [port = 0] = await freePorts(1)
  responder = openResponder({
    authority: authority.issuing,
    statusOf: (serial) => authority.statusOf(serial),
    port,
    ...machine,
  })
  await responder.listen()
  const issuers = join(folder, 'issuers')
  authority.writeIssuers(issuers, responder.url())
  provider = await openHangingProvider()
  database = await testDatabase()
  redis = await ownRedis()
  at = await startNodes({
    databaseUrl: database.url,
    redisUrl: redis.url,
    count: 1,
    people: PEOPLE,
    settings: { PRATU_CARD_ISSUERS: issuers, ...hangingSettings(provider.address, issuers) },
  })
}, 120_000)
afterAll(async () => {
  await at.close()
  await Promise.all([database.close(), redis.close(), provider.close(), responder.close()])
  rmSync(folder, { recursive: true, force: true })
})

/** Comes again while the node has no turn for it: a busy machine is not what is measured here. */
async function patient(ask: () => Promise<Page>): Promise<Page> {
  for (;;) {
    const page = await ask()
    if (page.status !== 503) return page
    await pause(200)
  }
}

async function choose(visitor: Visitor, method: string): Promise<Page> {
  const page = await patient(() => visitor.open(request(at.issuer, 'tax').url))
  return patient(() => visitor.submit(page, { method }))
}

let sources = 0
/** As far as the waiting page. */
async function wait(serial: number): Promise<void> {
  const visitor = at.visitor()
  sources++
  const from = { 'x-forwarded-for': `10.${(sources >> 16) & 255}.${(sources >> 8) & 255}.${sources & 255}` }
  const form = await choose(visitor, 'mobile-id')
  const fields = { scheme: 'TH', person_code: thaiCode(serial), phone: '+66800000000' }
  const page = await patient(() => visitor.submit(form, fields, from))
  if (!page.html.includes('id="wait"')) throw new Error(`no waiting page: ${page.status} ${page.trouble}`)
}

async function crowd(turn: number): Promise<void> {
  const serials = Array.from({ length: WAITING }, (_, n) => 10_000 + turn * WAITING + n)
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let serial = serials.shift(); serial !== undefined; serial = serials.shift()) await wait(serial)
    }),
  )
  while (provider.hanging() < WAITING) await pause(50)
}

async function byCode(): Promise<number> {
  const { person, code } = await at.somebody()
  const begun = performance.now()
  const visitor = at.visitor()
  const form = await choose(visitor, 'totp')
  const end = await visitor.submit(form, { scheme: 'TH', person_code: person.code, code })
  if (callback(end).code === undefined) throw new Error(`by code: ${end.status} ${end.trouble}`)
  return performance.now() - begun
}

let cards = 0
async function byCard(): Promise<number> {
  const { certificate, key } = authority.cards[cards++ % authority.cards.length]!
  const begun = performance.now()
  const visitor = at.visitor()
  const page = await choose(visitor, 'smart-card')
  const nonce = /data-nonce="([^"]+)"/.exec(page.html)![1]!
  const token = JSON.stringify(makeToken({ certificate, key, origin: cardOrigin(at.issuer), nonce }))
  const end = await visitor.submit(page, { token })
  if (callback(end).code === undefined) throw new Error(`by card: ${end.status} ${end.trouble}`)
  return performance.now() - begun
}

/** One after the other begins at a pace of its own, whatever became of those before. */
async function signIns(seconds: number): Promise<{ code: number[]; card: number[] }> {
  const all: Promise<readonly ['code' | 'card', number]>[] = []
  const begun = performance.now()
  for (let n = 0; performance.now() - begun < seconds * 1_000; n++) {
    all.push(n % 2 ? byCard().then((ms) => ['card', ms] as const) : byCode().then((ms) => ['code', ms] as const))
    await pause(Math.max(0, (n + 1) * PACE - (performance.now() - begun)))
  }
  const took = await Promise.all(all)
  const of = (kind: 'code' | 'card') => took.flatMap(([which, ms]) => (which === kind ? [ms] : []))
  return { code: of('code'), card: of('card') }
}

const p95 = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)]!

function held(): { readonly mb: number; readonly files: number } {
  const { pid } = at.nodes[0]!
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { mb: Number(rss) / 1024, files: readdirSync(`/proc/${pid}/fd`).length }
}

test(
  'people sign in by card and by code as quickly as ever while two thousand telephones are waited for, and nothing of it stays',
  async () => {
    await signIns(SECONDS / 2)
    const [quiet, busy] = [
      { code: [] as number[], card: [] as number[] },
      { code: [] as number[], card: [] as number[] },
    ]
    const peaks: ReturnType<typeof held>[] = []
    const rests: ReturnType<typeof held>[] = []
    const add = (to: typeof quiet, { code, card }: typeof quiet) => {
      to.code.push(...code)
      to.card.push(...card)
    }
    const before = held()
    for (let turn = 0; turn < TURNS; turn++) {
      add(quiet, await signIns(SECONDS))
      provider.again()
      await crowd(turn)
      await pause(2_000)
      add(busy, await signIns(SECONDS))
      // All of them still wait; between two of their polls, at this very moment, a few.
      while (provider.hanging() < WAITING) await pause(20)
      peaks.push(held())
      provider.end()
      await pause(5_000)
      expect(provider.hanging()).toBe(0)
      rests.push(held())
    }
    const ratios = { code: p95(busy.code) / p95(quiet.code), card: p95(busy.card) / p95(quiet.card) }
    const shown = (kind: 'code' | 'card') =>
      `${p95(quiet[kind]).toFixed(0)} → ${p95(busy[kind]).toFixed(0)} ms (${ratios[kind].toFixed(2)})`
    note(
      `${WAITING} polls hang at the provider; p95 of a sign-in by code, by card`,
      'at most 1.1 times',
      `${shown('code')}, ${shown('card')}`,
    )
    const mb = (all: typeof peaks) => all.map((one) => one.mb.toFixed(0)).join(', ')
    note(
      'memory in MB before, with them, after they went, by turns',
      'no more with each turn',
      `${before.mb.toFixed(0)}; ${mb(peaks)}; ${mb(rests)}`,
    )
    expect(ratios.code).toBeLessThan(1.1)
    expect(ratios.card).toBeLessThan(1.1)
    // Sockets are closed, and what the second two thousand take is what the first have left.
    expect(rests.at(-1)!.files).toBeLessThan(before.files + 200)
    expect(peaks.at(-1)!.mb).toBeLessThan(peaks[0]!.mb * 1.15)
  },
  (TURNS * (2 * SECONDS + 240) + 120) * 1_000,
)
