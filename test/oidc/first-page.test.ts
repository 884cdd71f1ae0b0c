import { expect, test } from '@jest/globals'
import { openFirstPage } from '../../src/oidc/first-page.ts'
import type { WebCtx } from '../../src/oidc/visit.ts'
import { testClock } from '../support/clock.ts'

// How much unfinished sign-ins may fill before a redirect must do again (security bar F7).

const clock = testClock('2026-01-01T00:00:00Z')
const asking = (state: string) => {
  const querystring = `client_id=tax&state=${state}`
  const query = { client_id: 'tax', state }
  return { method: 'GET', path: '/auth', query, querystring } as unknown as WebCtx
}
const MEBIBYTE = 1024 * 1024

/** Until a redirect must do, or so many. */
function flood(first: ReturnType<typeof openFirstPage>, state: string, most = 200_000): number {
  const ctx = asking(state)
  let shown = 0
  while (shown < most && first.take(ctx) !== undefined) shown++
  return shown
}

test('a flood of first pages ends in redirects before it has filled 32 MiB, long requests sooner than short ones', () => {
  const [short, long] = [flood(openFirstPage({ clock }), 'x'), flood(openFirstPage({ clock }), 'x'.repeat(2_000))]
  expect(short).toBeGreaterThan(30_000)
  expect(long).toBeLessThan(short / 4)
  expect(long * (2_000 * 1.5)).toBeLessThan(32 * MEBIBYTE)
})

test('room comes back with time, all of it in a quarter of an hour, and never more than there was', () => {
  const first = openFirstPage({ clock })
  const whole = flood(first, 'x')
  clock.advance(90_000)
  expect(flood(first, 'x') / whole).toBeCloseTo(0.1, 2)
  clock.advance(86_400_000)
  expect(flood(first, 'x')).toBe(whole)
})

test('sign-ins that come to their end take no room, so that honest people fill it never', () => {
  const first = openFirstPage({ clock })
  const ctx = asking('x'.repeat(200))
  let refused = 0
  for (let n = 0; n < 100_000; n++) {
    if (first.take(ctx) === undefined) refused++
    first.giveBack()
  }
  expect(refused).toBe(0)
  expect(flood(first, 'x')).toBeGreaterThan(30_000)
})
