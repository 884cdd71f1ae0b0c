import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Db, openDb, rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase({ connections: 1 })
})
afterAll(() => database.close())

const PREPARED = 'select statement from pg_prepared_statements order by prepare_time'

describe('a statement', () => {
  test('takes values in order, and a question mark as itself', async () => {
    expect(
      await rows(database.db, `select cast(? as text) as a, cast(? as integer) as b, '{"k":1}'::jsonb \\? 'k' as has`, [
        'x?',
        2,
      ]),
    ).toEqual([{ a: 'x?', b: 2, has: true }])
  })

  test('takes values by name, as often as the name stands there', async () => {
    const [row] = await rows<{ three: number; text: string }>(
      database.db,
      'select cast(:one as integer) + :one + :one as three, cast(:text as text) as text',
      { one: 1, text: ':one' },
    )
    expect(row).toEqual({ three: 3, text: ':one' })
    await expect(rows(database.db, 'select cast(:missing as integer)', {})).rejects.toThrow('no value for :missing')
    await expect(rows(database.db, 'select cast(:toString as text)', {})).rejects.toThrow('no value for :toString')
  })

  test('is prepared once for each connection of the service, and planned anew for long work', async () => {
    const ask = async (db: Db) => {
      for (let time = 0; time < 3; time++) await rows(db, 'select cast(? as integer) as mine', [time])
      const found = await rows<{ statement: string }>(db, PREPARED)
      return found.filter(({ statement }) => statement.includes('as mine')).length
    }
    expect(await ask(database.db)).toBe(1)
    const patient = openDb({ url: database.url, connections: 1, patience: 0 })
    expect(await ask(patient.db)).toBe(0)
    await patient.close()
  })

  test('is refused after the end of its transaction, whose connection is somebody else’s by then', async () => {
    let late: Db | undefined
    await transaction(database.db, async (tx) => {
      late = tx
      expect(await rows(tx, 'select 1 as one')).toEqual([{ one: 1 }])
    })
    await expect(rows(late!, 'select 1 as one')).rejects.toThrow('after the end of its transaction')
  })

  test('that fails gives its connection back', async () => {
    for (let time = 0; time < 3; time++) await expect(rows(database.db, 'select no_such_column')).rejects.toThrow()
    expect(await rows(database.db, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})
