import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newActivationCode } from '../../src/persons/activation-code.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { area, enumerate, type Foothold, foothold, guess, populate, type Told } from '../support/guessing.ts'
import { callback, request, signIn, startService, type TestService } from '../support/service.ts'
import { thaiCode } from '../support/sign-in.ts'
import type { Visitor } from '../support/visitor.ts'

// Security bar §3 rows 5, 7 and 9, in small: the full figures stand in test/long/attacks-guessing.

let at: TestService
beforeAll(async () => {
  at = await startService()
})
afterAll(() => at.close())

describe('a person’s one-time code, guessed at from twenty addresses', () => {
  let victim: Visitor
  test('is looked at five times before the first wait, however many ask at once (row 5, CVE-2024-32868)', async () => {
    victim = at.visitor()
    expect(callback(await signIn(at, victim, at.citizens[0]!, request(at.issuer, 'tax'))).code).toBeDefined()
    const { evaluated, turnedAway, others } = await guess(at, at.citizens[0]!, {
      guesses: 120,
      sources: 20,
      atOnce: 120,
    })
    expect([evaluated, turnedAway, others]).toEqual([[5], 115, {}])
  })

  test('and fifty times in all, however patient they are', async () => {
    const { evaluated, others } = await guess(at, at.citizens[0]!, { guesses: 60 * 4, sources: 20, atOnce: 4 })
    expect(Math.max(...evaluated)).toBe(1)
    // The fiftieth is answered with the stop itself.
    expect(5 + evaluated.reduce((sum, each) => sum + each, 0)).toBe(49)
    expect(evaluated.slice(-10)).toEqual(Array.from({ length: 10 }, () => 0))
    expect(others).toEqual({})
  })

  test('even the right one opens nothing for a stranger then, but the person’s own browser lets them in (row 7)', async () => {
    const stranger = await signIn(at, at.visitor(), at.citizens[0]!, request(at.issuer, 'tax'))
    expect(stranger.trouble).toBe('PRT-1204')
    const again = await signIn(at, victim, at.citizens[0]!, request(at.issuer, 'tax'))
    expect(callback(again).code).toBeDefined()
  })

  test('nor does it help to come by the page of activation (row 5, every path)', async () => {
    const visitor = at.visitor()
    const { code } = at.citizens[1]!
    const troubles: (string | undefined)[] = []
    for (let n = 0; n < 12; n++) {
      const page = await visitor.post('/activate', { scheme: 'TH', person_code: code, code: ACTIVATION })
      troubles.push(page.trouble)
    }
    expect(troubles.filter((each) => each === 'PRT-1501').length).toBeLessThanOrEqual(5)
    expect(troubles.at(-1)).toBe('PRT-1502')
    // Its own factor: the person signs in with the code of the telephone all the same.
    expect(callback(await signIn(at, at.visitor(), at.citizens[1]!, request(at.issuer, 'tax'))).code).toBeDefined()
  })
})

/** Sound in form; nobody has been sent it. */
const ACTIVATION = newActivationCode(systemRandom)

describe('who is in the register (row 9, ASVS 6.3.8)', () => {
  let known: string[]
  let unknown: string[]
  beforeAll(async () => {
    known = await populate(at, 200)
    unknown = Array.from({ length: 200 }, (_, n) => thaiCode(7_000_000 + n))
  })

  const sayings = (told: readonly Told[], which: boolean) =>
    new Set(told.filter((each) => each.known === which).map(({ status, body }) => `${status}\n${body}`))
  /** SQL statements; what the service asks by itself every few seconds falls into one of them now and then. */
  const work = (told: readonly Told[], which: boolean): number => {
    const counts = told.filter((each) => each.known === which).map(({ statements }) => statements)
    const usual = counts.toSorted((a, b) => a - b)[100]!
    expect(counts.filter((count) => count !== usual).length).toBeLessThan(10)
    return usual
  }

  test.each<[string, Record<string, string>, () => Promise<Foothold>]>([
    ['of the sign-in', { code: '000000' }, () => foothold(at)],
    ['of activation', { code: ACTIVATION }, async () => ({ path: '/activate', cookie: '' })],
  ])('is not told by the page %s: one answer for all, after the same work', async (_what, fields, door) => {
    const told = await enumerate(at, known, unknown, fields, door)
    expect(told).toHaveLength(400)
    expect(sayings(told, true).size).toBe(1)
    expect(sayings(told, false)).toEqual(sayings(told, true))
    expect(work(told, true)).toBeGreaterThan(0)
    expect(work(told, false)).toBe(work(told, true))
    // The rank of the times is judged over 4,000 tries in test/long; here it must only not shout.
    expect(Math.abs(area(told) - 0.5)).toBeLessThan(0.15)
  })
})
