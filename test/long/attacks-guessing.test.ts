import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newActivationCode } from '../../src/persons/activation-code.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { area, enumerate, type Foothold, foothold, guess, populate } from '../support/guessing.ts'
import { startService, type TestService } from '../support/service.ts'
import { thaiCode } from '../support/sign-in.ts'

// Security bar §3 rows 5 and 9 with the bar's own figures. Prints what it counted.

const LONG = 20 * 60_000

let at: TestService
beforeAll(async () => {
  at = await startService()
})
afterAll(() => at.close())

test(
  '10,000 guesses from 100 addresses, 200 at once: 5 are looked at before the first wait, 50 in all (row 5)',
  async () => {
    const plan = { guesses: 10_000, sources: 100, atOnce: 200 }
    const { evaluated, turnedAway, others } = await guess(at, at.citizens[0]!, plan)
    const all = evaluated.reduce((sum, each) => sum + each, 0)
    process.stdout.write(
      `guesses: 10,000; looked at: first burst ${evaluated[0]}, in all ${all}; turned away: ${turnedAway}\n`,
    )
    expect(evaluated[0]).toBeLessThanOrEqual(5)
    expect(all).toBeLessThanOrEqual(50)
    expect(others).toEqual({})
    expect(all + turnedAway).toBe(10_000)
  },
  LONG,
)

describe('4,000 tries with known and unknown person codes in turns (row 9)', () => {
  let known: string[]
  let unknown: string[]
  beforeAll(async () => {
    known = await populate(at, 2_000)
    unknown = Array.from({ length: 2_000 }, (_, n) => thaiCode(8_000_000 + n))
  }, LONG)

  test.each<[string, Record<string, string>, () => Promise<Foothold>]>([
    ['the sign-in', { code: '000000' }, () => foothold(at)],
    ['activation', { code: newActivationCode(systemRandom) }, async () => ({ path: '/activate', cookie: '' })],
  ])(
    'are answered alike by %s, and their times tell nothing: area 0.47 to 0.53, medians within 2 ms',
    async (what, fields, door) => {
      // Warm, so that the first hundred don't count.
      const fresh = Array.from({ length: 100 }, (_, n) => thaiCode(9_000_000 + n + fields.code!.length * 1_000))
      await enumerate(at, fresh.slice(0, 50), fresh.slice(50), fields, door)
      const told = await enumerate(at, known, unknown, fields, door)
      const median = (which: boolean) => {
        const times = told.filter((each) => each.known === which).map(({ took }) => took)
        return times.toSorted((a, b) => a - b)[1_000]!
      }
      const shown = area(told)
      const apart = median(true) - median(false)
      process.stdout.write(`${what}: 4,000 tries, area ${shown.toFixed(4)}, medians apart ${apart.toFixed(3)} ms\n`)
      expect(new Set(told.map(({ status, body }) => `${status}\n${body}`)).size).toBe(1)
      expect(shown).toBeGreaterThan(0.47)
      expect(shown).toBeLessThan(0.53)
      expect(Math.abs(apart)).toBeLessThan(2)
    },
    LONG,
  )
})
