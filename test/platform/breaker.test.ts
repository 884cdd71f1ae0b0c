import { describe, expect, test } from '@jest/globals'
import { openBreaker, type Tried } from '../../src/platform/breaker.ts'
import { testClock } from '../support/clock.ts'

function opened() {
  const clock = testClock()
  const heard: string[] = []
  const breaker = openBreaker({ clock, failures: 3, rest: 10_000, heard: (state) => heard.push(state) })
  const tries = (...results: Tried[]) => {
    for (const tried of results) breaker.enter()!(tried)
  }
  return { clock, heard, breaker, tries }
}

describe('a breaker', () => {
  test('opens after so many failures in a row, and not before', () => {
    const { breaker, tries, heard } = opened()
    tries('failed', 'failed', 'answered', 'failed', 'neither', 'failed')
    expect(breaker.closed()).toBe(true)
    tries('failed')
    expect(breaker.closed()).toBe(false)
    expect(breaker.enter()).toBeUndefined()
    expect(heard).toEqual(['opened'])
  })

  test('lets one through after its rest, and others only when that one was answered', () => {
    const { breaker, tries, clock, heard } = opened()
    tries('failed', 'failed', 'failed')
    clock.advance(9_999)
    expect(breaker.enter()).toBeUndefined()
    clock.advance(1)
    const probe = breaker.enter()!
    expect(breaker.closed()).toBe(true)
    expect(breaker.enter()).toBeUndefined()
    probe('answered')
    expect(breaker.enter()).toBeDefined()
    expect(heard).toEqual(['opened', 'closed'])
  })

  test('rests again after a probe that failed, and says so once', () => {
    const { breaker, tries, clock, heard } = opened()
    tries('failed', 'failed', 'failed')
    clock.advance(10_000)
    tries('failed')
    expect(breaker.closed()).toBe(false)
    clock.advance(10_000)
    tries('neither')
    tries('answered')
    expect(breaker.closed()).toBe(true)
    expect(heard).toEqual(['opened', 'closed'])
  })

  test('closes by the answer to somebody who was let through before it opened', () => {
    const { breaker, tries } = opened()
    const early = breaker.enter()!
    tries('failed', 'failed', 'failed')
    early('answered')
    expect(breaker.closed()).toBe(true)
  })

  test('is not kept open by a clock that is set back', () => {
    const { breaker, tries, clock } = opened()
    tries('failed', 'failed', 'failed')
    clock.advance(-3_600_000)
    expect(breaker.closed()).toBe(true)
  })
})
