import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Guard } from '../../src/methods/guard.ts'
import { openCodes } from '../../src/methods/sms-code/codes.ts'
import { openNumberProof } from '../../src/methods/sms-code/number-proof.ts'
import { BELL } from '../../src/methods/sms-code/sms.ts'
import { messageWords } from '../../src/web/message-words.ts'
import { address, area, foothold, populate, type Told } from '../support/guessing.ts'
import { testIndexer } from '../support/keys.ts'
import { note } from '../support/long-report.ts'
import { thaiCode } from '../support/sign-in.ts'
import { type SmsService, startSmsService } from '../support/sms.ts'
import { guessCodes, post } from '../support/sms-guessing.ts'

// Security bar §3 rows 5 and 9 for codes by text message, with the bar's own figures. Prints what it counted.

const LONG = 20 * 60_000

let sms: SmsService
beforeAll(async () => {
  sms = await startSmsService()
}, 60_000)
afterAll(() => sms.close())

test(
  'the page: 10,000 guesses from 100 addresses, 200 at once, each burst at a new code',
  async () => {
    const plan = { guesses: 10_000, sources: 100, atOnce: 200 }
    const { evaluated, turnedAway, others } = await guessCodes(sms, sms.at.citizens[0]!, plan)
    const all = evaluated.reduce((sum, each) => sum + each, 0)
    note(
      '10,000 guesses at codes by text message, 100 sources, 200 at once',
      '≤ 5 before the first wait, ≤ 50 in all',
      `${evaluated[0]}, ${all}`,
    )
    expect(evaluated[0]).toBeLessThanOrEqual(5)
    expect(all).toBeLessThanOrEqual(50)
    expect(others).toEqual({})
    expect(all + turnedAway).toBe(10_000)
  },
  LONG,
)

test(
  'the proof of a number that is to be enrolled: the same',
  async () => {
    const { at } = sms
    const { clock, random, throttle, prompts } = at.service.parts
    const guard: Guard = {
      spend: (attempt) => throttle.spend('sms-code', attempt),
      succeed: (tx, attempt) => throttle.succeed(tx, 'sms-code', attempt),
      giveBack: throttle.giveBack,
      success: (attempt) => throttle.success('sms-code', attempt),
    }
    const sent: string[] = []
    const proof = openNumberProof({
      gateway: { serves: () => true, available: () => true, soon: ({ text }) => void sent.push(text) },
      codes: openCodes({ indexer: testIndexer('codes'), artifacts: at.service.artifacts, clock, random }),
      prompts: prompts.of(BELL),
      guard,
      words: messageWords,
      home: 'TH',
      host: 'id.example',
    })
    const proving = (n: number) => ({
      subject: at.citizens[1]!.key,
      source: address(n % 100),
      language: 'en' as const,
      towards: { th: 'x', en: 'x', et: 'x' },
    })
    let compared = 0
    let first = 0
    for (let made = 0; made < 10_000; made += 200) {
      let begun = await proof.begin('0819999999', proving(made))
      while (!begun.ok) {
        at.clock.advance(Number(begun.refusal.values?.seconds ?? 60) * 1_000)
        begun = await proof.begin('0819999999', proving(made))
      }
      const { state } = begun
      const tried = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          proof.confirm(state, String(made + n).padStart(6, '0'), proving(made + n)),
        ),
      )
      const wrong = tried.filter((one) => !one.ok && one.refusal.code === 'PRT-1901').length
      if (made === 0) first = wrong
      compared += wrong
      at.clock.advance(3_601_000)
    }
    note('the same where a number is to be enrolled', '≤ 5, ≤ 50', `${first}, ${compared}`)
    expect(first).toBeLessThanOrEqual(5)
    expect(compared).toBeLessThanOrEqual(50)
  },
  LONG,
)

test(
  'who has a telephone is not told by how long it takes to be asked for the code: 2,000 tries in turns',
  async () => {
    const { at } = sms
    const known = await populate(at, 1_000, 5_000_000)
    const { db, persons } = at.service.parts
    for (const [n, code] of known.entries()) {
      const person = (await persons.find(db, 'TH', code))!
      await sms.enrol({ ...at.citizens[0]!, key: person.key }, `+668${String(20_000_000 + n)}`)
    }
    const unknown = Array.from({ length: 1_000 }, (_, n) => thaiCode(4_000_000 + n))
    const told: Told[] = []
    let foot = await foothold(at)
    for (const [n, code] of known.entries()) {
      if (n % 50 === 0) foot = await foothold(at)
      at.clock.advance(1_000)
      const pair = [
        { code, known: true },
        { code: unknown[n]!, known: false },
      ]
      // Who comes first follows no pattern, for what is sent later than the answer would fall into step with it.
      for (const each of hash('sha256', String(n), 'buffer')[0]! % 2 === 0 ? pair : pair.toReversed()) {
        const answer = await post(at, foot, { scheme: 'TH', person_code: each.code }, address(told.length))
        const body = answer.body
          .replaceAll(String(answer.headers['x-request-id']), '')
          .replaceAll(foot.path, '')
          .replaceAll(/nonce="[^"]*"/g, '')
          .replaceAll(/\d\d:\d\d/g, '')
        told.push({ known: each.known, status: answer.status, body, took: answer.took, statements: 0 })
      }
    }
    const settled = told.slice(100)
    const median = (which: boolean) =>
      settled
        .filter((each) => each.known === which)
        .map(({ took }) => took)
        .toSorted((a, b) => a - b)[Math.floor(settled.length / 4)]!
    const shown = area(settled)
    const apart = median(true) - median(false)
    note(
      'who has a telephone, by 2,000 answers’ times',
      'area 0.47 to 0.53, medians within 2 ms',
      `${shown.toFixed(3)}, ${apart.toFixed(2)} ms`,
    )
    expect(new Set(told.map(({ status, body }) => `${status}\n${body}`)).size).toBe(1)
    expect(shown).toBeGreaterThan(0.47)
    expect(shown).toBeLessThan(0.53)
    expect(Math.abs(apart)).toBeLessThan(2)
  },
  LONG,
)
