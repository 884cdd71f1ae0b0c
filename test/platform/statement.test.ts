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

  test('says the same the second time, when its columns are known: nothing, bytes, times, numbers and JSON', async () => {
    const sql = `select cast(:n as integer) as n, cast(:bytes as bytea) as bytes, cast(:at as timestamptz) as at,
      cast(:yes as boolean) as yes, cast(:big as bigint) as big, cast(:nothing as text) as nothing,
      cast(:missing as text) as missing, jsonb_build_object('k', cast(:text as text)) as json`
    const given = {
      n: -7,
      bytes: Buffer.from([0, 255, 92]),
      at: new Date('2026-02-28T23:59:59.123+07:00'),
      yes: true,
      big: 2n ** 60n,
      nothing: null,
      missing: undefined,
      text: 'ก"\\\n',
    }
    const told = { ...given, big: String(given.big), missing: null, json: { k: given.text } }
    const { text: _, ...expected } = told
    for (let time = 0; time < 3; time++) expect(await rows(database.db, sql, given)).toEqual([expected])
    expect(await rows(database.db, sql, { ...given, n: null, at: null })).toEqual([{ ...expected, n: null, at: null }])
  })

  test('takes lists, JSON and far times, which the driver writes', async () => {
    const sql = `select cast(? as text[]) as list, cast(? as jsonb) as json, cast(? as timestamptz) as at`
    for (const at of [new Date('+010000-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z')])
      expect(await rows(database.db, sql, [['a,b', '"c"'], { d: [1] }, at])).toEqual([
        { list: ['a,b', '"c"'], json: { d: [1] }, at },
      ])
    expect(
      await rows(database.db, 'select cast(? as timestamptz) as at', [new Date('+010000-01-01T00:00:00Z')]),
    ).toEqual([{ at: new Date('+010000-01-01T00:00:00Z') }])
  })

  test('that gives no rows gives none, however often, and the next has its own columns', async () => {
    await rows(database.db, 'create temporary table kept (n integer unique)')
    for (let time = 0; time < 3; time++) {
      expect(await rows(database.db, 'insert into kept values (?)', [time])).toEqual([])
      expect(await rows(database.db, 'select n from kept where n = ?', [time])).toEqual([{ n: time }])
      await expect(rows(database.db, 'insert into kept values (?)', [time])).rejects.toMatchObject({ code: '23505' })
      expect(await rows(database.db, 'select n from kept where n = ?', [-1])).toEqual([])
    }
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
