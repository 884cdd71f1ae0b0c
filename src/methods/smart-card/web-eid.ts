import { constants, hash, type KeyObject, verify } from 'node:crypto'
import { type Certificate, readCertificate } from '../../formats/certificate.ts'
import { signs } from '../certificates/path.ts'
import type { Issuer } from '../certificates/trust.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'

// The server side of Web eID (web-eid.eu, "Web eID: electronic identity on the web", authentication token formats
// web-eid:1.0 and web-eid:1.1): reading the token that the browser's extension hands to the page, and checking what the
// card has signed. Knows nothing of requests, sessions or this service; whether the certificate is to be believed is
// asked between the two (validation.ts does, in the order of the specification).

/** "Authentication token format 1.0", and 1.1 where there are signing certificates. Unknown members were ignored. */
export interface Token {
  readonly certificate: Certificate
  /** As named in the token; whether it is one of the nine is asked when the signature is. */
  readonly algorithm: string
  readonly signature: Buffer
  /** Format 1.1: the certificates for signing documents on the same card. */
  readonly signingCertificates: readonly Certificate[]
}

export type ReadToken =
  | { readonly ok: true; readonly token: Token }
  | { readonly ok: false; readonly code: CardRefusalCode }

const SHORTEST = 100
const LONGEST = 10_000
const FORMAT = /^web-eid:1(\.\d+)?$/
const FORMAT_1_1 = 'web-eid:1.1'

/** Bits of chance in a nonce, which travels as base64: 44 characters, the fewest that the card's app takes. */
const NONCE_BYTES = 32

/** A fresh challenge nonce. @param bytes a cryptographic source of chance. */
export const newNonce = (bytes: (count: number) => Buffer): string => bytes(NONCE_BYTES).toString('base64')

/**
 * Reads a token: steps 1 and 2 of the validation ("Authentication token validation").
 * @param text JSON, 100 to 10,000 characters. Members that the format does not know are ignored, as the specification
 *   demands; base64 must be canonical, so that one token has one text.
 */
export function readToken(text: string): ReadToken {
  if (text.length < SHORTEST || text.length > LONGEST) return { ok: false, code: 'token-malformed' }
  const members = parsed(text)
  const { format, algorithm, unverifiedSigningCertificates: signing } = members ?? {}
  const signature = bytes(members?.signature)
  if (typeof format !== 'string' || typeof algorithm !== 'string' || !signature)
    return { ok: false, code: 'token-malformed' }
  if (!FORMAT.test(format) || (format === FORMAT_1_1) !== (signing !== undefined))
    return { ok: false, code: 'token-format' }
  const certificate = certificateIn(members?.unverifiedCertificate)
  if (!certificate) return { ok: false, code: 'certificate-malformed' }
  const signingCertificates = signing === undefined ? [] : signingCertificatesIn(signing)
  if (!signingCertificates) return { ok: false, code: 'token-malformed' }
  return { ok: true, token: { certificate, algorithm, signature, signingCertificates } }
}

interface Algorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512'
  /** RFC 7518 §3.4: the curve belongs to the algorithm, and `size` bytes to its signatures. */
  readonly curve?: string
  readonly size?: number
  readonly padding?: number
}

/** Every algorithm that the format allows, and nothing else: no `none`, no HMAC. */
export const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  ES256: { hash: 'sha256', curve: 'prime256v1', size: 64 },
  ES384: { hash: 'sha384', curve: 'secp384r1', size: 96 },
  ES512: { hash: 'sha512', curve: 'secp521r1', size: 132 },
  PS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING },
  PS384: { hash: 'sha384', padding: constants.RSA_PKCS1_PSS_PADDING },
  PS512: { hash: 'sha512', padding: constants.RSA_PKCS1_PSS_PADDING },
  RS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
  RS384: { hash: 'sha384', padding: constants.RSA_PKCS1_PADDING },
  RS512: { hash: 'sha512', padding: constants.RSA_PKCS1_PADDING },
}

/** What the card was asked: our own values, never the token's. */
export interface Challenge {
  /** Scheme, host and port that the browser showed, without a slash at the end. */
  readonly origin: string
  /** The nonce as it was given out: its base64 text, which is hashed as it is. */
  readonly nonce: string
}

/**
 * Whether the certificate's key has signed `hash(origin) || hash(nonce)` ("Authentication token format", signature): the
 * last step of the validation. ECDSA signatures are `r || s` (IEEE P1363), as RFC 7518 §3.4 has them; the DER form is
 * refused. PSS has a salt as long as its hash (RFC 7518 §3.5).
 * @returns undefined when it has.
 */
export function wrongSignature(token: Token, { origin, nonce }: Challenge): CardRefusalCode | undefined {
  const algorithm = Object.hasOwn(ALGORITHMS, token.algorithm) ? ALGORITHMS[token.algorithm] : undefined
  if (!algorithm) return 'algorithm-unsupported'
  const key = token.certificate.x509.publicKey
  if (!fits(algorithm, key)) return 'algorithm-mismatch'
  const signed = Buffer.concat([hash(algorithm.hash, origin, 'buffer'), hash(algorithm.hash, nonce, 'buffer')])
  // Put on the key: an object with the key among its options costs node:crypto two errors that it catches.
  const how =
    algorithm.padding === undefined
      ? { dsaEncoding: 'ieee-p1363' as const }
      : { padding: algorithm.padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const sized = algorithm.size === undefined || algorithm.size === token.signature.length
  const right = sized && nonce !== '' && verify(algorithm.hash, signed, Object.assign(key, how), token.signature)
  return right ? undefined : 'signature-invalid'
}

function fits({ curve }: Algorithm, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return curve === undefined
    ? asymmetricKeyType === 'rsa'
    : asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === curve
}

/**
 * Format 1.1: each signing certificate must be the same person's, of the same issuer, valid, and for signing.
 * @param now epoch milliseconds.
 */
export function unfitSigningCertificate(
  { certificate, signingCertificates }: Token,
  issuer: Issuer,
  now: number,
): boolean {
  return signingCertificates.some(
    (other) =>
      !sameSubject(other, certificate) ||
      !other.issuerDer.equals(certificate.issuerDer) ||
      !sameKeyId(other, certificate) ||
      now < other.notBefore ||
      now > other.notAfter ||
      !other.keyUsage?.has('nonRepudiation') ||
      !signs(issuer.certificate, other),
  )
}

/** The same attributes: the published tokens have them in another order in the other certificate. */
function sameSubject(left: Certificate, right: Certificate): boolean {
  const sorted = ({ subject }: Certificate) =>
    JSON.stringify(subject.map(({ type, value }) => [type, value].join('=')).sort())
  return sorted(left) === sorted(right)
}

const sameKeyId = ({ authorityKeyId: a }: Certificate, { authorityKeyId: b }: Certificate): boolean =>
  a !== undefined && b !== undefined && a.equals(b)

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Canonical base64 with its padding (RFC 4648 §4, §3.5); undefined for anything else and for nothing. */
function bytes(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const read = Buffer.from(text, 'base64')
  return read.toString('base64') === text ? read : undefined
}

function certificateIn(text: unknown): Certificate | undefined {
  const der = bytes(text)
  // A PEM text within the base64 would be read too, elsewhere; here only DER is meant.
  return der?.[0] === 0x30 ? readCertificate(der) : undefined
}

function signingCertificatesIn(list: unknown): Certificate[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined
  const found = list.flatMap((entry: unknown) => {
    if (!isMembers(entry) || !Array.isArray(entry.supportedSignatureAlgorithms)) return []
    return certificateIn(entry.certificate) ?? []
  })
  return found.length === list.length ? found : undefined
}
