import { describe, expect, test } from '@jest/globals'
import { faultOf } from '../../src/persons/pin-rules.ts'

const SOMEBODY = {
  birthDate: '1987-04-12',
  identifiers: [
    { scheme: 'TH', code: '1999900001010' },
    { scheme: 'FI', code: '120487-308T' },
  ],
}

const faultsOf = (pins: readonly string[]) => Object.fromEntries(pins.map((pin) => [pin, faultOf(pin, SOMEBODY)]))
const all = (pins: readonly string[], fault: string | undefined) => Object.fromEntries(pins.map((pin) => [pin, fault]))

describe('a PIN', () => {
  test('has six to twelve digits', () => {
    const wrong = ['', '12345', '1234567890123', '12a456', '830 174', '๘๓๐๑๗๔']
    expect(faultsOf(wrong)).toEqual(all(wrong, 'length'))
  })

  test('is no repetition, no run and no shape on the keys', () => {
    const simple = [
      ...['000000', '777777', '112112', '121212', '123123', '12341234', '900900', '808080'],
      ...['123456', '654321', '890123', '210987', '024680', '13579135', '112233', '111222333', '998877'],
      ...['147258', '852741', '159753', '1472583', '100000', '110100'],
    ]
    expect(faultsOf(simple)).toEqual(all(simple, 'simple'))
  })

  test('is not the day on which the person was born, in whatever order and calendar', () => {
    const days = ['120487', '041287', '870412', '12041987', '19870412', '120430', '25300412', '9120487', '198704126']
    expect(faultsOf(days)).toEqual(all(days, 'personal'))
  })

  test('is no part of a code of theirs, forwards or backwards', () => {
    const parts = ['199990', '0001019', '9101000', '487308', '803784']
    expect(faultsOf(parts)).toEqual(all(parts, 'personal'))
  })

  test('may be anything else', () => {
    const good = ['830174', '518302', '907241', '264917', '8301746295', '302985174062', '210389', '418795']
    expect(faultsOf(good)).toEqual(all(good, undefined))
  })

  test('is judged without a birth date, or with a year alone, as well', () => {
    expect(faultOf('830174', { identifiers: [] })).toBeUndefined()
    expect(faultOf('19871987', { birthDate: '1987', identifiers: [] })).toBe('simple')
    expect(faultOf('041987', { birthDate: '1987-04', identifiers: [] })).toBe('personal')
    expect(faultOf('830174', { birthDate: '1987', identifiers: [] })).toBeUndefined()
  })
})
