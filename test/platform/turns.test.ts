import { expect, test } from '@jest/globals'
import { openTurns } from '../../src/platform/turns.ts'

test('so much work is done at once, in the order in which it came, and what fails gives its place on', async () => {
  const turn = openTurns(2)
  const begun: number[] = []
  let [running, most] = [0, 0]
  const work = (n: number) => async () => {
    begun.push(n)
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (n === 3) throw new Error('three')
    return n
  }
  const all = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((n) => turn(work(n))))
  expect(all.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message))).toEqual([
    1,
    2,
    'three',
    4,
    5,
    6,
  ])
  expect([begun, most]).toEqual([[1, 2, 3, 4, 5, 6], 2])
  expect(await turn(work(7))).toBe(7)
})
