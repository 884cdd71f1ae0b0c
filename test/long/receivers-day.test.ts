import { expect, test } from '@jest/globals'
import { testDatabase } from '../support/database.ts'
import { figure, note } from '../support/long-report.ts'
import { receiversDay } from '../support/receivers-day.ts'

// A simulated day: a fifth of the agencies down, a tenth hanging, a twentieth redirecting, a twentieth answering 500, each for
// six to eighteen hours; one of two nodes dies by kill -9 every half hour.

const MINUTES = figure('MINUTES', 1_440)

test(`${MINUTES} minutes of agencies in trouble and nodes that die`, async () => {
  const database = await testDatabase()
  const settings = { agencies: 40, minutes: MINUTES, signOuts: 5, killEvery: 30 }
  const { made, delivered, inTime, elsewhere, kills, again, p95 } = await receiversDay({ database, ...settings })
  await database.close()
  note(
    `${made} ends of sessions to 40 agencies in ${MINUTES} simulated minutes: 20 % down, 10 % hanging, 5 % redirecting, 5 % answering 500; ${kills} × kill -9`,
    '≥ 99.99 % within 5 min of return, none twice under two numbers, none to a redirect target; sign-out p95 ≤ 300 ms',
    `${delivered} delivered, ${inTime} in time; ${again} handed over again under the same number by nodes that died; ${elsewhere} to a redirect target; messages on record in ${p95} ms (p95)`,
  )
  expect({ delivered, elsewhere }).toEqual({ delivered: made, elsewhere: 0 })
  expect(inTime / made).toBeGreaterThanOrEqual(0.9999)
  expect(p95).toBeLessThan(300)
}, 3_600_000)
