import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Behind, giveCard, guessBehind, otherThan, setPin, toNumber, toPin } from '../support/second-steps.ts'
import { startService, type TestService } from '../support/service.ts'

// Security bar §3 row 5 behind a first page, with the bar's own figures. Prints what it counted.

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
