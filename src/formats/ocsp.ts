import { createHash } from 'node:crypto'
import {
  CertID,
  type CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  Request,
  ResponseData,
  type SingleResponse as Single,
  TBSRequest,
  Version,
} from '@peculiar/asn1-ocsp'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, Extension } from '@peculiar/asn1-x509'
import type { Certificate } from './certificate.ts'
import { type Element, element, elements } from './der.ts'
import { parsed } from './schema.ts'

// The bytes of a revocation question and of its answer (RFC 6960), read and not judged: who may answer, how fresh it must be
// and what follows is its reader's. The schema library reads. It passes over what stands where nothing should, so an answer must
// also be built exactly as the specification has it, before it is read.

const SHA1 = '1.3.14.3.2.26'

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

const STATUSES = {
  [OCSPResponseStatus.malformedRequest]: 'malformed-request',
  [OCSPResponseStatus.internalError]: 'internal-error',
  [OCSPResponseStatus.tryLater]: 'try-later',
  [OCSPResponseStatus.sigRequired]: 'signature-required',
  [OCSPResponseStatus.unauthorized]: 'unauthorized',
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
export const nonceValue = (random: Buffer): Buffer => Buffer.from(AsnConvert.serialize(octets(random)))

/** An unsigned request about one certificate (§4.1.1). `nonce` is a `nonceValue`. */
export function ocspRequest({ issuerNameHash, issuerKeyHash, serial }: CertId, nonce: Buffer | undefined): Buffer {
  const reqCert = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: SHA1, parameters: null }),
    issuerNameHash: octets(issuerNameHash),
    issuerKeyHash: octets(issuerKeyHash),
    serialNumber: arrayBuffer(serial),
  })
  const tbsRequest = new TBSRequest({
    requestList: [new Request({ reqCert })],
    ...(nonce && { requestExtensions: [new Extension({ extnID: id_pkix_ocsp_nonce, extnValue: octets(nonce) })] }),
  })
  return Buffer.from(AsnConvert.serialize(new OCSPRequest({ tbsRequest })))
}

/** @returns undefined for what is no OCSP response, or one of a kind that nobody asked for. */
export function readOcspResponse(bytes: Buffer): OcspResponse | undefined {
  try {
    const { responseStatus, responseBytes } = parsed(bytes, OCSPResponse, SHAPE.response)
    if (responseStatus !== OCSPResponseStatus.successful) {
      const failed = STATUSES[responseStatus]
      return failed && responseBytes === undefined ? { status: failed } : undefined
    }
    if (responseBytes?.responseType !== id_pkix_ocsp_basic) return undefined
    return { status: 'successful', answer: answerOf(Buffer.from(responseBytes.response.buffer)) }
  } catch {
    return undefined
  }
}

/**
 * Cut apart, for what is signed and by whom is wanted as it was encoded; only what is signed goes through the library here.
 * The certificates, which cost most, have their own reader, and only one of them is ever asked for.
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
    ...dataOf(data!),
  }
}

function dataOf({ whole, content }: Element) {
  const data = parsed(whole, ResponseData, SHAPE.data)
  if (data.version !== Version.v1) throw new RangeError('OCSP: another version')
  const { byKey } = data.responderID
  const said = extensionsOf(data.responseExtensions)
  return {
    responder: byKey ? { keyHash: Buffer.from(byKey.buffer) } : { name: nameIn(content) },
    responses: data.responses.map(singleOf),
    ...(said.nonce && { nonce: said.nonce }),
    strange: said.strange || data.responses.some(({ singleExtensions }) => extensionsOf(singleExtensions).strange),
  }
}

const itemsOf = (list: Element): Element[] => elements(element(sequence(list)).content)

function sequence({ tag, whole }: Element): Buffer {
  if (tag !== 0x30) throw new RangeError('OCSP: not a sequence')
  return whole
}

/** The responder's name as it is encoded. */
const nameIn = (data: Buffer): Buffer => elements(data).find(({ tag }) => tag === 0xa1)!.content

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
  if (algorithm !== SHA1 || (parameters ?? null) !== null) return undefined
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

function extensionsOf(list: readonly Extension[] = []): { nonce?: Buffer; strange: boolean } {
  const [nonce, ...others] = list.filter(({ extnID }) => extnID === id_pkix_ocsp_nonce)
  if (others.length > 0) throw new RangeError('OCSP: two nonces')
  const strange = list.some(({ extnID, critical }) => critical && extnID !== id_pkix_ocsp_nonce)
  return { ...(nonce && { nonce: Buffer.from(nonce.extnValue.buffer) }), strange }
}

/** Parts of a second, which no responder should write, are left out. */
const toTheSecond = (time: Date): number => Math.floor(time.getTime() / 1000) * 1000

const arrayBuffer = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer
const octets = (bytes: Buffer): OctetString => new OctetString(arrayBuffer(bytes))

function integerOf(hex: string): Buffer | undefined {
  if (!/^(?:[0-9A-F]{2}){1,32}$/i.test(hex)) return undefined
  const bytes = Buffer.from(hex.replace(/^(?:00)+(?=..)/, ''), 'hex')
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
}
