import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { address, area, foothold, populate, type Told } from '../support/guessing.ts'
import { FORM, raw } from '../support/raw-request.ts'
import { type Behind, giveCard, guessBehind, otherThan, setPin, toNumber, toPin } from '../support/second-steps.ts'
import { startService, type TestService } from '../support/service.ts'
import { thaiCode } from '../support/sign-in.ts'

// Security bar §3 rows 5 and 9 behind a first page, with the bar's own figures. Prints what it counted.

const LONG = 20 * 60_000
const PLAN = { guesses: 10_000, sources: 100, atOnce: 200 }
const PIN = '830174'

let at: TestService
beforeAll(async () => {
  at = await startService({ settings: { PRATU_CODE_CARDS: 'on' } })
})
afterAll(() => at.close())

function judge(what: string, { evaluated, letIn, said }: Behind): void {
  const all = evaluated.reduce((sum, each) => sum + each, 0)
  process.stdout.write(
    `${what}: 10,000 guesses; looked at: first burst ${evaluated[0]}, in all ${all}; answers ${JSON.stringify(said)}\n`,
  )
  expect(evaluated[0]).toBeLessThanOrEqual(5)
  expect(all).toBeLessThanOrEqual(50)
  expect(letIn).toBe(0)
  expect(Object.values(said).reduce((sum, each) => sum + each, 0)).toBe(10_000)
}

test(
  '10,000 guesses at a PIN behind right codes, from 100 addresses, 200 at once: 5 before the first wait, 50 in all',
  async () => {
    const citizen = at.citizens[0]!
    await setPin(at, citizen, PIN)
    const guessing = {
      factor: 'pin',
      citizen,
      open: () => toPin(at, citizen),
      guess: (n: number) => ({ pin: otherThan(PIN, n) }),
    }
    judge('PIN', await guessBehind(at, guessing, PLAN))
  },
  LONG,
)

test(
  '10,000 guesses at a code card, from 100 addresses, 200 at once: 5 before the first wait, 50 in all',
  async () => {
    const citizen = at.citizens[1]!
    const codes = await giveCard(at, citizen)
    const { number } = await toNumber(at, citizen)
    const right = codes[number - 1]!
    const guessing = {
      factor: 'code-card',
      citizen,
      open: () => toNumber(at, citizen),
      guess: (n: number) => ({ code: otherThan(right, n) }),
    }
    judge('code card', await guessBehind(at, guessing, PLAN))
  },
  LONG,
)

/** Both steps for each of them, known and unknown in turns, each from an address of its own. */
async function walkAll(known: readonly string[], unknown: readonly string[]): Promise<[who: Told[], code: Told[]]> {
  const told: [Told[], Told[]] = [[], []]
  let foot = await foothold(at)
  for (const [n, code] of known.entries()) {
    if (n % 100 === 0) foot = await foothold(at)
    const pair = [
      { code, known: true },
      { code: unknown[n]!, known: false },
    ]
    for (const each of n % 2 === 0 ? pair : pair.toReversed()) {
      const from = address(told[0].length)
      let number = ''
      for (const [step, fields] of [{ scheme: 'TH', person_code: each.code }, { code: '000000' }].entries()) {
        const { status, body, took, headers } = await raw(at.issuer, {
          method: 'POST',
          path: `${foot.path}/code-card`,
          headers: { ...FORM, accept: 'text/html', 'accept-language': 'en', cookie: foot.cookie },
          body: new URLSearchParams(fields).toString(),
          from,
        })
        number = /code number (\d+)/.exec(body)?.[1] ?? number
        const plain = body
          .replaceAll(new RegExp(`number ${number}(?!\\d)`, 'g'), 'NUMBER')
          .replaceAll(String(headers['x-request-id']), 'REQUEST')
          .replaceAll(foot.path, 'PATH')
          .replaceAll(/nonce="[^"]*"/g, '')
        told[step]!.push({ known: each.known, status, body: plain, took, statements: 0 })
      }
    }
  }
  return told
}

test(
  '4,000 people at the code card, known and unknown in turns: answered alike, and the times tell nothing (row 9)',
  async () => {
    const { persons, codeCards } = at.service.parts
    const { db } = at.database
    const known = await populate(at, 2_100)
    // Every second one has a card.
    for (const [n, code] of known.entries())
      if (n % 2 === 0)
        await codeCards.issue(db, (await persons.find(db, 'TH', code))!.key, { kind: 'operator', name: 'test' })
    const unknown = Array.from({ length: 2_100 }, (_, n) => thaiCode(8_000_000 + n))
    // Warm, so that the first hundred don't count.
    await walkAll(known.slice(2_000), unknown.slice(2_000))
    const steps = await walkAll(known.slice(0, 2_000), unknown.slice(0, 2_000))
    for (const [step, all] of steps.entries()) {
      // A machine that has more to do than it can turns some away, known or not.
      const told = all.filter(({ status }) => status !== 503)
      expect(told.length).toBeGreaterThan(0.98 * all.length)
      const shown = area(told)
      process.stdout.write(`code card, step ${step + 1}: ${told.length} people, area ${shown.toFixed(4)}\n`)
      const [one = '', ...others] = [...new Set(told.map(({ status, body }) => `${status}\n${body}`))]
      const lines = one.split('\n')
      expect(others.map((other) => other.split('\n').filter((line, n) => line !== lines[n]))).toEqual([])
      expect(shown).toBeGreaterThan(0.47)
      expect(shown).toBeLessThan(0.53)
    }
  },
  LONG,
)
