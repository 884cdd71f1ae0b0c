import { describe, expect, test } from '@jest/globals'
import { type RowTexts, readRow, rowText } from '../../src/persons/row.ts'
import { thaiCode } from '../support/register.ts'

const read = (texts: RowTexts) => {
  const whole: RowTexts = { scheme: 'TH', code: thaiCode(1), given_name: 'ก', ...texts }
  return readRow(whole, [whole], '2026-11-21')
}
const mistake = (texts: RowTexts) => {
  const found = read(texts)
  return 'mistake' in found ? found.mistake : undefined
}
const row = (texts: RowTexts) => {
  const found = read(texts)
  if ('mistake' in found) throw new Error(found.mistake)
  return found.row
}

describe('a birth date', () => {
  test.each([
    ['1990-02-28', '1990-02-28'],
    ['1990-02', '1990-02'],
    ['1990', '1990'],
    ['1990-00-00', '1990'],
    ['1990-05-00', '1990-05'],
    ['2026-11-21', '2026-11-21'],
    ['', ''],
  ])('%s is kept as %s', (typed, kept) => {
    expect(row({ birth_date: typed }).birthDate).toBe(kept)
  })

  test.each([
    ['1990-02-30', 'not a day'],
    ['1990-13', 'not a day'],
    ['1990-00-05', 'not a day'],
    ['2026-11-22', 'not a day'],
    ['1066-10-14', 'not a day'],
    ['31.12.1990', 'must be YYYY'],
    ['90', 'must be YYYY'],
    ['2533-05-01', 'looks like the Buddhist era (--era be; Gregorian: 1990)'],
  ])('%s is refused: %s', (typed, why) => {
    expect(mistake({ birth_date: typed })).toContain(why)
  })
})

describe('a row', () => {
  test('with several mistakes is told all of them', () => {
    const found = mistake({ code: '123', kind: 'alien', status: 'bored', birth_date: 'soon' })
    expect(found).toMatch(/kind must be.*status must be.*birth_date must be.*form of its scheme/)
  })

  test('repeats no personal data in its mistakes', () => {
    const found = mistake({ code: `${thaiCode(1)}9`, given_name: 'กขค\u0000', birth_date: '1990-02-30' })
    expect(found).not.toMatch(new RegExp(`กขค|1990|${thaiCode(1)}`))
  })

  test.each([
    ['bytes that were not UTF-8', 'a\ufffdb', 'no text in the encoding'],
    ['a control character', 'a\u0000b', 'control character'],
    ['a mark that turns the reading direction', 'a\u202eb', 'control character'],
    ['an endless name', 'a'.repeat(201), 'longer than 200'],
  ])('with %s in a name is refused', (_, name, why) => {
    expect(mistake({ family_name: name })).toContain(why)
  })

  test('keeps names in one Unicode form with single spaces', () => {
    expect(row({ given_name: ' Jose\u0301  \n Mari\u0301a ' }).names.given).toBe('José María')
  })

  test('accepts scheme, kind and status in any case, and codes as people type them', () => {
    const typed = thaiCode(7)
    const spaced = `${typed.slice(0, 1)}-${typed.slice(1, 5)} ${typed.slice(5)}`
    expect(row({ scheme: 'th', code: spaced, kind: 'E-Resident', status: 'ACTIVE' })).toMatchObject({
      identifiers: [{ scheme: 'TH', code: typed }],
      kind: 'e-resident',
      status: 'active',
    })
  })

  test('says something else as text as soon as one column says something else', () => {
    const texts = [
      {},
      { kind: 'citizen' },
      { status: 'active' },
      { given_name: 'ข' },
      { family_name: 'ก' },
      { family_name: '' },
      { given_name_latin: 'ก' },
      { birth_date: '1990' },
      { birth_date: '' },
      { valid_from: '1990-01-01' },
      { valid_to: '1990-01-01' },
      { valid_to: '' },
      { code: thaiCode(2) },
    ].map((more) => rowText(row(more)))
    expect(new Set(texts).size).toBe(texts.length)
  })

  test('with a validity that ends before it begins, or in the Buddhist era, is refused', () => {
    expect(mistake({ valid_from: '2020-01-02', valid_to: '2020-01-01' })).toContain('later than')
    expect(mistake({ valid_to: '2569-01-01' })).toContain('Gregorian')
  })
})
