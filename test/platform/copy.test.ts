import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { copyIn, copyRows } from '../../src/platform/copy.ts'
import { type Db, rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
let db: Db
const TARGET = 'loaded (a, b, c, d, e)'

beforeAll(async () => {
  database = await testDatabase()
  db = database.db
  await rows(db, 'create table loaded (a text, b bytea, c uuid, d integer, e timestamptz(3))')
})
afterAll(() => database.close())

function filled(count: number): Buffer {
  const writer = copyRows()
  for (let at = 0; at < count; at += 1) {
    writer.row(5)
    writer.text(at === 0 ? 'ตัวอย่าง "x"\t\\.\n' : 'ก'.repeat(at))
    writer.bytes(Buffer.from([0, 255, 10, 13, at % 256]))
    writer.uuid(`0191f0c0-0000-7000-8000-${String(at).padStart(12, '0')}`)
    writer.integer(-at)
    writer.time(Date.UTC(1969, 6, 20, 20, 17, 40, 123) + at)
  }
  expect(writer.rows).toBe(count)
  const data = writer.take()
  expect(writer.rows).toBe(0)
  return data
}

describe('a bulk load', () => {
  test('keeps every value as it was, and holds more rows than its first buffer', async () => {
    const data = filled(900)
    expect(data.length).toBeGreaterThan(1 << 19)
    await transaction(db, (tx) => copyIn(tx, TARGET, data))
    const found = await rows(db, 'select * from loaded order by d desc')
    expect(found).toHaveLength(900)
    expect(found[0]).toEqual({
      a: 'ตัวอย่าง "x"\t\\.\n',
      b: Buffer.from([0, 255, 10, 13, 0]),
      c: '0191f0c0-0000-7000-8000-000000000000',
      d: 0,
      e: new Date('1969-07-20T20:17:40.123Z'),
    })
    expect(found[899]).toMatchObject({ a: 'ก'.repeat(899), d: -899, c: '0191f0c0-0000-7000-8000-000000000899' })
  })

  test('goes with its transaction', async () => {
    await rows(db, 'truncate loaded')
    const failing = transaction(db, async (tx) => {
      await copyIn(tx, TARGET, filled(3))
      throw new Error('after all not')
    })
    await expect(failing).rejects.toThrow('after all not')
    expect(await rows(db, 'select from loaded')).toEqual([])
  })

  test('is refused outside a transaction and after its end, when it would be kept whatever happens', async () => {
    await expect(copyIn(db, TARGET, filled(1))).rejects.toThrow('outside a transaction')
    let ended: Db | undefined
    await transaction(db, async (tx) => {
      ended = tx
      await rows(tx, 'select 1')
    })
    await expect(copyIn(ended!, TARGET, filled(1))).rejects.toThrow('outside a transaction')
    expect(await rows(db, 'select from loaded')).toEqual([])
  })

  test('that the database refuses says why and leaves the connection usable', async () => {
    await transaction(db, async (tx) => {
      await rows(tx, 'savepoint before')
      await expect(copyIn(tx, 'loaded (a, b)', filled(1))).rejects.toThrow('field count')
      await rows(tx, 'rollback to savepoint before')
      await copyIn(tx, TARGET, filled(2))
    })
    expect(await rows(db, 'select from loaded')).toHaveLength(2)
  })
})
