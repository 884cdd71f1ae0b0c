import { expect, test } from '@jest/globals'
import { ask, asOneRequest, hasMetSlowness } from '../../src/platform/patience.ts'

// What counts as a slow answer, where several questions are asked at once (oidc/ahead.ts).

const late = () => new Error('late')
/** Longer than an answer may take, and shorter than the limit. */
const stalled = () => ask(600, () => new Promise<void>((resolve) => setTimeout(resolve, 220)), late)

test('three questions asked at once that wait for one stall are one slow answer, one after another they are more', async () => {
  const atOnce = await asOneRequest(async () => {
    await Promise.all([stalled(), stalled(), stalled()])
    return [hasMetSlowness(1), hasMetSlowness(2)]
  })
  const inTurn = await asOneRequest(async () => {
    await stalled()
    await stalled()
    return [hasMetSlowness(1), hasMetSlowness(2)]
  })
  expect([atOnce, inTurn]).toEqual([
    [true, false],
    [true, true],
  ])
})
