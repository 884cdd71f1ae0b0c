import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testFolder } from '../support/folder.ts'
import { STEPS } from '../support/key-steps.ts'
import { note } from '../support/long-report.ts'
import { cutPower } from '../support/power-cuts.ts'

// A process that takes a step of a key's life is killed (SIGKILL) before each word that it says to the database, and a new
// one is started: for every step, with private halves in the database and in files.

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

test.each(['database', 'file'])(
  'a power cut between any two steps leaves a ring of named states, and nothing signed by a removed key (%s vault)',
  async (vault) => {
    const folder = testFolder()
    try {
      const cuts = await cutPower(database.url, vault === 'file' ? folder.path : '')
      const words = Object.entries(cuts).map(([step, times]) => `${times} in ${step}`)
      note(
        `power cuts while keys change, ${vault} vault`,
        'every one leaves a named state, one key that signs, and nothing of a removed key',
        `${Object.values(cuts).reduce((sum, times) => sum + times, 0)} cuts (${words.join(', ')}), 0 otherwise`,
      )
      expect(Object.keys(cuts)).toEqual([...STEPS])
    } finally {
      folder.remove()
    }
  },
  900_000,
)
