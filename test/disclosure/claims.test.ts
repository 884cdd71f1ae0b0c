import { describe, expect, test } from '@jest/globals'
import { CLAIM_NAMES, CLAIMS, type ClaimName, GROUPS, groupsOf, SCOPES } from '../../src/disclosure/claims.ts'
import { personKey } from '../../src/identity/identifiers.ts'
import { LANGUAGES } from '../../src/identity/language.ts'
import type { Person } from '../../src/persons/person.ts'

const NOW = Date.parse('2026-11-21T09:00:00Z')
const person = (changes: Partial<Person>): Person => ({
  key: personKey('6f9d2a1e-0000-4000-8000-000000000001'),
  kind: 'resident',
  status: 'active',
  identifiers: [],
  names: {},
  version: 1,
  ...changes,
})
const take = (claim: ClaimName, changes: Partial<Person>) => CLAIMS[claim].take(person(changes), NOW)

describe('the table of claims', () => {
  test('has a label in every language for every claim and every group', () => {
    for (const { label } of Object.values(CLAIMS)) expect(Object.keys(label)).toEqual([...LANGUAGES])
    for (const label of Object.values(GROUPS)) expect(Object.keys(label)).toEqual([...LANGUAGES])
  })

  test('puts the standard names under the standard scope', () => {
    expect(SCOPES.profile).toEqual(['name', 'given_name', 'family_name', 'birthdate', 'locale'])
    expect(SCOPES.person_code).toEqual(['person_code', 'person_code_scheme'])
  })

  test('can be reached claim by claim through a scope', () => {
    expect(new Set(Object.values(SCOPES).flat())).toEqual(new Set(CLAIM_NAMES))
  })

  test('gathers claims into the lines that a citizen reads, in one order', () => {
    expect(groupsOf(['person_code', 'family_name', 'given_name', 'person_code_scheme'])).toEqual([
      'name',
      'person_code',
    ])
  })

  test.each([
    ['1980-05-17', '1980-05-17'],
    ['1980-05', '1980'],
    ['1980', '1980'],
  ])('says a birth date known as %s as %s (OIDC Core §5.1) and invents no day', (known, said) => {
    expect(take('birthdate', { birthDate: known })).toBe(said)
  })

  test('says nothing about a birth date that is not known', () => {
    expect(take('birthdate', {})).toBeUndefined()
  })

  test.each<[string | undefined, string | undefined, string | undefined]>([
    ['สมชาย', 'ใจดี', 'สมชาย ใจดี'],
    ['Sukarno', undefined, 'Sukarno'],
    [undefined, 'Tamm', 'Tamm'],
    [undefined, undefined, undefined],
  ])('joins the given name %s and the family name %s to %s', (given, family, joined) => {
    const names = { ...(given && { given, givenLatin: given }), ...(family && { family, familyLatin: family }) }
    expect(take('name', { names })).toBe(joined)
    expect(take('name_latin', { names })).toBe(joined)
  })

  test('takes person code and scheme from the same identifier, one that is valid today', () => {
    const identifiers = [
      { scheme: 'LV', code: 'old', validTo: '2026-11-20' },
      { scheme: 'EE', code: 'coming', validFrom: '2026-11-22' },
      { scheme: 'TH', code: 'now', validFrom: '2026-11-21', validTo: '2026-11-21' },
      { scheme: 'KR', code: 'also' },
    ]
    expect([take('person_code_scheme', { identifiers }), take('person_code', { identifiers })]).toEqual(['TH', 'now'])
    expect(take('person_code', { identifiers: identifiers.slice(0, 2) })).toBeUndefined()
  })
})
