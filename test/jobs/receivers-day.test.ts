import { expect, test } from '@jest/globals'
import { testDatabase } from '../support/database.ts'
import { receiversDay } from '../support/receivers-day.ts'

// An hour of the day that test/long passes whole.

test('agencies in every kind of trouble get each message once, soon after they are back, and nodes that die lose none', async () => {
  const database = await testDatabase()
  const settings = { agencies: 20, minutes: 60, signOuts: 2, killEvery: 12 }
  const { made, delivered, inTime, elsewhere, kills, again, p95 } = await receiversDay({ database, ...settings })
  await database.close()
  expect({ made, delivered, inTime, elsewhere, kills }).toEqual({
    ...{ made: 180, delivered: 180, inTime: 180 },
    ...{ elsewhere: 0, kills: 5 },
  })
  // Eight at once to each of twenty, from each that died.
  expect(again).toBeLessThanOrEqual(5 * 64)
  expect(p95).toBeLessThan(300)
}, 120_000)
