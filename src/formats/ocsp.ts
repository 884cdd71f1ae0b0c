import { createHash } from 'node:crypto'
import { type CertID, type CertStatus, id_pkix_ocsp_nonce, SingleResponse as Single } from '@peculiar/asn1-ocsp'
import type { Certificate } from './certificate.ts'
import { type Element, element, elements, written } from './der.ts'
import { type Extension, extensionsIn } from './extension.ts'
import { mustBeBuilt, parsed } from './schema.ts'

// The bytes of a revocation question and of its answer (RFC 6960), read and not judged: who may answer, how fresh it must be
// and what follows is its reader's. The schema library reads. It passes over what stands where nothing should, so an answer must
// also be built exactly as the specification has it, before it is read.

const OID_SHA1 = '1.3.14.3.2.26'
/** AlgorithmIdentifier of SHA-1, and two OIDs (§4.2.1, §4.4.1), DER. */
const SHA1 = Buffer.from('300906052b0e03021a0500', 'hex')
const BASIC = Buffer.from('06092b0601050507300101', 'hex')
const NONCE = Buffer.from('06092b0601050507300102', 'hex')

// How responses are built (§4.2.1, and of RFC 5280 names and extensions), as `shapeOf` writes it.
const NAME = String.raw`30\((?:31\((?:30\(06[0-9a-f]{2}\))+\))*\)`
const EXTENSIONS = String.raw`30\((?:30\(06(?:01)?04\))*\)`
const STATUS = String.raw`(?:80|82|a1\(18(?:a0\(0a\))?\))`
const SINGLE = String.raw`30\(30\(30\(06(?:05)?\)040402\)${STATUS}18(?:a0\(18\))?(?:a1\(${EXTENSIONS}\))?\)`
const SHAPE = {
  response: /^30\(0a(?:a0\(30\(0604\)\))?\)$/,
  data: new RegExp(
    String.raw`^30\((?:a0\(02\))?(?:a1\(${NAME}\)|a2\(04\))1830\((?:${SINGLE})*\)(?:a1\(${EXTENSIONS}\))?\)$`,
  ),
} as const

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

const SUCCESSFUL = '00'
type Failure = 'malformed-request' | 'internal-error' | 'try-later' | 'signature-required' | 'unauthorized'
/** By the content of the ENUMERATED; 4 is not used (§4.2.1). */
const STATUSES: Readonly<Record<string, Failure>> = {
  '01': 'malformed-request',
  '02': 'internal-error',
  '03': 'try-later',
  '05': 'signature-required',
  '06': 'unauthorized',
}

export type OcspResponse = { readonly status: 'successful'; readonly answer: OcspAnswer } | { readonly status: Failure }

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
export const nonceValue = (random: Buffer): Buffer => octets(random)

/** An unsigned request about one certificate (§4.1.1). `nonce` is a `nonceValue`. */
export function ocspRequest({ issuerNameHash, issuerKeyHash, serial }: CertId, nonce: Buffer | undefined): Buffer {
  const certId = written(0x30, SHA1, octets(issuerNameHash), octets(issuerKeyHash), written(0x02, serial))
  const list = written(0x30, written(0x30, certId))
  const extensions = nonce ? [written(0xa2, written(0x30, written(0x30, NONCE, octets(nonce))))] : []
  return written(0x30, written(0x30, list, ...extensions))
}

/** @returns undefined for what is no OCSP response, or one of a kind that nobody asked for. */
export function readOcspResponse(bytes: Buffer): OcspResponse | undefined {
  try {
    return responseOf(bytes)
  } catch {
    return undefined
  }
}

/** Status, type and bytes are told apart by their shape alone: the library would look into the bytes, too, certificates and all. */
function responseOf(bytes: Buffer): OcspResponse | undefined {
  mustBeBuilt(bytes, SHAPE.response)
  const [status, answer] = itemsOf(element(bytes))
  const failed = STATUSES[status!.content.toString('hex')]
  if (failed !== undefined) return answer === undefined ? { status: failed } : undefined
  const [type, within] = answer ? itemsOf(element(answer.content)) : []
  if (status!.content.toString('hex') !== SUCCESSFUL || !type?.whole.equals(BASIC)) return undefined
  return { status: 'successful', answer: answerOf(within!.content) }
}

/**
 * Cut apart, for what is signed and by whom is wanted as it was encoded; only what is said of a certificate goes through the
 * library here. The certificates, which cost most, have their own reader, and only one of them is ever asked for.
 */
function answerOf(bytes: Buffer): OcspAnswer {
  const [data, algorithm, bits, certificates, ...more] = itemsOf(element(bytes))
  const kinds = [data?.tag, algorithm?.tag, bits?.tag, certificates?.tag ?? 0xa0].join()
  if (kinds !== '48,48,3,160' || more.length > 0 || bits!.content[0] !== 0)
    throw new RangeError('OCSP: not a basic response')
  return {
    data: data!.whole,
    algorithm: algorithm!.whole,
    signature: bits!.content.subarray(1),
    certificates: certificates ? itemsOf(element(certificates.content)).map(sequence) : [],
    ...dataOf(data!.whole),
  }
}

const VERSION = 0xa0
const VERSION_1 = Buffer.from('020100', 'hex')
const BY_NAME = 0xa1

function dataOf(whole: Buffer) {
  mustBeBuilt(whole, SHAPE.data)
  const items = itemsOf(element(whole))
  const version = items[0]!.tag === VERSION ? items.shift() : undefined
  if (version && !version.content.equals(VERSION_1)) throw new RangeError('OCSP: another version')
  const [responder, , list, extensions] = items
  const responses = elements(list!.content).map((one) => parsed(one.whole, Single))
  const said = understood(extensions ? extensionsIn(element(extensions.content).content) : [])
  return {
    responder:
      responder!.tag === BY_NAME ? { name: responder!.content } : { keyHash: element(responder!.content).content },
    responses: responses.map(singleOf),
    ...(said.nonce && { nonce: said.nonce }),
    strange:
      said.strange || responses.some(({ singleExtensions = [] }) => singleExtensions.some(({ critical }) => critical)),
  }
}

const itemsOf = (list: Element): Element[] => elements(element(sequence(list)).content)

function sequence({ tag, whole }: Element): Buffer {
  if (tag !== 0x30) throw new RangeError('OCSP: not a sequence')
  return whole
}

function singleOf({ certID, certStatus, thisUpdate, nextUpdate }: Single): SingleResponse {
  const certId = certIdFrom(certID)
  return {
    ...(certId && { certId }),
    status: statusOf(certStatus),
    thisUpdate: toTheSecond(thisUpdate),
    ...(nextUpdate && { nextUpdate: toTheSecond(nextUpdate) }),
  }
}

function certIdFrom({ hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: CertID): CertId | undefined {
  const { algorithm, parameters } = hashAlgorithm
  // The library says null for NULL; nothing at all is usual as well.
  if (algorithm !== OID_SHA1 || (parameters ?? null) !== null) return undefined
  return {
    issuerNameHash: Buffer.from(issuerNameHash.buffer),
    issuerKeyHash: Buffer.from(issuerKeyHash.buffer),
    serial: Buffer.from(serialNumber),
  }
}

function statusOf({ good, revoked, unknown }: CertStatus): SingleResponse['status'] {
  if (revoked) return 'revoked'
  if (unknown === null) return 'unknown'
  if (good === null) return 'good'
  throw new RangeError('OCSP: no status')
}

function understood(list: readonly Extension[]): { nonce?: Buffer; strange: boolean } {
  const [nonce, ...others] = list.filter(({ id }) => id === id_pkix_ocsp_nonce)
  if (others.length > 0) throw new RangeError('OCSP: two nonces')
  const strange = list.some(({ id, critical }) => critical && id !== id_pkix_ocsp_nonce)
  return { ...(nonce && { nonce: nonce.value }), strange }
}

/** Parts of a second, which no responder should write, are left out. */
const toTheSecond = (time: Date): number => Math.floor(time.getTime() / 1000) * 1000

const octets = (bytes: Buffer): Buffer => written(0x04, bytes)

function integerOf(hex: string): Buffer | undefined {
  if (!/^(?:[0-9A-F]{2}){1,32}$/i.test(hex)) return undefined
  const bytes = Buffer.from(hex.replace(/^(?:00)+(?=..)/, ''), 'hex')
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
}
