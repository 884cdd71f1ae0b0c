import { generateKeyPairSync, sign } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { signedBytes } from '../../../src/demo/cards/token.ts'
import { ALGORITHMS } from '../../../src/methods/smart-card/web-eid.ts'
import { type CardWorld, cardWorld, newNonce, ORIGIN, outcomeOf } from '../../support/card-validation.ts'
import type { TestCard } from '../../support/cards.ts'

// A token that is right in everything is accepted; changed in one thing, whatever it is, never (security bar §3 row 25).

type Token = Record<string, unknown>

let world: CardWorld
let card: TestCard
let other: TestCard
let rsa: TestCard
let nonce: string
let good: Token

beforeAll(() => {
  world = cardWorld()
  card = world.ca.card()
  other = world.ca.card({ curve: 'P-384' })
  rsa = world.ca.card({ rsa: 2048 })
  nonce = newNonce()
  good = card.token({ origin: ORIGIN, nonce }) as unknown as Token
})

const judge = async (token: unknown, challenge = { origin: ORIGIN, nonce }) =>
  outcomeOf(await world.validation().token(typeof token === 'string' ? token : JSON.stringify(token), challenge))

const changed = (text: unknown, at: number): string => {
  const bytes = Buffer.from(String(text), 'base64')
  bytes[at < 0 ? bytes.length + at : at]! ^= 1
  return bytes.toString('base64')
}
/** `r || s` as ECDSA signatures are written elsewhere (RFC 3279 §2.2.3). */
const derSignature = (key: TestCard['key'], bytes: Buffer) => sign('sha384', bytes, key).toString('base64')

test('unchanged, with members that nobody knows, and as format web-eid:1 it is accepted', async () => {
  expect(await judge(good)).toBe('ok')
  expect(await judge({ ...good, action: 'web-eid:authenticate-success', more: { a: [1] } })).toBe('ok')
  expect(await judge({ ...good, format: 'web-eid:1', appVersion: undefined, issuerApp: 'https://a.example' })).toBe(
    'ok',
  )
  expect(await judge({ ...good, format: 'web-eid:1.7' })).toBe('ok')
})

test.each(Object.keys(ALGORITHMS))(
  'the algorithm %s is accepted by a key that fits, and by no other',
  async (algorithm) => {
    const curve = ({ ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const)[algorithm]
    const fitting = curve ? world.ca.card({ curve }) : rsa
    const token = fitting.token({ origin: ORIGIN, nonce, algorithm }) as unknown as Token
    expect(await judge(token)).toBe('ok')
    for (const claimed of Object.keys(ALGORITHMS))
      if (claimed !== algorithm) expect(await judge({ ...token, algorithm: claimed })).toMatch(/mismatch|invalid/)
  },
)

const swaps: Record<string, () => unknown> = {
  'origin of another site': () => card.token({ origin: 'https://other.example', nonce }),
  'origin by http': () => card.token({ origin: 'http://id.example', nonce }),
  'origin with a slash': () => card.token({ origin: `${ORIGIN}/`, nonce }),
  'origin with a port': () => card.token({ origin: `${ORIGIN}:443`, nonce }),
  'origin in capitals': () => card.token({ origin: 'https://ID.example', nonce }),
  'origin of a subdomain': () => card.token({ origin: 'https://a.id.example', nonce }),
  'another nonce': () => card.token({ origin: ORIGIN, nonce: newNonce() }),
  'an empty nonce': () => card.token({ origin: ORIGIN, nonce: '' }),
  'a nonce decoded': () => card.token({ origin: ORIGIN, nonce: Buffer.from(nonce, 'base64').toString('latin1') }),
  'a nonce without its padding': () => card.token({ origin: ORIGIN, nonce: nonce.replace('=', '') }),
  'origin and nonce changed over': () => card.token({ origin: nonce, nonce: ORIGIN }),
  'another card of the same CA': () => ({ ...good, unverifiedCertificate: other.certificate.toString('base64') }),
  'another key of the same person': () => ({
    ...good,
    unverifiedCertificate: world.ca.card().certificate.toString('base64'),
  }),
  'a certificate of a twin CA': () => world.ca.twin().card().token({ origin: ORIGIN, nonce }),
  'the CA as the card': () => ({ ...good, unverifiedCertificate: world.ca.issuing.certificate.toString('base64') }),
  'a self-made certificate': () =>
    world.ca.card({ issuer: { subject: world.ca.issuing.subject, key: other.key } }).token({ origin: ORIGIN, nonce }),
  'a bit of the certificate': () => ({ ...good, unverifiedCertificate: changed(good.unverifiedCertificate, 200) }),
  'the last bit of the certificate': () => ({
    ...good,
    unverifiedCertificate: changed(good.unverifiedCertificate, -1),
  }),
  'a byte after the certificate': () => ({
    ...good,
    unverifiedCertificate: Buffer.concat([card.certificate, Buffer.of(0)]).toString('base64'),
  }),
  'a certificate cut off': () => ({
    ...good,
    unverifiedCertificate: card.certificate.subarray(0, -1).toString('base64'),
  }),
  'a certificate in PEM': () => ({ ...good, unverifiedCertificate: Buffer.from(card.pem).toString('base64') }),
  'a certificate in base64url': () => ({ ...good, unverifiedCertificate: card.certificate.toString('base64url') }),
  'a certificate with line breaks': () => ({
    ...good,
    unverifiedCertificate: String(good.unverifiedCertificate).replace(/.{64}/g, '$&\n'),
  }),
  'no certificate': () => ({ ...good, unverifiedCertificate: undefined }),
  'an empty certificate': () => ({ ...good, unverifiedCertificate: '' }),
  'a list of certificates': () => ({ ...good, unverifiedCertificate: [good.unverifiedCertificate] }),
  'the first bit of the signature': () => ({ ...good, signature: changed(good.signature, 0) }),
  'a middle bit of the signature': () => ({ ...good, signature: changed(good.signature, 48) }),
  'the last bit of the signature': () => ({ ...good, signature: changed(good.signature, -1) }),
  'a signature in DER': () => ({ ...good, signature: derSignature(card.key, signedBytes('ES384', ORIGIN, nonce)) }),
  'a signature twice': () => ({
    ...good,
    signature: Buffer.concat([
      Buffer.from(String(good.signature), 'base64'),
      Buffer.from(String(good.signature), 'base64'),
    ]).toString('base64'),
  }),
  'a signature of nothing but zeros': () => ({ ...good, signature: Buffer.alloc(96).toString('base64') }),
  'r and s changed over': () => {
    const raw = Buffer.from(String(good.signature), 'base64')
    return { ...good, signature: Buffer.concat([raw.subarray(48), raw.subarray(0, 48)]).toString('base64') }
  },
  'a signature in base64url': () => ({
    ...good,
    signature: `${Buffer.from(String(good.signature), 'base64').toString('base64url')}_`,
  }),
  'a space in the signature': () => ({ ...good, signature: `${String(good.signature)} ` }),
  'an empty signature': () => ({ ...good, signature: '' }),
  'no signature': () => ({ ...good, signature: undefined }),
  'another hash': () => ({ ...good, algorithm: 'ES256' }),
  'another curve': () => ({ ...good, algorithm: 'ES512' }),
  'RSA for a curve': () => ({ ...good, algorithm: 'RS384' }),
  'the algorithm none': () => ({ ...good, algorithm: 'none' }),
  'the algorithm none without a signature': () => ({ ...good, algorithm: 'none', signature: '' }),
  'a MAC': () => ({ ...good, algorithm: 'HS256' }),
  'an algorithm in small letters': () => ({ ...good, algorithm: 'es384' }),
  'an algorithm from the prototype': () => ({ ...good, algorithm: 'toString' }),
  'a list of algorithms': () => ({ ...good, algorithm: ['ES384'] }),
  'no algorithm': () => ({ ...good, algorithm: undefined }),
  'format 2': () => ({ ...good, format: 'web-eid:2.0' }),
  'format 10': () => ({ ...good, format: 'web-eid:10' }),
  'a format that begins right': () => ({ ...good, format: 'web-eid:1.0 ' }),
  'no format': () => ({ ...good, format: undefined }),
  'format 1.1 without what it has': () => ({ ...good, format: 'web-eid:1.1' }),
  'what 1.1 has in 1.0': () => ({ ...good, unverifiedSigningCertificates: [] }),
  'another person’s signing certificate in 1.1': () => ({
    ...good,
    format: 'web-eid:1.1',
    unverifiedSigningCertificates: [
      {
        certificate: world.ca
          .card({
            subject: [
              ['C', 'EE'],
              ['SN', 'TEINE'],
              ['serialNumber', 'PNOEE-38001085718'],
            ],
            keyUsage: ['nonRepudiation'],
          })
          .certificate.toString('base64'),
        supportedSignatureAlgorithms: [],
      },
    ],
  }),
  'a signing certificate for signing in, in 1.1': () => ({
    ...good,
    format: 'web-eid:1.1',
    unverifiedSigningCertificates: [{ certificate: good.unverifiedCertificate, supportedSignatureAlgorithms: [] }],
  }),
  'a signing certificate of a twin CA, in 1.1': () => ({
    ...good,
    format: 'web-eid:1.1',
    unverifiedSigningCertificates: [
      {
        certificate: world.ca
          .twin()
          .card({ keyUsage: ['nonRepudiation'] })
          .certificate.toString('base64'),
        supportedSignatureAlgorithms: [],
      },
    ],
  }),
  'a token within a list': () => [good],
  'a token within a text': () => JSON.stringify(JSON.stringify(good)),
  'a token cut off': () => JSON.stringify(good).slice(0, -1),
  'something after the token': () => `${JSON.stringify(good)}x`,
  'a token of 10,001 characters': () =>
    JSON.stringify({ ...good, more: 'x'.repeat(10_001 - JSON.stringify({ ...good, more: '' }).length) }),
  'ninety-nine characters': () => JSON.stringify({ a: 'x'.repeat(91) }),
  nothing: () => '',
  'null and spaces': () => `${' '.repeat(200)}null`,
}

describe('changed in one thing it is refused', () => {
  test('there are more than forty such things', () => {
    expect(Object.keys(swaps).length).toBeGreaterThan(60)
  })

  test.each(Object.keys(swaps))('%s', async (name) => {
    expect(await judge(swaps[name]!())).not.toBe('ok')
  })

  test('a right one of 10,000 characters is still accepted, and a right 1.1 too', async () => {
    const filling = 10_000 - JSON.stringify({ ...good, more: '' }).length
    expect(await judge({ ...good, more: 'x'.repeat(filling) })).toBe('ok')
    const signing = world.ca.card({
      keyUsage: ['nonRepudiation'],
      publicKey: generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey,
    })
    const entry = { certificate: signing.certificate.toString('base64'), supportedSignatureAlgorithms: [] }
    expect(await judge({ ...good, format: 'web-eid:1.1', unverifiedSigningCertificates: [entry] })).toBe('ok')
  })

  test('where we asked for another nonce or origin, the unchanged one is', async () => {
    expect(await judge(good, { origin: ORIGIN, nonce: newNonce() })).toBe('signature-invalid')
    expect(await judge(good, { origin: 'https://id.example:8443', nonce })).toBe('signature-invalid')
  })
})
