import { expect, test } from '@jest/globals'
import { personKey } from '../../src/identity/identifiers.ts'
import { openText } from '../../src/persons/details.ts'
import { keyBytes } from '../../src/persons/known.ts'
import { sealRows } from '../../src/persons/seal-rows.ts'
import { copyRows } from '../../src/platform/copy.ts'
import { testSealer } from '../support/keys.ts'

const key = (n: number): string => `01a1fd55-7a80-7000-8000-${String(n).padStart(12, '0')}`
const details = (n: number): string => JSON.stringify({ names: { given: `สมชาย ${n}`.repeat(n % 7) } })

test.each([0, 1, 499, 500, 1_203])(
  '%i rows come out sealed to their person, and nothing else in them has changed',
  async (count) => {
    const sealer = testSealer()
    const rows = copyRows()
    for (let n = 0; n < count; n += 1) {
      rows.row(4)
      rows.bytes(keyBytes(key(n)))
      rows.text(n % 2 ? 'citizen' : 'resident')
      rows.text(details(n))
      rows.integer(n)
    }
    const sealed = await sealRows(sealer, { open: rows.take(), rows: count, details: 2 })
    const expected = copyRows()
    let at = 19
    for (let n = 0; n < count; n += 1) {
      const from = at + 2 + 4 + 16 + 4 + (n % 2 ? 7 : 8)
      const length = sealed.readInt32BE(from)
      const value = sealed.subarray(from + 4, from + 4 + length)
      expect(openText(sealer, personKey(key(n)), value)).toBe(details(n))
      if (n > 0) expect(() => openText(sealer, personKey(key(n - 1)), value)).toThrow()
      expected.row(4)
      expected.bytes(keyBytes(key(n)))
      expected.text(n % 2 ? 'citizen' : 'resident')
      expected.bytes(value)
      expected.integer(n)
      at = from + 4 + length + 8
    }
    expect(sealed.equals(expected.take())).toBe(true)
  },
)
