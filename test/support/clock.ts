import type { Clock } from '../../src/platform/clock.ts'

export interface TestClock extends Clock {
  advance(ms: number): void
  set(iso: string): void
}

/** Stands still until told otherwise. */
export function testClock(iso = '2026-11-21T09:00:00Z'): TestClock {
  let now = Date.parse(iso)
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
    set(next) {
      now = Date.parse(next)
    },
  }
}
