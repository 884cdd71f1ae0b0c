import { describe, expect, test } from '@jest/globals'
import { displayed, phoneLanguage } from '../../../src/methods/mobile-id/display-text.ts'

describe('what the phone shows', () => {
  test('is GSM-7 as long as its alphabet has every character, and 100 of them', () => {
    expect(displayed('Revenue Department')).toEqual({ displayText: 'Revenue Department', displayTextFormat: 'GSM-7' })
    expect(displayed('Ä'.repeat(100))).toEqual({ displayText: 'Ä'.repeat(100), displayTextFormat: 'GSM-7' })
    expect(displayed('a'.repeat(101)).displayText).toBe(`${'a'.repeat(97)}...`)
  })

  test('has five characters of the extension table at most', () => {
    expect(displayed('€€€€€').displayTextFormat).toBe('GSM-7')
    expect(displayed('€€€€€€').displayTextFormat).toBe('UCS-2')
  })

  test('is UCS-2 otherwise, and 50 characters', () => {
    expect(displayed('Õpetajate amet').displayTextFormat).toBe('UCS-2')
    expect(displayed('õ'.repeat(50)).displayText).toBe('õ'.repeat(50))
    expect(displayed('õ'.repeat(51)).displayText).toBe(`${'õ'.repeat(49)}…`)
  })

  test('is cut between letters: no Thai sign stands without its consonant, no pair of units is torn', () => {
    for (const letter of ['ที่', 'กำ', '👩‍🌾']) {
      const { displayText } = displayed(letter.repeat(30))
      expect(displayText.length).toBeLessThanOrEqual(50)
      expect(displayText.slice(0, -1).replaceAll(letter, '')).toBe('')
    }
  })

  test('is framed in a language that the SIM has', () => {
    expect(phoneLanguage('et', '+37200000766')).toBe('EST')
    expect(phoneLanguage('et', '+37060000666')).toBe('ENG')
    expect(phoneLanguage('th', '+66100000101')).toBe('ENG')
  })
})
