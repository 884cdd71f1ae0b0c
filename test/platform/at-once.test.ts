import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { atOnce, type Part } from '../../src/platform/at-once.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase({ connections: 4 })
  await rows(database.db, 'create table shelf (name text primary key, books integer not null check (books >= 0))')
})
afterAll(() => database.close())
beforeEach(async () => {
  await rows(database.db, 'truncate shelf')
  await rows(database.db, "insert into shelf values ('a', 1), ('b', 1), ('c', 1)")
})

const take = (name: string, more = ''): Part => ({
  sql: `update shelf set books = books - 1
    where name in (select name from shelf where name = ? and {only} ${more}) and books > -1 returning 1`,
  values: [name],
})
const has = (name: string, books: number): Part => ({
  sql: `select 1 from shelf where name = ? and books = ? and {only}`,
  values: [name, books],
})
const shelves = async () =>
  (await rows<{ name: string; books: number }>(database.db, 'select name, books from shelf order by name'))
    .map(({ name, books }) => `${name}${books}`)
    .join(' ')

test('what follows a condition that is met is done, all of it', async () => {
  expect(await atOnce(database.db, { when: [has('a', 1), take('a')], acts: [take('b'), take('c')] })).toEqual({
    may: false,
  })
  expect(await shelves()).toBe('a0 b0 c0')
})

test('nothing is done when the first condition is not met, nor when a later one is not', async () => {
  expect(await atOnce(database.db, { when: [has('a', 7), take('a')], acts: [take('b')] })).toBeUndefined()
  expect(await atOnce(database.db, { when: [has('a', 1), has('b', 7)], may: take('a'), acts: [take('c')] })).toBe(
    undefined,
  )
  expect(await shelves()).toBe('a1 b1 c1')
})

test('nothing is done when one of them fails', async () => {
  await rows(database.db, "update shelf set books = 0 where name = 'c'")
  await expect(atOnce(database.db, { when: [take('a')], may: take('b'), acts: [take('c')] })).rejects.toThrow(
    'violates check constraint',
  )
  expect(await shelves()).toBe('a1 b1 c0')
})

test('a row that somebody else has is not waited for where it need not be, and the answer says so', async () => {
  const work = { when: [take('a')] as const, may: take('b', 'for update skip locked'), acts: [take('c')] }
  await transaction(database.db, async (tx) => {
    await rows(tx, "select from shelf where name = 'b' for update")
    expect(await atOnce(database.db, work)).toEqual({ may: false })
  })
  expect(await shelves()).toBe('a0 b1 c0')
  await rows(database.db, 'update shelf set books = 1')
  expect(await atOnce(database.db, work)).toEqual({ may: true })
  expect(await shelves()).toBe('a0 b0 c0')
})

test('they are done in their order: whoever waits for a row has none that comes later', async () => {
  let done: Promise<unknown> = Promise.resolve()
  await transaction(database.db, async (tx) => {
    await rows(tx, "select from shelf where name = 'b' for update")
    done = atOnce(database.db, { when: [take('c')], acts: [take('b'), take('a')] })
    const waiting = `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like 'with when0%'`
    while ((await rows(database.db, waiting)).length === 0);
    // Neither of these waits.
    expect(await rows(tx, "select from shelf where name = 'a' for update nowait")).toHaveLength(1)
    await expect(rows(database.db, "select from shelf where name = 'c' for update nowait")).rejects.toThrow('lock')
  })
  await done
  expect(await shelves()).toBe('a0 b0 c0')
})
