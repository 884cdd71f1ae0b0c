import { hash } from 'node:crypto'
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
  shelf.put('key', Buffer.alloc(64, 'a'))
  expect(text(shelf.get('key'))).toBe('a'.repeat(64))
  shelf.put('key', Buffer.alloc(65))
  expect(shelf.get('key')).toBeUndefined()
})

test('an empty key finds nothing where nothing was put', () => {
  const shelf = openShelf(1, 64)
  expect(shelf.get('')).toBeUndefined()
  shelf.put('a', Buffer.from('1'))
  expect(shelf.get('')).toBeUndefined()
})

test('keys as they come spread over all places', () => {
  const shelf = openShelf(1_024, 64)
  const keys = Array.from({ length: 100 }, (_, at) => hash('sha256', `${at}`, 'base64url')).flatMap((row) => [
    `sessions|body|s:{${row}}`,
    `sessions|p${row.slice(0, 22)}|s:{${row}}`,
  ])
  for (const key of keys) shelf.put(key, Buffer.from(key.slice(0, 30)))
  expect(keys.filter((key) => shelf.get(key)).length).toBeGreaterThan(160)
})
