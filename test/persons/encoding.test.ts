import { describe, expect, test } from '@jest/globals'
import { openUtf8 } from '../../src/persons/encoding.ts'

const TEXT = 'scheme,code\nTH,สมชาย\n'
/** As a Thai register writes it: TIS-620 has one byte a character, 0xA0 above its place in the Thai block. */
const tis620 = (text: string): Buffer =>
  Buffer.from(Array.from(text, (char) => (char < '\u0e00' ? char.charCodeAt(0) : char.charCodeAt(0) - 0x0e00 + 0xa0)))
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

function decoded(bytes: Uint8Array, label?: string, piece = bytes.length): string {
  const utf8 = openUtf8(label)
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += piece) parts.push(utf8.push(bytes.subarray(at, at + piece)))
  return Buffer.concat([...parts, utf8.end()]).toString()
}

const FILES: [string, Buffer, string | undefined][] = [
  ['UTF-8', Buffer.from(TEXT), undefined],
  ['UTF-8 with a byte-order mark', Buffer.from(`\ufeff${TEXT}`), undefined],
  ['UTF-8 with a mark and by name', Buffer.from(`\ufeff${TEXT}`), 'utf-8'],
  ['TIS-620', tis620(TEXT), 'tis-620'],
  ['windows-874', tis620(TEXT), 'WINDOWS-874'],
  ['UTF-16 told by its mark alone', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), undefined],
  ['UTF-16, the small end first', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), 'utf-16'],
  ['UTF-16, the big end first', utf16be(`\ufeff${TEXT}`), 'utf-16'],
  ['UTF-16 without a mark, named to the end', utf16be(TEXT), 'utf-16be'],
]

describe.each(FILES)('a file in %s', (_, bytes, label) => {
  test.each([bytes.length, 1, 2, 3, 7])('is the same text in pieces of %i bytes', (piece) => {
    expect(decoded(bytes, label, piece)).toBe(TEXT)
  })
})

describe('an encoding', () => {
  test('that nobody knows is refused', () => {
    expect(() => openUtf8('klingon')).toThrow('There is no encoding klingon.')
  })

  test.each([
    ['tis-620', `\ufeff${TEXT}`, 'the byte-order mark of utf-8, so it is not tis-620'],
    ['utf-16', TEXT, 'no byte-order mark'],
  ])('%s that the file contradicts is refused', (label, text, why) => {
    expect(() => decoded(Buffer.from(text), label)).toThrow(why)
  })

  test('has no word for some bytes: they become the sign of that, which no name may hold', () => {
    expect(decoded(Buffer.from([0xca, 0xdb]), 'tis-620')).toBe('ส\ufffd')
  })

  test.each(['', 'a', 'ab'])('of a file of hardly a byte is no trouble: "%s"', (text) => {
    expect(decoded(Buffer.from(text))).toBe(text)
  })
})
