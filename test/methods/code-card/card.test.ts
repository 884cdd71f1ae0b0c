import { expect, test } from '@jest/globals'
import { codeHash, codeHashes, displaySerial, HASH, LINES, newCard } from '../../../src/methods/code-card/card.ts'
import { systemRandom } from '../../../src/platform/random.ts'
import { testKey } from '../../support/keys.ts'

test('a card has eighty codes of six digits, and each number is asked for once, in an order of its own', () => {
  const [one, other] = [newCard(systemRandom), newCard(systemRandom)]
  expect(one.codes).toHaveLength(LINES)
  expect(one.codes.every((code) => /^\d{6}$/.test(code))).toBe(true)
  expect(new Set(one.codes).size).toBeGreaterThan(75)
  expect(one.order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LINES }, (_, at) => at + 1))
  expect(one.order).not.toEqual(other.order)
  expect(one.order).not.toEqual(one.order.toSorted((a, b) => a - b))
  expect(displaySerial('1234567890')).toBe('1234 567 890')
})

test('every number comes first as often as any other', () => {
  const first = new Map<number, number>()
  for (let n = 0; n < 8_000; n++) {
    const [number = 0] = newCard(systemRandom).order
    first.set(number, (first.get(number) ?? 0) + 1)
  }
  expect(first.size).toBe(LINES)
  // A hundred each; six times the deviation of chance.
  for (const times of first.values()) expect(Math.abs(times - 100)).toBeLessThan(60)
})

test('what is kept of a code is of its card, its number and its key alone', () => {
  const key = testKey('card')
  const hashes = codeHashes(key, 'card', ['123456', '123456'])
  expect(hashes).toHaveLength(2 * HASH)
  expect(hashes.subarray(0, HASH)).toEqual(codeHash(key, 'card', 1, '123456'))
  expect(hashes.subarray(HASH)).toEqual(codeHash(key, 'card', 2, '123456'))
  const all = [
    hashes.subarray(0, HASH),
    hashes.subarray(HASH),
    codeHash(key, 'other', 1, '123456'),
    codeHash(testKey('other'), 'card', 1, '123456'),
    codeHash(key, 'card', 1, '123457'),
  ]
  expect(new Set(all.map((hash) => hash.toString('hex'))).size).toBe(all.length)
})
