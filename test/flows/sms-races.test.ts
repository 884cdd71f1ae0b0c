import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { TestRedis } from '../support/redis.ts'
import { testRedis } from '../support/redis.ts'
import { request, type TestService } from '../support/service.ts'
import { codeIn, type SmsService, startSmsService } from '../support/sms.ts'
import { askedFor, guessCodes, post } from '../support/sms-guessing.ts'

// Codes by text message on two nodes with one Redis: used once, guessed at five times, asked for once.

let redis: TestRedis
let sms: SmsService
let nodes: readonly TestService[]
beforeAll(async () => {
  redis = await testRedis()
  sms = await startSmsService({ redisUrl: redis.url })
  nodes = [sms.at, await sms.beside()]
}, 30_000)
afterAll(async () => {
  await sms.close()
  await redis.close()
})
beforeEach(() => sms.at.clock.advance(3_700_000))

test('one right code in 50 parallel tries on both nodes lets one in', async () => {
  const citizen = sms.at.citizens[0]!
  const foot = await askedFor(sms, citizen)
  const code = codeIn(await sms.next(sms.phoneOf(citizen)))
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(nodes[n % 2]!, foot, { code })))
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  // What came behind it was refused, and found nothing to blame the person for.
  expect(answers.filter(({ status }) => status >= 500)).toEqual([])
})

test('a code asked for on one node is entered on the other, and is used up on both', async () => {
  const citizen = sms.at.citizens[0]!
  const foot = await askedFor(sms, citizen)
  const code = codeIn(await sms.next(sms.phoneOf(citizen)))
  expect((await post(nodes[1]!, foot, { code })).status).toBe(303)
  expect((await post(nodes[0]!, foot, { code })).status).toBeGreaterThanOrEqual(400)
})

test('200 guesses at once on both nodes: five are compared', async () => {
  const plan = { guesses: 200, sources: 100, atOnce: 200, nodes }
  const { evaluated, turnedAway, others } = await guessCodes(sms, sms.at.citizens[1]!, plan)
  expect([evaluated, turnedAway, others]).toEqual([[5], 195, {}])
})

test('20 browsers that ask at once have one message sent', async () => {
  const citizen = sms.at.citizens[0]!
  const number = sms.phoneOf(citizen)
  const before = sms.came(number)
  const doors = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const visitor = sms.at.visitor()
      const page = await visitor.open(request(sms.at.issuer, 'tax').url)
      return { visitor, page: await visitor.submit(page, { method: 'sms-code' }) }
    }),
  )
  const answers = await Promise.all(
    doors.map(({ visitor, page }) => visitor.submit(page, { scheme: 'TH', person_code: citizen.code })),
  )
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(new Set(answers.filter(({ status }) => status !== 200).map(({ trouble }) => trouble))).toEqual(
    new Set(['PRT-1903']),
  )
  await sms.next(number)
  expect(sms.came(number)).toBe(before + 1)
})
