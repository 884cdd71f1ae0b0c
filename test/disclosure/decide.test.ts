import { describe, expect, test } from '@jest/globals'
import type { Agreement } from '../../src/disclosure/agreements.ts'
import { CLAIM_NAMES, type ClaimName, isClaimName, SCOPES } from '../../src/disclosure/claims.ts'
import { claimsAskedFor, decide, type Question } from '../../src/disclosure/decide.ts'
import { clientId, personKey } from '../../src/identity/identifiers.ts'
import type { Person } from '../../src/persons/person.ts'
import { testRandom } from '../support/keys.ts'

const NOW = Date.parse('2026-11-21T09:00:00Z')
const words = (text: string) => ({ th: text, en: text, et: text })

const person: Person = {
  key: personKey('6f9d2a1e-0000-4000-8000-000000000001'),
  kind: 'citizen',
  status: 'active',
  identifiers: [
    { scheme: 'TH', code: '1199900000011', validTo: '2020-01-01' },
    { scheme: 'TH', code: '1199900000029' },
  ],
  names: { given: 'สมชาย', family: 'ใจดี', givenLatin: 'Somchai', familyLatin: 'Jaidee' },
  birthDate: '1980-05-17',
  language: 'th',
  version: 1,
}

const agreement: Agreement = {
  client: clientId('tax-web'),
  version: 3,
  purposeSince: 2,
  purpose: words('Filing a tax return'),
  officer: 'Data protection office',
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo: '2027-01-01T00:00:00.000Z',
  claims: [
    {
      names: ['given_name', 'family_name', 'person_code', 'person_code_scheme'],
      ground: 'law',
      reference: words('§ 1'),
    },
    { names: ['birthdate'], ground: 'consent' },
  ],
  assurance: { lowest: 'low', highest: 'high' },
  refresh: false,
  resources: [],
}

const ask = (changes: Partial<Question> & { scopes?: string[] } = {}) =>
  decide({
    agreement,
    person,
    requested: { scopes: changes.scopes ?? ['openid', 'profile', 'person_code'] },
    consents: [],
    now: NOW,
    ...changes,
  })

const reasons = (decision: ReturnType<typeof decide>) => new Set(decision.refused.map(({ reason }) => reason))

describe('what a relying party learns', () => {
  test('is what it asks for within its agreement, and what needs consent waits', () => {
    const decision = ask()
    expect(decision.release).toEqual({
      given_name: 'สมชาย',
      family_name: 'ใจดี',
      person_code: '1199900000029',
      person_code_scheme: 'TH',
    })
    expect(decision.ask).toEqual({ birthdate: '1980-05-17' })
    expect(decision.refused).toEqual([
      { claim: 'name', reason: 'not-in-agreement' },
      { claim: 'locale', reason: 'not-in-agreement' },
    ])
  })

  test('is nothing when it asks for nothing', () => {
    expect(ask({ scopes: ['openid'] })).toMatchObject({ release: {}, ask: {}, refused: [] })
  })

  test('may be asked for by the claims parameter, whichever way it is written', () => {
    const requested = {
      scopes: ['openid'],
      claims: { id_token: { given_name: null }, userinfo: { person_code: { essential: true }, shoe_size: null } },
    }
    expect(ask({ requested }).release).toEqual({ given_name: 'สมชาย', person_code: '1199900000029' })
  })

  test.each([
    ['without an agreement', { agreement: undefined }, 'no-agreement'],
    ['before the agreement begins', { now: Date.parse('2025-12-31T23:59:59.999Z') }, 'agreement-not-yet-valid'],
    ['from the instant it ends', { now: Date.parse('2027-01-01T00:00:00Z') }, 'agreement-expired'],
    ['about a dead person', { person: { ...person, status: 'deceased' } }, 'person-not-active'],
    ['about a suspended person', { person: { ...person, status: 'suspended' } }, 'person-not-active'],
  ] as const)('is nothing %s, whatever was consented to', (_name, changes, reason) => {
    const decision = ask({ ...changes, consents: [{ agreement: 3, claims: [...CLAIM_NAMES] }] })
    expect(decision.release).toEqual({})
    expect(decision.ask).toEqual({})
    expect(reasons(decision)).toEqual(new Set([reason]))
  })

  test('does not change because a person has emigrated', () => {
    expect(ask({ person: { ...person, status: 'emigrated' } })).toEqual(ask())
  })

  test('about a protected person is what the law orders and what they consent to, not what a public task would like', () => {
    const hidden: Person = { ...person, status: 'protected' }
    expect(ask({ person: hidden })).toEqual(ask())
    const claims = [
      { names: ['given_name'], ground: 'public-task', reference: words('§ 2') },
      ...agreement.claims.slice(1),
    ]
    const decision = ask({ person: hidden, agreement: { ...agreement, claims } as Agreement })
    expect(decision.release).toEqual({})
    expect(decision.ask).toEqual({ birthdate: '1980-05-17' })
    expect(decision.refused).toContainEqual({ claim: 'given_name', reason: 'person-protected' })
    expect(ask({ agreement: { ...agreement, claims } as Agreement }).release).toEqual({ given_name: 'สมชาย' })
  })

  test('lasts to the last instant of the agreement', () => {
    expect(ask({ now: Date.parse('2026-12-31T23:59:59.999Z') }).release).toEqual(ask().release)
    expect(ask({ now: Date.parse('2026-01-01T00:00:00Z') }).release).toEqual(ask().release)
  })

  test('grows by consent, but not by a consent given for an older purpose', () => {
    expect(ask({ consents: [{ agreement: 2, claims: ['birthdate'] }] }).release).toMatchObject({
      birthdate: '1980-05-17',
    })
    expect(ask({ consents: [{ agreement: 2, claims: ['birthdate'] }] }).ask).toEqual({})
    expect(ask({ consents: [{ agreement: 1, claims: ['birthdate'] }] }).ask).toEqual({ birthdate: '1980-05-17' })
    expect(ask({ consents: [{ agreement: 3, claims: ['locale'] }] }).ask).toEqual({ birthdate: '1980-05-17' })
  })

  test('does not grow by a consent to what the agreement does not hold', () => {
    expect(ask({ consents: [{ agreement: 3, claims: ['name', 'locale'] }] }).release).toEqual(ask().release)
  })

  test('leaves out what the register does not know, and nobody is asked about it', () => {
    const decision = ask({
      person: { ...person, names: { given: 'Madonna' }, birthDate: undefined } as unknown as Person,
    })
    expect(decision.release).not.toHaveProperty('family_name')
    expect(decision.ask).toEqual({})
    expect(decision.refused).toEqual(
      expect.arrayContaining([
        { claim: 'family_name', reason: 'not-in-register' },
        { claim: 'birthdate', reason: 'not-in-register' },
      ]),
    )
  })

  test('is never outside the agreement, whatever is asked, agreed to and consented to (2,000 random questions)', () => {
    const random = testRandom('questions')
    const some = <T>(from: readonly T[]): T[] => from.filter(() => random.bytes(1)[0]! < 128)
    const names = [...CLAIM_NAMES, 'sub', 'email', '__proto__', 'constructor', 'toString', 'person_code ']
    const scopes = ['openid', 'offline_access', 'admin', '__proto__', 'constructor', ...Object.keys(SCOPES)]
    let released = 0
    for (let round = 0; round < 2_000; round++) {
      const [byLaw, byConsent] = [some(CLAIM_NAMES), some(CLAIM_NAMES)]
      const terms = {
        ...agreement,
        claims: [
          { names: byLaw, ground: 'law' as const },
          { names: byConsent.filter((name) => !byLaw.includes(name)), ground: 'consent' as const },
        ],
      }
      const requested = {
        scopes: some(scopes),
        claims: {
          id_token: Object.fromEntries(some(names).map((name) => [name, null])),
          userinfo: Object.fromEntries(some(names).map((name) => [name, { essential: true }])),
        },
      }
      const consents = [{ agreement: 1 + (random.bytes(1)[0]! % 3), claims: some(names) }]
      const decision = decide({ agreement: terms, person, requested, consents, now: NOW })
      const wanted = claimsAskedFor(requested)
      for (const name of Object.keys(decision.release)) {
        released++
        expect(isClaimName(name) && wanted.has(name)).toBe(true)
        const claim = name as ClaimName
        const covered = consents.some((one) => one.agreement >= terms.purposeSince && one.claims.includes(claim))
        expect(byLaw.includes(claim) || (byConsent.includes(claim) && covered)).toBe(true)
      }
      for (const name of Object.keys(decision.ask)) expect(byConsent).toContain(name)
      expect(Object.keys(decision.release).length + Object.keys(decision.ask).length + decision.refused.length).toBe(
        wanted.size,
      )
    }
    expect(released).toBeGreaterThan(1_000)
  })
})
