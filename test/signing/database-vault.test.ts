import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { vaultContract } from '../contracts/vault.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testSealer } from '../support/keys.ts'

let database: TestDatabase
const clock = testClock()
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const open = (name = 'signing') => openDatabaseVault({ db: database.db, sealer: testSealer(name), clock })

vaultContract('database', async () => open())

describe('the rows of a vault', () => {
  test('open with no other key, and not under another name', async () => {
    const [one, two] = [await open().create('ES256'), await open().create('ES256')]
    await expect(open('somebody else').signer(one.kid)).rejects.toThrow()
    await rows(
      database.db,
      'update signing_private set sealed = (select sealed from signing_private where kid = ?) where kid = ?',
      [one.kid, two.kid],
    )
    await expect(open().signer(two.kid)).rejects.toThrow()
  })
})
