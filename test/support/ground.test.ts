import { expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { testDatabase } from './database.ts'
import { ownRedis, testRedis } from './redis.ts'

test('each test database is migrated and sees nothing of another', async () => {
  const first = await testDatabase()
  const second = await testDatabase()
  await first.db.raw('create table mine (n int)')
  expect(await rows(first.db, "select name from migration where name like '0001%'")).toHaveLength(1)
  expect(await rows(second.db, "select 1 from pg_tables where tablename = 'mine'")).toEqual([])
  await first.close()
  await second.close()
})

test('each test gets an empty Redis database, and one of its own can be frozen, killed and started again', async () => {
  const first = await testRedis()
  const second = await testRedis()
  await first.client.set('a', '1')
  expect(await second.client.get('a')).toBeNull()
  await first.close()
  await second.close()
  const own = await ownRedis()
  await own.client.set('a', '1')
  own.freeze()
  own.thaw()
  expect(await own.client.get('a')).toBe('1')
  await own.kill()
  await own.restart()
  expect(await own.client.get('a')).toBeNull()
  await own.close()
})
