import type { TroubleCode } from '../../identity/trouble.ts'

// The steps of the validation in their order, and every way in which a card can be refused: its word in the audit and
// in `pratu cards check`, and what its holder is told. Where telling more would help an attacker it is PRT-1601.

export const CHECKS = [
  'token',
  'certificate',
  'purpose',
  'policies',
  'validity',
  'trust',
  'key',
  'blocks',
  'revocation',
  'signature',
  'person',
] as const
export type Check = (typeof CHECKS)[number]

interface Line {
  readonly check: Check
  readonly trouble: TroubleCode
  /** For the help desk: what was found. */
  readonly says: string
}

const table = {
  'no-token': { check: 'token', trouble: 'PRT-1609', says: 'no token came' },
  'token-malformed': {
    check: 'token',
    trouble: 'PRT-1601',
    says: 'not a Web eID token: 100 to 10,000 characters of JSON with its members',
  },
  'token-format': {
    check: 'token',
    trouble: 'PRT-1601',
    says: 'the format is not web-eid:1, or has members of another one',
  },
  'nonce-unusable': {
    check: 'token',
    trouble: 'PRT-1605',
    says: 'the nonce was used, was older than five minutes, or never given out',
  },
  'certificate-malformed': { check: 'certificate', trouble: 'PRT-1601', says: 'not one X.509 certificate in DER' },
  'wrong-usage': {
    check: 'purpose',
    trouble: 'PRT-1601',
    says: 'the certificate is not for signing in: digitalSignature is missing, or clientAuth among its purposes',
  },
  'unknown-extension': {
    check: 'purpose',
    trouble: 'PRT-1601',
    says: 'the certificate has a critical extension that is not understood',
  },
  'mobile-policy': {
    check: 'policies',
    trouble: 'PRT-1601',
    says: 'the certificate belongs to a telephone, not to a card',
  },
  'wrong-policy': {
    check: 'policies',
    trouble: 'PRT-1601',
    says: 'the certificate has none of the policies that its issuer is configured with',
  },
  'not-yet-valid': { check: 'validity', trouble: 'PRT-1602', says: 'the certificate is not valid yet' },
  expired: { check: 'validity', trouble: 'PRT-1602', says: 'the certificate has expired' },
  'unknown-issuer': { check: 'trust', trouble: 'PRT-1601', says: 'no configured issuer has the name of its issuer' },
  'same-name-other-key': {
    check: 'trust',
    trouble: 'PRT-1601',
    says: 'its issuer has the name of a configured one but another key',
  },
  'issuer-expired': { check: 'trust', trouble: 'PRT-1601', says: 'a certificate above it is not valid at this time' },
  'issuer-unfit': {
    check: 'trust',
    trouble: 'PRT-1601',
    says: 'a certificate above it is not that of a CA, or may not have one below it',
  },
  'name-constraint': {
    check: 'trust',
    trouble: 'PRT-1601',
    says: 'its issuer is not allowed to issue to such a name',
  },
  'not-vouched': {
    check: 'trust',
    trouble: 'PRT-1601',
    says: 'the proxy that ended TLS had something against it',
  },
  'test-issuer': { check: 'trust', trouble: 'PRT-1601', says: 'a test card, which production refuses' },
  'weak-key': { check: 'key', trouble: 'PRT-1601', says: 'its key is weak' },
  'unsupported-key': { check: 'key', trouble: 'PRT-1601', says: 'its key is of a kind that no card has' },
  blocked: { check: 'blocks', trouble: 'PRT-1603', says: 'an emergency block covers it' },
  revoked: { check: 'revocation', trouble: 'PRT-1606', says: 'its issuer has revoked it' },
  'ocsp-unknown': {
    check: 'revocation',
    trouble: 'PRT-1601',
    says: 'the revocation service does not know it',
  },
  'ocsp-unreachable': { check: 'revocation', trouble: 'PRT-1604', says: 'the revocation service does not answer' },
  'ocsp-try-later': { check: 'revocation', trouble: 'PRT-1604', says: 'the revocation service asks to try later' },
  'ocsp-malformed': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'the revocation service answers what is no answer to the question',
  },
  'ocsp-stale': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'the revocation answer is too old or from the future',
  },
  'ocsp-wrong-nonce': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'the revocation answer belongs to another question',
  },
  'ocsp-wrong-signer': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'the revocation answer is not signed by who may answer for the issuer',
  },
  'no-revocation-service': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'neither the issuer nor the certificate names a revocation service',
  },
  'crl-unusable': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'the revocation list can not be had, is too old, or is not its issuer’s',
  },
  'breaker-open': {
    check: 'revocation',
    trouble: 'PRT-1604',
    says: 'the revocation service failed many times in a row and is left alone for a while',
  },
  'algorithm-unsupported': { check: 'signature', trouble: 'PRT-1601', says: 'not one of the nine algorithms' },
  'algorithm-mismatch': {
    check: 'signature',
    trouble: 'PRT-1601',
    says: 'the algorithm does not fit the key of the certificate',
  },
  'signature-invalid': {
    check: 'signature',
    trouble: 'PRT-1601',
    says: 'the signature is not one by this certificate over this origin and nonce',
  },
  'signing-certificate-unfit': {
    check: 'signature',
    trouble: 'PRT-1601',
    says: 'a signing certificate in the token (format 1.1) does not go with the one for signing in',
  },
  'no-certificate': { check: 'certificate', trouble: 'PRT-1607', says: 'no certificate came' },
  'ticket-unusable': {
    check: 'token',
    trouble: 'PRT-1605',
    says: 'the ticket from the card address was used, is too old, or belongs to another browser',
  },
  'no-identifier': {
    check: 'person',
    trouble: 'PRT-1601',
    says: 'the certificate names nobody by a number that the register could know',
  },
  'shared-key': {
    check: 'person',
    trouble: 'PRT-1601',
    says: 'its key has come with somebody else’s card as well, so that it proves neither: tell the issuer',
  },
} as const satisfies Record<string, Line>

export type CardRefusalCode = keyof typeof table
export const CARD_REFUSALS: Readonly<Record<CardRefusalCode, Line>> = table
export const isCardRefusal = (text: string): text is CardRefusalCode => Object.hasOwn(table, text)
