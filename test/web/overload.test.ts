import { expect, test } from '@jest/globals'
import { pause, watchLateness } from '../../src/platform/clock.ts'
import { openOverload } from '../../src/web/overload.ts'

// Security bar R17: new sign-ins are turned away first, when a turn of the event loop is late by more than 100 ms.

function node(waiting?: () => number) {
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
    ...(waiting && { waiting }),
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

test('where requests take long, as many are let in as are served in a while; a few always, for slow stores are no crowd', () => {
  const { overload, late, admits } = node()
  let ends = Array.from({ length: 20 }, () => overload.enter())
  // Twenty at work and none done for half a second: the stores are frozen.
  late(...Array.from({ length: 20 }, () => 0))
  expect([admits(false), admits(true), overload.shut()]).toEqual([false, false, true])
  for (const end of ends.splice(8)) end()
  expect([admits(false), admits(true), overload.shut()]).toEqual([true, true, false])
  for (const end of ends) end()
  // Forty at work, and sixteen of them done each tick: each takes 60 ms, which is no hurry.
  const { overload: quick, late: turn, admits: quicklyAdmits } = node()
  ends = Array.from({ length: 40 }, () => quick.enter())
  for (let n = 0; n < 40; n++) {
    for (const end of ends.splice(0, 16)) end()
    while (ends.length < 40) ends.push(quick.enter())
    turn(0)
  }
  expect([quicklyAdmits(false), quicklyAdmits(true)]).toEqual([true, true])
})

test('who waits for somebody else’s service takes no room', () => {
  let strangers = 48
  const { overload, late, admits } = node(() => strangers)
  for (let n = 0; n < 48; n++) overload.enter()
  late(...Array.from({ length: 40 }, () => 0))
  expect(admits(false)).toBe(true)
  strangers = 0
  late(...Array.from({ length: 40 }, () => 0))
  expect([admits(false), admits(true)]).toEqual([false, false])
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
