import { expect, test } from '@jest/globals'
import { maskPhoneNumber, parsePhoneNumber } from '../../src/identity/phone-number.ts'

test.each([
  ['081 234 5678', 'TH', '+66812345678'],
  ['๐๘๑-๒๓๔-๕๖๗๘', 'TH', '+66812345678'],
  ['+66 81 234 5678', 'TH', '+66812345678'],
  ['0066812345678', 'EE', '+66812345678'],
  ['5123 4567', 'EE', '+37251234567'],
  ['(040) 123.4567', 'FI', '+358401234567'],
])('%s, typed in %s, is %s', (typed, home, number) => {
  expect(parsePhoneNumber(typed, home)).toBe(number)
})

test.each(['', 'abc', '12', '812345678', '+0812345678', '+6681234567890123', '+66 81 234 567a', '0812345678;0'])(
  '%s is no number in Thailand',
  (typed) => {
    expect(parsePhoneNumber(typed, 'TH')).toBeUndefined()
  },
)

test('of a number only its end is shown', () => {
  expect(maskPhoneNumber('+66812345678')).toBe('•••• 5678')
})
