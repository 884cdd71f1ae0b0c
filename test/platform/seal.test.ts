import { expect, test } from '@jest/globals'
import { systemRandom } from '../../src/platform/random.ts'
import { cell, openIndexer, openSealer } from '../../src/platform/seal.ts'

const key = (version: number) => ({ version, key: Buffer.alloc(32, version) })
const here = cell('person', 'details', 'row-1')

test('a sealed value opens where it was sealed, and never reads the same twice', () => {
  const sealer = openSealer([key(1)], systemRandom)
  const first = sealer.seal('สมชาย', here)
  expect(sealer.open(first, here).toString()).toBe('สมชาย')
  expect(sealer.seal('สมชาย', here).equals(first)).toBe(false)
  expect(first.includes(Buffer.from('สมชาย'))).toBe(false)
})

test('a value moved to another row, column or table does not open', () => {
  const sealer = openSealer([key(1)], systemRandom)
  const sealed = sealer.seal('x', here)
  for (const elsewhere of [
    cell('person', 'details', 'row-2'),
    cell('person', 'code', 'row-1'),
    cell('credential', 'details', 'row-1'),
  ])
    expect(() => sealer.open(sealed, elsewhere)).toThrow()
})

test('one changed bit anywhere is noticed', () => {
  const sealer = openSealer([key(1)], systemRandom)
  const sealed = sealer.seal('four', here)
  for (let position = 0; position < sealed.length; position++) {
    const changed = Buffer.from(sealed)
    changed[position]! ^= 1
    expect(() => sealer.open(changed, here)).toThrow()
  }
})

test('the newest key seals, every key handed over opens, and a withdrawn key no longer does', () => {
  const old = openSealer([key(1)], systemRandom).seal('kept', here)
  const both = openSealer([key(1), key(2)], systemRandom)
  expect(both.open(old, here).toString()).toBe('kept')
  expect(both.seal('new', here)[0]).toBe(2)
  expect(() => openSealer([key(2)], systemRandom).open(old, here)).toThrow(/key version 1/)
})

test('the same text has the same index under one key and another under another', () => {
  const one = openIndexer(Buffer.alloc(32, 1))
  expect(one.index('TH|1').equals(one.index('TH|1'))).toBe(true)
  expect(one.index('TH|1').equals(openIndexer(Buffer.alloc(32, 2)).index('TH|1'))).toBe(false)
  expect(one.index('TH|1')).toHaveLength(32)
})
