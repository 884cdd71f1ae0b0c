import { createHash } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import { type Element, element, elements } from './der.ts'

// The bytes of a revocation question and of its answer (RFC 6960), read and not judged: who may answer, how fresh it must be
// and what follows is its reader's. Strict on purpose: not DER to the last byte, not an answer. The schema library reads
// the same (a test compares the two), but passes over whatever follows the end, and takes 1.4 ms of CPU for an answer where
// this takes a tenth.

const OID = {
  sha1: '2b0e03021a',
  basic: '2b0601050507300101',
  nonce: '2b0601050507300102',
  noCheck: '2b0601050507300105',
} as const
const TAG = { integer: 0x02, octets: 0x04, oid: 0x06, enumerated: 0x0a, sequence: 0x30 } as const
const TIME = 0x18

/** Which certificate is meant (§4.1.1); always by SHA-1, which every responder knows: nothing rests on its strength. */
export interface CertId {
  readonly issuerNameHash: Buffer
  readonly issuerKeyHash: Buffer
  /** Content of the INTEGER. */
  readonly serial: Buffer
}

export interface SingleResponse {
  /** Absent when it was made with another hash than SHA-1, which nobody asked for. */
  readonly certId?: CertId
  readonly status: 'good' | 'revoked' | 'unknown'
  /** Epoch milliseconds. */
  readonly thisUpdate: number
  readonly nextUpdate?: number
}

export interface OcspAnswer {
  /** What is signed. */
  readonly data: Buffer
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Buffer
  readonly signature: Buffer
  readonly responder: { readonly name: Buffer } | { readonly keyHash: Buffer }
  readonly responses: readonly SingleResponse[]
  /** The value of the nonce extension, as the request had it. */
  readonly nonce?: Buffer
  /** DER. */
  readonly certificates: readonly Buffer[]
  /** A critical extension that nothing here understands (§4.4: then it must not be relied on). */
  readonly strange: boolean
}

const STATUSES = {
  1: 'malformed-request',
  2: 'internal-error',
  3: 'try-later',
  5: 'signature-required',
  6: 'unauthorized',
} as const

export type OcspResponse =
  | { readonly status: 'successful'; readonly answer: OcspAnswer }
  | { readonly status: (typeof STATUSES)[keyof typeof STATUSES] }

const sha1 = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest()

export const keyHashOf = (certificate: Certificate): Buffer => sha1(certificate.publicKeyBytes)

/** @returns undefined when the certificate has no positive serial number (RFC 5280 §4.1.2.2). */
export function certIdOf(card: Certificate, issuer: Certificate): CertId | undefined {
  const serial = integerOf(card.serial)
  return serial && { issuerNameHash: sha1(issuer.subjectDer), issuerKeyHash: keyHashOf(issuer), serial }
}

export const isSameCertId = (one: CertId, other: CertId): boolean =>
  one.issuerNameHash.equals(other.issuerNameHash) &&
  one.issuerKeyHash.equals(other.issuerKeyHash) &&
  one.serial.equals(other.serial)

/** The nonce extension's value: the random bytes, themselves an OCTET STRING (RFC 8954 §2.1). */
export const nonceValue = (random: Buffer): Buffer => written(TAG.octets, random)

/** Whether its CA vouches for a responder's certificate until it ends (§4.2.2.2.1). */
export function isNoCheck({ der }: Certificate): boolean {
  const [tbs] = elements(element(der).content)
  const extensions = elements(tbs!.content).find(({ tag }) => tag === 0xa3)
  const list = extensions ? elements(element(extensions.content).content) : []
  return list.some(({ content }) => elements(content)[0]!.content.toString('hex') === OID.noCheck)
}

/** An unsigned request about one certificate (§4.1.1). `nonce` is a `nonceValue`. */
export function ocspRequest(certId: CertId, nonce: Buffer | undefined): Buffer {
  const algorithm = written(TAG.sequence, written(TAG.oid, Buffer.from(OID.sha1, 'hex')), Buffer.from([5, 0]))
  const asked = written(
    TAG.sequence,
    algorithm,
    written(TAG.octets, certId.issuerNameHash),
    written(TAG.octets, certId.issuerKeyHash),
    written(TAG.integer, certId.serial),
  )
  const list = written(TAG.sequence, written(TAG.sequence, asked))
  const extension = nonce && [
    written(
      0xa2,
      written(
        TAG.sequence,
        written(TAG.sequence, written(TAG.oid, Buffer.from(OID.nonce, 'hex')), written(TAG.octets, nonce)),
      ),
    ),
  ]
  return written(TAG.sequence, written(TAG.sequence, list, ...(extension ?? [])))
}

/** @returns undefined for what is no OCSP response, or one of a kind that nobody asked for. */
export function readOcspResponse(bytes: Buffer): OcspResponse | undefined {
  try {
    const [status, wrapped, ...more] = elements(expected(element(bytes), TAG.sequence).content)
    const code = expected(status, TAG.enumerated).content
    if (code.length !== 1 || more.length > 0) return undefined
    if (code[0] !== 0) {
      const failed = STATUSES[code[0] as keyof typeof STATUSES]
      return failed && wrapped === undefined ? { status: failed } : undefined
    }
    const [kind, response, ...others] = elements(
      expected(element(expected(wrapped, 0xa0).content), TAG.sequence).content,
    )
    if (expected(kind, TAG.oid).content.toString('hex') !== OID.basic || others.length > 0) return undefined
    return { status: 'successful', answer: answerOf(expected(response, TAG.octets).content) }
  } catch {
    return undefined
  }
}

function answerOf(bytes: Buffer): OcspAnswer {
  const [data, algorithm, signature, certificates, ...more] = elements(expected(element(bytes), TAG.sequence).content)
  const bits = expected(signature, 0x03).content
  if (more.length > 0 || bits[0] !== 0) throw new RangeError('OCSP: not a basic response')
  return {
    data: expected(data, TAG.sequence).whole,
    algorithm: expected(algorithm, TAG.sequence).whole,
    signature: bits.subarray(1),
    certificates: certificates
      ? elements(expected(element(expected(certificates, 0xa0).content), TAG.sequence).content).map(
          (each) => expected(each, TAG.sequence).whole,
        )
      : [],
    ...dataOf(data!.content),
  }
}

function dataOf(bytes: Buffer) {
  const parts = elements(bytes)
  // v1 is the default, and DER leaves a default out; some write it nevertheless.
  if (parts[0]?.tag === 0xa0 && parts.shift()!.content.toString('hex') !== '020100')
    throw new RangeError('OCSP: another version')
  const [who, produced, list, extensions, ...more] = parts
  if (more.length > 0) throw new RangeError('OCSP: something after the extensions')
  timeOf(produced)
  const said = extensionsOf(extensions, 0xa1)
  const singles = elements(expected(list, TAG.sequence).content).map(singleOf)
  return {
    responder:
      who?.tag === 0xa1
        ? { name: expected(element(who.content), TAG.sequence).whole }
        : { keyHash: expected(element(expected(who, 0xa2).content), TAG.octets).content },
    responses: singles.map(({ response }) => response),
    ...(said.nonce && { nonce: said.nonce }),
    strange: said.strange || singles.some(({ strange }) => strange),
  }
}

function singleOf(single: Element): { readonly response: SingleResponse; readonly strange: boolean } {
  const [id, status, thisUpdate, ...rest] = elements(expected(single, TAG.sequence).content)
  const next = rest[0]?.tag === 0xa0 ? rest.shift() : undefined
  const extensions = rest.shift()
  if (rest.length > 0) throw new RangeError('OCSP: something after a single response')
  const certId = certIdFrom(expected(id, TAG.sequence))
  const response = {
    ...(certId && { certId }),
    status: statusOf(status),
    thisUpdate: timeOf(thisUpdate),
    ...(next && { nextUpdate: timeOf(element(next.content)) }),
  }
  return { response, strange: extensionsOf(extensions, 0xa1).strange }
}

function certIdFrom(id: Element): CertId | undefined {
  const [algorithm, name, key, serial, ...more] = elements(id.content)
  if (more.length > 0) throw new RangeError('OCSP: something after a CertID')
  const found = {
    issuerNameHash: expected(name, TAG.octets).content,
    issuerKeyHash: expected(key, TAG.octets).content,
    serial: expected(serial, TAG.integer).content,
  }
  const [oid, parameters] = elements(expected(algorithm, TAG.sequence).content)
  const plain = parameters === undefined || parameters.whole.equals(Buffer.from([5, 0]))
  return plain && expected(oid, TAG.oid).content.toString('hex') === OID.sha1 ? found : undefined
}

/** The tags to the letter: a value that other software reads otherwise must not be read here as good. */
function statusOf(status: Element | undefined): SingleResponse['status'] {
  if (status?.tag === 0x80 && status.content.length === 0) return 'good'
  if (status?.tag === 0x82 && status.content.length === 0) return 'unknown'
  timeOf(elements(expected(status, 0xa1).content)[0])
  return 'revoked'
}

function extensionsOf(wrapped: Element | undefined, tag: number): { nonce?: Buffer; strange: boolean } {
  if (wrapped === undefined) return { strange: false }
  let nonce: Buffer | undefined
  let strange = false
  for (const extension of elements(expected(element(expected(wrapped, tag).content), TAG.sequence).content)) {
    const parts = elements(expected(extension, TAG.sequence).content)
    const id = expected(parts.shift(), TAG.oid).content.toString('hex')
    const critical = parts[0]?.tag === 0x01 && parts.shift()!.content[0] !== 0
    const value = expected(parts.shift(), TAG.octets).content
    if (parts.length > 0 || (id === OID.nonce && nonce)) throw new RangeError('OCSP: an extension twice, or with more')
    if (id === OID.nonce) nonce = value
    else strange ||= critical
  }
  return { ...(nonce && { nonce }), strange }
}

/** GeneralizedTime in UTC, with seconds; parts of a second, which no responder should write, are left out. */
function timeOf(time: Element | undefined): number {
  const text = expected(time, TIME).content.toString('latin1')
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d{1,9})?Z$/.exec(text) ?? []
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(at)) throw new RangeError('OCSP: not a time')
  return at
}

function integerOf(hex: string): Buffer | undefined {
  if (!/^(?:[0-9A-F]{2}){1,32}$/i.test(hex)) return undefined
  const bytes = Buffer.from(hex.replace(/^(?:00)+(?=..)/, ''), 'hex')
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
}

function expected(found: Element | undefined, tag: number): Element {
  if (found?.tag !== tag) throw new RangeError('OCSP: another element was expected')
  return found
}

/** Short lengths only, as a request has them. */
function written(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length]
  if (content.length > 0xff) throw new RangeError('OCSP: too long for a request')
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
