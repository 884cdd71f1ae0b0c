import { expect, test } from '@jest/globals'
import { openShelf } from '../../src/platform/shelf.ts'

const text = (found: Buffer | undefined) => found?.toString()

test('what is put is found under its key, all parts in a row, until something is put in its place', () => {
  const shelf = openShelf(1, 64)
  shelf.put('one', Buffer.from('สม'), Buffer.from('ชาย'))
  expect(text(shelf.get('one'))).toBe('สมชาย')
  expect(shelf.get('two')).toBeUndefined()
  expect(shelf.get('on')).toBeUndefined()
  shelf.put('one', Buffer.from('shorter'))
  expect(text(shelf.get('one'))).toBe('shorter')
  shelf.put('two', Buffer.from('2'))
  expect([text(shelf.get('one')), text(shelf.get('two'))]).toEqual([undefined, '2'])
  shelf.clear()
  expect(shelf.get('two')).toBeUndefined()
})

test('what doesn’t fit is not kept, and neither is what was there before', () => {
  const shelf = openShelf(2, 64)
  const most = 64 - 4 - 'key'.length
  shelf.put('key', Buffer.alloc(most, 'a'))
  expect(text(shelf.get('key'))).toBe('a'.repeat(most))
  shelf.put('key', Buffer.alloc(most + 1))
  expect(shelf.get('key')).toBeUndefined()
  for (const key of ['x'.repeat(60), 'x'.repeat(61), 'x'.repeat(100_000)]) shelf.put(key, Buffer.from('y'))
  expect(shelf.get('x'.repeat(60))).toBeUndefined()
})

test('a key of other letters than ASCII finds nothing', () => {
  const shelf = openShelf(1, 64)
  shelf.put('abc', Buffer.from('1'))
  expect(shelf.get('\u0161\u0162\u0163')).toBeUndefined()
})

test('keys as they come spread over all places', () => {
  const shelf = openShelf(1_024, 64)
  const keys = Array.from({ length: 200 }, (_, at) => `sessions|code|c:${at}`)
  for (const key of keys) shelf.put(key, Buffer.from(key))
  const found = keys.filter((key) => text(shelf.get(key)) === key)
  expect(found.length).toBeGreaterThan(160)
})
