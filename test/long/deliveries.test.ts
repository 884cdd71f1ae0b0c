import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { clientId, personKey, sessionRef } from '../../src/identity/identifiers.ts'
import { announceLogouts } from '../../src/oidc/logout-delivery.ts'
import type { Parts } from '../../src/parts.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { enterParties } from '../support/enter-party.ts'
import { type Load, load } from '../support/load.ts'
import { figure, note } from '../support/long-report.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { secretOfAgency } from '../support/service.ts'

// A node that has a hundred thousand ends of sessions to tell, while people sign in at it.

const PENDING = figure('PENDING', 100_000)
const PER_SECOND = figure('SIGN_INS', 5)
const BEFORE = 20_000
const AGENCIES = Array.from({ length: 50 }, (_, n) => `agency-${n}`)

let database: TestDatabase
let redis: TestRedis
let receiver: Receiver
let at: Nodes
let parts: Parts
beforeAll(async () => {
  ;[database, redis, receiver] = await Promise.all([testDatabase(), testRedis(), openReceiver()])
  receiver.status = 204
  at = await startNodes({
    ...{ databaseUrl: database.url, redisUrl: redis.url, count: 1, people: 200 },
    settings: { PRATU_FETCH_ALLOW: '127.0.0.1,localhost' },
    async fill(opened) {
      parts = opened
      await enterParties(opened, AGENCIES, (id) => ({
        ...{ token_endpoint_auth_method: 'client_secret_basic', client_secret: secretOfAgency(id) },
        backchannel_logout_uri: `${receiver.url}/${id}`,
      }))
      await opened.clients.refresh()
      for (let left = PENDING; left > 0; left -= 1_000) await announce(Math.min(left, 1_000))
      // They wait for the word to begin.
      await rows(opened.db, "update job set due_at = due_at + interval '1 day'")
      await rows(opened.db, 'analyze job')
    },
  })
}, 300_000)
afterAll(async () => {
  await at?.close()
  await Promise.all([database.close(), redis.close(), receiver.close()])
})

const announce = (many: number): Promise<void> =>
  announceLogouts(
    parts,
    parts.db,
    Array.from({ length: many }, (_, n) => ({
      ...{ client: clientId(AGENCIES[n % AGENCIES.length]!), person: personKey(randomUUID()) },
      ...{ session: sessionRef(randomUUID()), why: 'idle' as const, sid: randomUUID() },
    })),
  )

const open = async (): Promise<number> =>
  (await rows<{ n: number }>(parts.db, 'select count(*)::int as n from job where ended_at is null'))[0]!.n

const p95 = ({ took }: Load): number => took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)]!

test(`${PENDING} deliveries drain while people sign in`, async () => {
  const quiet = await load(at, PER_SECOND, pause(BEFORE))
  let seconds = 0
  const drained = async (): Promise<void> => {
    const from = performance.now()
    await rows(parts.db, "update job set due_at = due_at - interval '1 day'")
    while ((await open()) > 0) await pause(500)
    seconds = (performance.now() - from) / 1000
  }
  const busy = await load(at, PER_SECOND, drained())
  const rate = PENDING / seconds
  const outcomes = await rows(parts.db, 'select outcome, count(*)::int as n from job group by outcome')
  note(
    `${PENDING} pending deliveries to ${AGENCIES.length} agencies on one node at ${PER_SECOND} sign-ins a second`,
    '≥ 500/s; sign-in p95 at most 20 % above that without them',
    `${Math.round(rate)}/s; p95 ${p95(quiet)} ms without, ${p95(busy)} ms with; ${quiet.failed.length + busy.failed.length} sign-ins failed`,
  )
  expect(outcomes).toEqual([{ outcome: 'done', n: PENDING }])
  expect(receiver.tokens).toHaveLength(PENDING)
  expect([quiet.failed, busy.failed]).toEqual([[], []])
  expect(rate).toBeGreaterThan(500)
  expect(p95(busy)).toBeLessThan(p95(quiet) * 1.2)
}, 900_000)
