import { describe, expect, test } from '@jest/globals'
import { measure, shortest } from '../../src/formats/short-message.ts'

describe('a text takes', () => {
  test.each([
    ['a'.repeat(160), 'gsm-7', 160, 1],
    ['a'.repeat(161), 'gsm-7', 161, 2],
    ['a'.repeat(306), 'gsm-7', 306, 2],
    ['a'.repeat(307), 'gsm-7', 307, 3],
    // Behind an escape: two places.
    [`${'a'.repeat(158)}€`, 'gsm-7', 160, 1],
    [`${'a'.repeat(159)}€`, 'gsm-7', 161, 2],
    ['äöüñà @#', 'gsm-7', 8, 1],
    // Estonian õ is in no GSM alphabet: the whole message doubles.
    [`õ${'a'.repeat(69)}`, 'ucs-2', 70, 1],
    [`õ${'a'.repeat(70)}`, 'ucs-2', 71, 2],
    ['ก'.repeat(135), 'ucs-2', 135, 3],
    // Beyond the basic plane: two units.
    [`😀${'ก'.repeat(68)}`, 'ucs-2', 70, 1],
  ] as const)('%#: as many places and messages as it does on the air', (text, alphabet, length, parts) => {
    expect(measure(text)).toEqual({ alphabet, length, parts })
  })
})

test('the first text that fits into one message is taken, else the first of the shortest', () => {
  expect(shortest(['ก'.repeat(80), 'ข'.repeat(70), 'ค'])).toBe('ข'.repeat(70))
  expect(shortest(['ก'.repeat(140), 'ข'.repeat(130), 'ค'.repeat(120)])).toBe('ข'.repeat(130))
})
