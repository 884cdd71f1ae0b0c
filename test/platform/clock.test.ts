import { describe, expect, test } from '@jest/globals'
import { within } from '../../src/platform/clock.ts'

const late = () => new Error('late')

describe('a limit on waiting', () => {
  test('work that answers in time is handed on, whether good or bad', async () => {
    expect(await within(10_000, Promise.resolve(7), late)).toBe(7)
    await expect(within(10_000, Promise.reject(new Error('its own')), late)).rejects.toThrow('its own')
  })

  test('work that does not answer ends as late', async () => {
    await expect(within(5, new Promise(() => {}), late)).rejects.toThrow('late')
  })

  test('an answer that arrived while this process was held up still counts', async () => {
    const arrived = new Promise((resolve) => setImmediate(() => resolve('arrived')))
    const waiting = within(1, arrived, late)
    const until = performance.now() + 20
    while (performance.now() < until);
    expect(await waiting).toBe('arrived')
  })
})
