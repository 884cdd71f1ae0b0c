import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

interface Row {
  scheme: string
  code: string
  kind: string
  status: string
  given_name?: string
  family_name?: string
  birth_date: string
}
const file = new URL('../../src/demo/people.jsonl', import.meta.url)
const people = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

/** Weights 13 … 2, modulo 11, modulo 10: reckoned here on purpose, not by the program under test. */
function thaiCheckDigit(code: string): number {
  const sum = code
    .slice(0, 12)
    .split('')
    .reduce((total, digit, place) => total + Number(digit) * (13 - place), 0)
  return (11 - (sum % 11)) % 10
}

describe('the demo people', () => {
  test.each(people.filter(({ scheme }) => scheme === 'TH').map(({ code }) => code))(
    '%s is a well-formed Thai number that no district ever gave out (district 9999)',
    (code) => {
      expect(code).toMatch(/^[01]9999\d{8}$/)
      expect(Number(code[12])).toBe(thaiCheckDigit(code))
    },
  )

  test('the Estonian ones carry published test codes', () => {
    expect(people.filter(({ scheme }) => scheme === 'EE').map(({ code }) => code)).toEqual([
      '60001019906',
      '38001085718',
    ])
  })

  test('are a dozen, each code once', () => {
    expect(people).toHaveLength(12)
    expect(new Set(people.map(({ scheme, code }) => `${scheme}${code}`)).size).toBe(12)
  })

  test('show what a register really holds', () => {
    expect(people.some(({ family_name }) => family_name === undefined)).toBe(true)
    expect(people.some(({ birth_date }) => /^\d{4}$/.test(birth_date))).toBe(true)
    expect(people.some(({ birth_date }) => /^\d{4}-\d{2}$/.test(birth_date))).toBe(true)
    expect(new Set(people.map(({ kind }) => kind))).toEqual(new Set(['citizen', 'resident', 'e-resident']))
    expect(new Set(people.map(({ status }) => status))).toEqual(
      new Set(['active', 'deceased', 'protected', 'suspended', 'emigrated']),
    )
  })
})
