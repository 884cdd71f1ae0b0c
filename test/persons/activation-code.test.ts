import { expect, test } from '@jest/globals'
import { displayActivationCode, newActivationCode, parseActivationCode } from '../../src/persons/activation-code.ts'
import { testRandom } from '../support/keys.ts'

const random = testRandom('activation')

test('a code is sixteen digits, shown in fours, and read back however it is typed', () => {
  const code = newActivationCode(random)
  expect(code).toMatch(/^\d{16}$/)
  const shown = displayActivationCode(code)
  expect(shown).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/)
  const thai = shown.replace(/\d/g, (digit) => String.fromCharCode(0x0e50 + Number(digit)))
  for (const typed of [code, shown, shown.replaceAll(' ', '-'), ` ${thai} `])
    expect(parseActivationCode(typed)).toEqual({ ok: true, code })
})

test('one wrong digit is always noticed, swapped neighbours nearly always', () => {
  let swaps = 0
  let missed = 0
  for (let n = 0; n < 200; n++) {
    const code = newActivationCode(random)
    const digits = Array.from(code)
    for (let at = 0; at < 16; at++) {
      const wrong = digits.with(at, String((Number(digits[at]) + 1 + (n % 9)) % 10)).join('')
      expect(parseActivationCode(wrong)).toEqual({ ok: false })
      if (at === 15 || digits[at] === digits[at + 1]) continue
      swaps++
      if (
        parseActivationCode(
          digits
            .with(at, digits[at + 1]!)
            .with(at + 1, digits[at]!)
            .join(''),
        ).ok
      )
        missed++
    }
  }
  expect(missed / swaps).toBeLessThan(0.03)
})

test.each(['', '1234', '1'.repeat(17), 'abcd efgh ijkl mnop', '１２'])('%j is no code', (typed) => {
  expect(parseActivationCode(typed)).toEqual({ ok: false })
})
