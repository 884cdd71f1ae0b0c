import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { displayPersonId, maskPersonId, parsePersonId, SCHEME_IDS, SCHEMES } from '../../src/identity/person-id.ts'

interface Example {
  readonly country: string
  readonly value: string
  readonly valid: boolean
  readonly note: string
}

const published = join(process.env.PRATU_VECTORS ?? '../shared/vectors', 'national-ids', 'examples.json')
const examples: readonly Example[] = existsSync(published)
  ? (JSON.parse(readFileSync(published, 'utf8')) as { examples: Example[] }).examples
  : []
const DIGITS = Array.from('0123456789')
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
const accepted = (scheme: string, typed: string) => {
  const read = parsePersonId(scheme, typed)
  return read.ok ? read.code : undefined
}
const refused = (scheme: string, typed: string) => {
  const read = parsePersonId(scheme, typed)
  return read.ok ? undefined : read.reason
}

describe('published examples of national identifiers', () => {
  const run = examples.length > 0 ? test : test.skip
  run('every published example is accepted or refused as published', () => {
    expect(examples.length).toBeGreaterThan(50)
    const wrong = examples.filter(({ country, value, valid }) => parsePersonId(country, value).ok !== valid)
    expect(wrong).toEqual([])
  })
})

describe('check digits', () => {
  // A valid code per scheme that refuses, and where its check digit stands.
  const codes = [
    ['TH', '1234545678781'],
    ['TH', '1000000000009'],
    ['EE', '38001085718'],
    ['EE', '51307149560'],
    ['LT', '48501010014'],
    ['FI', '131052-308T'],
    ['SG', 'S1234567D'],
    ['SG', 'G1234567X'],
    ['SG', 'M1234567K'],
  ] as const

  test.each(codes)('of all last characters of the %s code %s exactly one is accepted', (scheme, code) => {
    const last = /[A-Z]$/.test(code) ? LETTERS.concat(DIGITS) : DIGITS
    expect(last.filter((character) => accepted(scheme, code.slice(0, -1) + character))).toEqual([code.at(-1)])
  })

  // Not Thai nor Finnish codes, and no Estonian code of the second round: there another digit may lead to the same rest.
  test.each([
    ['EE', '38001085718'],
    ['LT', '48501010014'],
    ['SG', 'S1234567D'],
    ['SG', 'M1234567K'],
  ])('any single mistyped digit of the serial part of the %s code %s is noticed', (scheme, code) => {
    const at = code.length - 2
    const others = DIGITS.filter((character) => character !== code[at])
    expect(others.filter((other) => accepted(scheme, code.slice(0, at) + other + code.slice(at + 1)))).toEqual([])
  })

  test('a Thai code may begin with 0 and 9', () => {
    const beginning = (first: string) =>
      DIGITS.map((last) => `${first}10200345678${last}`).filter((code) => accepted('TH', code))
    expect(beginning('0')).toHaveLength(1)
    expect(beginning('9')).toHaveLength(1)
  })

  test.each([
    ['LV', '010111-22341'],
    ['DK', '0101901234'],
    ['KR', '2301013123456'],
  ])('where the country stopped keeping it, a wrong one only warns: %s %s', (scheme, code) => {
    expect(parsePersonId(scheme, code)).toEqual({ ok: true, code, warnings: ['check-digit'] })
  })
})

describe('typed codes', () => {
  test.each([
    ['TH', '1 2345 45678 78 1', '1234545678781'],
    ['TH', '1-2345-45678-78-1', '1234545678781'],
    ['TH', '๑ ๒๓๔๕ ๔๕๖๗๘ ๗๘ ๑', '1234545678781'],
    ['TH', '\u200e1\u00a02345\u201045678–78−1\u200b', '1234545678781'],
    ['TH', '1234545678781', '1234545678781'],
    ['LV', '32999999901', '329999-99901'],
    ['LV', '329999-99901', '329999-99901'],
    ['FI', ' 131052-308t ', '131052-308T'],
    ['FI', '131052–308T', '131052-308T'],
    ['DK', '210127-0087', '2101270087'],
    ['KR', '971013-9019902', '9710139019902'],
    ['SG', 's1234567d', 'S1234567D'],
    ['BE', '01.05.03-998.64', '01050399864'],
    ['FINUID', '99902001 6', '999020016'],
  ])('%s %s is read as %s', (scheme, typed, code) => {
    expect(accepted(scheme, typed)).toBe(code)
  })

  test('the Finnish sign is part of the number and is neither dropped nor put in', () => {
    expect(accepted('FI', '010190-900P')).toBe('010190-900P')
    expect(accepted('FI', '010190Y900P')).toBe('010190Y900P')
    expect(refused('FI', '010190900P')).toBe('format')
  })

  test.each([
    ['XX', '1', 'unknown-scheme'],
    ['toString', '1', 'unknown-scheme'],
    ['TH', '', 'format'],
    ['TH', '123454567878', 'format'],
    ['TH', '1234545678789', 'check-digit'],
    ['EE', '39913320000', 'date'],
    ['EE', '00000000000', 'format'],
    ['LT', '39120100005', 'date'],
    ['FI', '010190-001P', 'number'],
    ['BE', '01050399863', 'check-digit'],
    ['FINUID', '99901112J', 'check-digit'],
    ['DK', '3102901234', 'date'],
    ['DK', '6001901234', 'date'],
  ])('%s %s is refused: %s', (scheme, typed, reason) => {
    expect(refused(scheme, typed)).toBe(reason)
  })

  test('an endless text is refused without being read', () => {
    expect(refused('TH', ' '.repeat(1_000_000))).toBe('format')
    expect(refused('TH', `${' '.repeat(60)}1234545678781`)).toBe('format')
  })

  test('temporary and replacement numbers are told to the operator', () => {
    expect(parsePersonId('FI', '010190-900P')).toMatchObject({ warnings: ['temporary'] })
    expect(parsePersonId('DK', '6101901234')).toMatchObject({ ok: true, warnings: ['replacement', 'check-digit'] })
  })
})

describe('shown codes', () => {
  test.each([
    ['TH', '1102003456782', '1 1020 03456 78 2', '1 1020 ••••• 78 2'],
    ['EE', '38001085718', '38001085718', '3••••••5718'],
    ['LV', '329999-99901', '329999-99901', '••••••-•9901'],
    ['FI', '131052-308T', '131052-308T', '•••••••308T'],
    ['DK', '2101270087', '210127-0087', '210127-••••'],
    ['SG', 'S1234567D', 'S1234567D', 'S••••567D'],
    ['BE', '01050399864', '010503-998-64', '••••••-998-64'],
    ['FINUID', '99901112H', '99901112H', '9••••112H'],
    ['KR', '9710139019902', '971013-9019902', '971013-9••••••'],
  ])('%s %s is shown as %s and masked as %s', (scheme, code, shown, masked) => {
    expect(displayPersonId(scheme, code)).toBe(shown)
    expect(maskPersonId(scheme, code)).toBe(masked)
  })

  test('a mask of an unknown scheme shows nothing', () => {
    expect(maskPersonId('XX', '123')).toBe('•••')
  })

  test.each(SCHEME_IDS)("the example in the form for %s is a code that the form's own rules accept", (scheme) => {
    const { hint } = SCHEMES[scheme]
    const code = accepted(scheme, hint.example)
    expect(code).toHaveLength(hint.length)
    expect(/^[\d -]+$/.test(hint.example)).toBe(hint.numeric)
    expect(displayPersonId(scheme, code ?? '').replaceAll(/[ -]/g, '')).toBe((code ?? '').replaceAll('-', ''))
  })
})
