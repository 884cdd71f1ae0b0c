import { expect, test } from '@jest/globals'
import type { Proof } from '../../src/identity/proof.ts'
import { sameNames } from '../../src/login/names.ts'
import type { Person } from '../../src/persons/person.ts'

const same = (card: Proof['names'], names: Person['names']) =>
  sameNames({ ...(card && { names: card }) } as Proof, { names } as Person)

test.each([
  [
    { given: 'ÕNNE-MARI', family: 'NÄIDIS' },
    { given: 'Õnne-Mari', family: 'Näidis' },
  ],
  [
    { given: 'ONNE MARI', family: 'NAIDIS' },
    { given: 'Õnne-Mari', family: 'Näidis' },
  ],
  [
    { given: 'NÄIDIS', family: 'ÕNNE-MARI' },
    { given: 'Õnne-Mari', family: 'Näidis' },
  ],
  [
    { given: 'Soren', family: 'Strasse' },
    { given: 'Søren', family: 'Straße' },
  ],
  [
    { given: 'SOMYING', family: 'TUAYANGDEE' },
    { given: 'สมหญิง', family: 'ตัวอย่างดี', givenLatin: 'Somying', familyLatin: 'Tuayangdee' },
  ],
  [
    { given: 'สมหญิง', family: 'ตัวอย่างดี' },
    { given: 'สมหญิง', family: 'ตัวอย่างดี' },
  ],
])('capitals, accents, order and script make no difference: %j and %j', (card, names) => {
  expect(same(card, names)).toBe(true)
})

test.each([
  [
    { given: 'MARI', family: 'NÄIDIS' },
    { given: 'Õnne-Mari', family: 'Näidis' },
  ],
  [
    { given: 'ÕNNE-MARI', family: 'TEINE' },
    { given: 'Õnne-Mari', family: 'Näidis' },
  ],
  [
    { given: 'สมหญิง', family: 'ตัวอย่าง' },
    { given: 'สมหญิง', family: 'ตัวอย่างดี' },
  ],
  [{ family: 'NÄIDIS' }, { given: 'Õnne-Mari', family: 'Näidis' }],
])('another name does: %j and %j', (card, names) => {
  expect(same(card, names)).toBe(false)
})

test('what can’t be compared is no difference', () => {
  expect(same(undefined, { given: 'Õnne-Mari', family: 'Näidis' })).toBeUndefined()
  expect(same({}, { given: 'Õnne-Mari', family: 'Näidis' })).toBeUndefined()
  expect(same({ given: 'SOMYING' }, { given: 'สมหญิง', family: 'ตัวอย่างดี' })).toBeUndefined()
})
