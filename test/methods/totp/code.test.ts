import { describe, expect, test } from '@jest/globals'
import { codeAt, enrolmentUri, secretFromText, secretText, stepOf } from '../../../src/methods/totp/code.ts'

// RFC 6238, Appendix B: the SHA-1 rows, of which six digits are the last six of the printed eight.
const SECRET = Buffer.from('12345678901234567890')
const VECTORS = [
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
] as const

describe('RFC 6238', () => {
  test.each(VECTORS)('at %d seconds the code is the last six digits of %s', (seconds, eight) => {
    expect(codeAt(SECRET, seconds * 1000).code).toBe(eight.slice(2))
    expect(stepOf(SECRET, eight.slice(2), seconds * 1000)).toBe(Math.floor(seconds / 30))
  })
})

test('a code is good for its own step and one to either side, no further', () => {
  const start = 1_800_000_000_000
  const { code, until } = codeAt(SECRET, start)
  expect(until).toBe(start + 30_000)
  const step = start / 30_000
  expect(stepOf(SECRET, code, start - 30_001)).toBeUndefined()
  expect(stepOf(SECRET, code, start - 30_000)).toBe(step)
  expect(stepOf(SECRET, code, start + 59_999)).toBe(step)
  expect(stepOf(SECRET, code, start + 60_000)).toBeUndefined()
})

test('a secret survives being typed in groups', () => {
  const text = secretText(SECRET)
  expect(text).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  expect(secretFromText(text.toLowerCase().replace(/(.{4})/g, '$1 '))).toEqual(SECRET)
})

test('the QR code says what every app reads', () => {
  const uri = new URL(enrolmentUri(SECRET, 'Pratu', '1 1020 ••••• 78 2'))
  expect(uri.protocol).toBe('otpauth:')
  expect(decodeURIComponent(uri.pathname)).toBe('/Pratu:1 1020 ••••• 78 2')
  expect(uri.searchParams.get('secret')).toBe(secretText(SECRET))
  expect(uri.searchParams.get('issuer')).toBe('Pratu')
})
