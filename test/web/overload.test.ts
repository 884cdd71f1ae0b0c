import { expect, test } from '@jest/globals'
import { pause, watchLateness } from '../../src/platform/clock.ts'
import { openOverload } from '../../src/web/overload.ts'

// Security bar R17: new sign-ins are turned away first, when a turn of the event loop is late by more than 100 ms.

function node() {
  const changes: boolean[] = []
  let tell: (late: number) => void = () => {}
  let stopped = false
  const overload = openOverload({
    watch: async (_ms, told, signal) => {
      tell = told
      signal.addEventListener('abort', () => {
        stopped = true
      })
    },
    changed: (overloaded) => changes.push(overloaded),
  })
  const late = (...turns: number[]) => {
    for (const ms of turns) tell(ms)
  }
  const admits = (light = false) => {
    try {
      overload.admit(light)
      return true
    } catch (error) {
      expect(String(error)).toContain('PRT-5005')
      return false
    }
  }
  return { overload, late, admits, changes, stopped: () => stopped }
}

test('a node that keeps up lets everybody in', () => {
  const { late, admits, changes } = node()
  late(...Array.from({ length: 200 }, (_, n) => n % 100))
  expect([admits(), changes]).toEqual([true, []])
})

test('one stall, however long, turns nobody away; turns that stay late do, and it ends within half a second', () => {
  const { late, admits, changes } = node()
  late(60_000)
  expect(admits()).toBe(true)
  late(0, 0, 0, 0, 150, 150, 150, 150, 150, 150)
  expect([admits(), changes]).toEqual([false, [true]])
  late(80, 80, 80)
  expect(admits()).toBe(false)
  late(...Array.from({ length: 20 }, () => 2))
  expect([admits(), changes]).toEqual([true, [true, false]])
})

test('whoever has begun little is let in longer than a flood', () => {
  const { late, admits } = node()
  late(...Array.from({ length: 30 }, () => 150))
  expect([admits(true), admits(false)]).toEqual([true, false])
  late(...Array.from({ length: 30 }, () => 250))
  expect([admits(true), admits(false)]).toEqual([false, false])
})

test('so many requests at work are enough, also when the event loop is quick; twice as many for whoever began little', () => {
  const { overload, admits } = node()
  const ends = Array.from({ length: 64 }, () => overload.enter())
  expect(admits(false)).toBe(true)
  ends.push(overload.enter())
  expect([admits(false), admits(true)]).toEqual([false, true])
  for (let n = 0; n < 64; n++) ends.push(overload.enter())
  expect([admits(false), admits(true)]).toEqual([false, false])
  for (const end of ends) end()
  expect([admits(false), admits(true)]).toEqual([true, true])
})

test('a closed one stops watching', () => {
  const { overload, stopped } = node()
  overload.close()
  expect(stopped()).toBe(true)
})

test('lateness is measured in the process itself, and ends with its signal', async () => {
  const over = new AbortController()
  const late: number[] = []
  const watching = watchLateness(5, (ms) => late.push(ms), over.signal)
  await pause(20)
  const until = performance.now() + 120
  while (performance.now() < until);
  await pause(20)
  over.abort()
  await watching
  const { length } = late
  expect(Math.max(...late)).toBeGreaterThan(90)
  await pause(20)
  expect(late).toHaveLength(length)
})
