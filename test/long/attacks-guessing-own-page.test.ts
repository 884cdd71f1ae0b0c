import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { codeAt, secretFromText } from '../../src/methods/totp/code.ts'
import { address } from '../support/guessing.ts'
import { enter, pathOf, secretOn } from '../support/own-door.ts'
import { FORM, raw } from '../support/raw-request.ts'
import { startService, type TestService } from '../support/service.ts'

// Somebody with another's open session guesses at the code that connects an app: the same limits as at the door.

const [GUESSES, SOURCES, AT_ONCE] = [10_000, 100, 200]

let at: TestService
beforeAll(async () => {
  at = await startService()
}, 60_000)
afterAll(() => at.close())

test('of ten thousand guesses from a hundred addresses, two hundred at once, fifty are looked at; signing in goes on', async () => {
  const citizen = at.citizens[0]!
  const looked: number[] = []
  const others: Record<string, number> = {}
  for (let made = 0; made < GUESSES; made += AT_ONCE) {
    const visitor = at.visitor()
    const page = await enter(at, visitor, citizen, { path: '/me/add/totp' })
    const right = codeAt(secretFromText(secretOn(page)), at.clock.now()).code
    const cookie = visitor
      .cookies()
      .filter(({ path }) => path === '/')
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) =>
        raw(at.issuer, {
          method: 'POST',
          path: '/me/add/totp',
          headers: { ...FORM, accept: 'text/html', cookie },
          body: `code=${String((Number(right) + 1 + n) % 1_000_000).padStart(6, '0')}`,
          from: address((made + n) % SOURCES),
        }),
      ),
    )
    let wait = 0
    let count = 0
    for (const { body, headers } of answers) {
      const code = /PRT-\d{4}/.exec(body)?.[0] ?? 'let in'
      wait = Math.max(wait, Number(headers['retry-after'] ?? 0))
      if (code === 'PRT-2220') count++
      // A node that has no time for two hundred at once says so: nothing was looked at.
      else if (!['PRT-2227', 'PRT-1005', 'PRT-5001', 'PRT-5005'].includes(code)) others[code] = (others[code] ?? 0) + 1
    }
    looked.push(count)
    at.clock.advance(Math.min(wait, 3_600) * 1_000 + 1_000)
  }
  expect(others).toEqual({})
  expect(looked[0]).toBeLessThanOrEqual(5)
  expect(looked.some((count) => count > 0)).toBe(true)
  expect(looked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(50)
  expect(pathOf(await enter(at, at.visitor(), citizen))).toBe('/me')
}, 1_200_000)
