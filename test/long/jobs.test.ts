import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Parts } from '../../src/parts.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { note } from '../support/long-report.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'

// Announcements on two real nodes, both of which die by kill -9 with some in hand: none is lost, and what is handed over
// twice bears the same number.

const OPERATOR = { kind: 'operator', name: 'test' } as const
const PEOPLE = 60
const EACH = 10
/** So many one node has in hand at once. */
const IN_HAND = 16

let database: TestDatabase
let redis: TestRedis
let at: Nodes
let parts: Parts
let gateway: Server
const received: string[] = []
beforeAll(async () => {
  ;[database, redis] = await Promise.all([testDatabase(), testRedis()])
  gateway = createServer((request, response) => {
    received.push(String(request.headers['webhook-id']))
    request.resume()
    // Slow enough to die in the middle of.
    void pause(100).then(() => response.writeHead(202).end())
  })
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  at = await startNodes({
    databaseUrl: database.url,
    redisUrl: redis.url,
    people: PEOPLE,
    async fill(opened) {
      parts = opened
    },
    settings: {
      PRATU_SMS_GATEWAY: `http://localhost:${(gateway.address() as AddressInfo).port}/`,
      PRATU_SMS_GATEWAY_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    },
  })
}, 120_000)
afterAll(async () => {
  await at?.close()
  gateway.closeAllConnections()
  gateway.close()
  await Promise.all([database.close(), redis.close()])
})

const open = async () => (await rows(parts.db, 'select 1 from job where ended_at is null')).length

test('600 announcements and two kill -9', async () => {
  const { db, credentials, persons } = parts
  const keys = await Promise.all(at.people.map(async ({ code }) => (await persons.find(db, 'TH', code))!.key))
  for (const [n, person] of keys.entries()) {
    const telephone = { person, method: 'sms-code', secret: Buffer.from(`+6681${String(1_000_000 + n)}`) } as const
    await transaction(db, (tx) => credentials.enrol(tx, telephone, OPERATOR))
  }
  for (let n = 0; n < EACH; n++)
    for (const person of keys) await transaction(db, (tx) => credentials.enrolTotp(tx, person, OPERATOR))
  const made = (await rows(db, 'select 1 from job')).length
  expect(made).toBe(PEOPLE * EACH)
  for (const [turn, node] of at.nodes.entries()) {
    const goal = received.length + 40
    while (received.length < goal && (await open()) > 2 * IN_HAND) await pause(5)
    await node.kill()
    await node.start()
    expect(turn).toBeLessThan(2)
  }
  // What was in hand is taken over when its lease ends, a minute later.
  while ((await open()) > 0) await pause(200)
  const outcomes = await rows(db, 'select outcome, count(*)::int as n from job group by outcome')
  const twice = received.length - new Set(received).size
  note(
    `${made} announcements on two nodes, both killed by -9 meanwhile`,
    `0 lost, ≤ ${2 * IN_HAND} handed over twice`,
    `${made - new Set(received).size} lost, ${twice} handed over twice under the same number`,
  )
  expect(outcomes).toEqual([{ outcome: 'done', n: made }])
  expect(new Set(received).size).toBe(made)
  expect(twice).toBeLessThanOrEqual(2 * IN_HAND)
}, 300_000)
