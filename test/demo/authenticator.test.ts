import { describe, expect, test } from '@jest/globals'
import { base32, readCode } from '../../src/demo/authenticator.ts'

const secret = Buffer.from('12345678901234567890')

describe('the demo telephone', () => {
  // RFC 6238 appendix B, SHA-1; the appendix has eight digits, an app shows the last six.
  test.each([
    ['1970-01-01T00:00:59Z', '287082'],
    ['2005-03-18T01:58:29Z', '081804'],
    ['2009-02-13T23:31:30Z', '005924'],
    ['2033-05-18T03:33:20Z', '279037'],
    ['2603-10-11T11:33:20Z', '353130'],
  ])('shows at %s what RFC 6238 says', (at, code) => {
    expect(readCode(secret, Date.parse(at)).code).toBe(code)
  })

  test('says until when', () => {
    expect(readCode(secret, Date.parse('2026-11-21T09:00:31Z')).until).toBe(Date.parse('2026-11-21T09:01:00Z'))
  })

  test('shows the next code when this one was used, and not one that would be refused as too early', () => {
    const now = Date.parse('1970-01-01T00:00:31Z')
    expect(readCode(secret, now, 1).code).toBe(readCode(secret, now + 30_000).code)
    expect(readCode(secret, now, 2).code).toBe(readCode(secret, now).code)
  })

  // RFC 4648 §10 without the padding.
  test.each([
    ['', ''],
    ['f', 'MY'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes %p in base32 as %p', (text, written) => {
    expect(base32(Buffer.from(text))).toBe(written)
  })
})
