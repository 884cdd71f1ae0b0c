import { readCertificate } from '../../src/formats/certificate.ts'
import type { Issuer } from '../../src/methods/certificates/trust.ts'
import { type Needs, openValidation, type Verdict } from '../../src/methods/smart-card/validation.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { type TestAuthority, type TestCardCa, testCardCa } from './cards.ts'
import { type TestClock, testClock } from './clock.ts'

// The validation of cards without a service around it: one CA, whose revocation answers are always good.

export const ORIGIN = 'https://id.example'
export const newNonce = (): string => systemRandom.bytes(32).toString('base64')

export const trusted = (chain: readonly TestAuthority[], more: Partial<Issuer> = {}): Issuer => {
  const read = chain.map(({ certificate }) => readCertificate(certificate)!)
  return {
    id: 'test',
    certificate: read[0]!,
    chain: read,
    schemes: ['EE'],
    eResidents: [],
    assurance: 'high',
    ocsp: [],
    test: false,
    ...more,
  }
}

export interface CardWorld {
  readonly clock: TestClock
  readonly ca: TestCardCa
  validation(more?: Partial<Needs>, issuer?: Partial<Issuer>): ReturnType<typeof openValidation>
}

export function cardWorld(clock = testClock()): CardWorld {
  const ca = testCardCa({ clock })
  return {
    clock,
    ca,
    validation: (more = {}, issuer = {}) =>
      openValidation({
        issuers: [trusted([ca.issuing, ca.root], issuer)],
        production: true,
        revocation: { check: async () => ({ good: true, evidence: 'good' }) },
        blocks: { blocking: () => undefined },
        clock,
        ...more,
      }),
  }
}

/** `ok`, or the word of the refusal. */
export const outcomeOf = (verdict: Verdict): string => (verdict.ok ? 'ok' : verdict.code)
