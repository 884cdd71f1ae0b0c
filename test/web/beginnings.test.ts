import { expect, test } from '@jest/globals'
import { type Beginnings, openBeginnings } from '../../src/web/beginnings.ts'

// A node whose people come back: with their form so much later, and with their code at once. By ticks, without a clock.

const TICK = 25
/** Requests a millisecond that the node of these tests can serve: a hundred sign-ins of five requests a second. */
const CAPACITY = 0.5

interface Plan {
  /** People a second. */
  readonly come: number
  readonly seconds: number
  /** Milliseconds between the form and the button, on average. */
  readonly think: number
  /** How much that differs between people: a fifth of it, as much as itself. */
  readonly spread?: number
}

/** @returns how many got through each second, how many were turned away, and the longest that a request waited, in ms. */
function crowd({ come, seconds, think, spread = 1 }: Plan) {
  const beginnings = openBeginnings()
  const due: number[] = [] // requests of those who come back, by tick
  let queue = 0
  let turnedAway = 0
  let asked = 0
  let served = 0
  let longest = 0
  for (let at = 0; at < (seconds * 1000) / TICK; at++) {
    queue += due[at] ?? 0
    for (asked += (come * TICK) / 1000; asked >= 1; asked--) {
      // As overload does it besides: nobody new while the queue is long.
      if (queue > 40 || !beginnings.may(true)) {
        turnedAway++
        continue
      }
      beginnings.begun()
      queue += 2
      const back = at + Math.round((think * (1 - spread / 2 + spread * ((at * 0.618) % 1))) / TICK) + 1
      due[back] = (due[back] ?? 0) + 3
    }
    const ended = Math.min(queue, CAPACITY * TICK)
    queue -= ended
    served += ended
    longest = Math.max(longest, queue / CAPACITY)
    beginnings.see({ passed: TICK, ended, full: queue > 8 })
  }
  return { through: served / 5 / seconds, turnedAway, longest }
}

test('a node that keeps up turns nobody away, however they come', () => {
  expect(crowd({ come: 90, seconds: 120, think: 0 }).turnedAway).toBe(0)
  expect(crowd({ come: 90, seconds: 120, think: 15_000 }).turnedAway).toBe(0)
})

// Without it those who think for five seconds, all alike, come back in waves in which a form waits for 2.2 seconds.
test.each([
  [0, 1],
  [5_000, 1],
  [5_000, 0.2],
  [15_000, 1],
])(
  'of three times as many as it can serve, who think for %i ms, differing by %f, it lets in those whom it can serve when they come back',
  (think, spread) => {
    const { through, turnedAway, longest } = crowd({ come: 300, seconds: 180, think, spread })
    expect(through).toBeGreaterThan(85)
    expect(turnedAway).toBeGreaterThan(300 * 180 * 0.5)
    expect(longest).toBeLessThan(1_500)
  },
)

const MANY = 10_000
function letIn(beginnings: Beginnings, light: boolean): number {
  let count = 0
  for (; count < MANY && beginnings.may(light); count++) beginnings.begun()
  return count
}

test('whoever has begun much is turned away first', () => {
  const beginnings = openBeginnings()
  beginnings.see({ passed: 1_000, ended: 500, full: true })
  const [much, light] = [letIn(beginnings, false), letIn(beginnings, true)]
  expect(much).toBeGreaterThan(0)
  expect(light).toBeGreaterThan(much * 0.8)
  expect(light).toBeLessThan(100)
})

test('ten seconds without being full, and everybody is let in', () => {
  const beginnings = openBeginnings()
  beginnings.see({ passed: 1_000, ended: 500, full: true })
  for (let second = 0; second < 9; second++) beginnings.see({ passed: 1_000, ended: 0, full: false })
  expect(letIn(beginnings, true)).toBeLessThan(MANY)
  beginnings.see({ passed: 1_000, ended: 0, full: false })
  expect([letIn(beginnings, true), letIn(beginnings, false)]).toEqual([MANY, MANY])
})

test('a stall of the stores does not close the door: what the node was seen to serve stands', () => {
  const beginnings = openBeginnings()
  // A hundred a second are let in and served, and the node is full of them.
  for (let n = 0; n < 400; n++) {
    for (let begun = 0; begun < 2 + (n % 2); begun++) beginnings.begun()
    beginnings.see({ passed: TICK, ended: CAPACITY * TICK, full: true })
  }
  for (let n = 0; n < 400; n++) beginnings.see({ passed: TICK, ended: 0, full: true })
  expect(letIn(beginnings, true)).toBeGreaterThan(50)
})
