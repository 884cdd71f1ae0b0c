import { expect, test } from '@jest/globals'
import { failOver, splitBrain } from '../support/used-once.ts'

// What must never be forgotten, while Sentinel puts another Redis in the primary's place. The long run does it with
// a hundred thousand codes.

test('a code that was used is not used again when a replica takes over', async () => {
  const { codes, used, twice, lost, outage } = await failOver(2000, 1)
  expect({ codes, twice, all: used + lost }).toEqual({ codes: 2000, twice: 0, all: 2000 })
  expect(lost).toBeLessThan(100)
  expect(outage).toBeLessThan(10_000)
}, 60_000)

test('nor by a node that still reaches a primary which the others have given up', async () => {
  const { codes, twice, used } = await splitBrain(300, 1)
  expect({ codes, twice }).toEqual({ codes: 300, twice: 0 })
  expect(used).toBeGreaterThan(90)
}, 60_000)
