import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import {
  BasicOCSPResponse,
  CertID,
  CertStatus,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from '@peculiar/asn1-ocsp'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { Certificate, Extension } from '@peculiar/asn1-x509'
import {
  arrayBuffer,
  encoded,
  type Issuer,
  keyHash,
  moment,
  nameOf,
  signatureAlgorithm,
  signed,
} from './certificate.ts'

// Answers about one certificate (RFC 6960), right ones and every wrong one that a service must refuse.

export interface Question {
  readonly certId: CertID
  /** As node:crypto prints serial numbers. */
  readonly serial: string
  readonly nonce?: Buffer
}

export interface Answer {
  readonly status: 'good' | 'revoked' | 'unknown'
  /** Epoch milliseconds. */
  readonly thisUpdate: number
  readonly nextUpdate?: number
  readonly producedAt?: number
  readonly nonce?: Buffer
  /** Who signs, with the certificates that are sent along (DER). */
  readonly signer: { readonly key: KeyObject; readonly certificates: readonly Buffer[] }
  /** Another certificate than the one asked about, or a second answer beside the first. */
  readonly about?: readonly CertID[]
  /** One bit of the signature is turned. */
  readonly spoilt?: boolean
}

const NONCE = '1.3.6.1.5.5.7.48.1.2'
const BASIC = '1.3.6.1.5.5.7.48.1.1'

/** @returns undefined for what is no question about exactly one certificate. */
export function readQuestion(der: Buffer): Question | undefined {
  try {
    const { tbsRequest } = AsnConvert.parse(der, OCSPRequest)
    const certId = tbsRequest.requestList[0]?.reqCert
    if (!certId || tbsRequest.requestList.length !== 1) return undefined
    const serial = Buffer.from(certId.serialNumber)
      .toString('hex')
      .toUpperCase()
      .replace(/^(00)+(?=..)/, '')
    const wrapped = tbsRequest.requestExtensions?.find(({ extnID }) => extnID === NONCE)?.extnValue
    if (!wrapped) return { certId, serial }
    return { certId, serial, nonce: Buffer.from(AsnConvert.parse(wrapped.buffer, OctetString).buffer) }
  } catch {
    return undefined
  }
}

/** Whether the question names this issuer, by SHA-1 as in RFC 5019, or by any other hash that Node knows. */
export function isAbout({ certId }: Question, issuer: Issuer): boolean {
  if (certId.hashAlgorithm.algorithm !== '1.3.14.3.2.26') return false
  const name = createHash('sha1')
    .update(encoded(nameOf(issuer.subject)))
    .digest()
  return (
    name.equals(Buffer.from(certId.issuerNameHash.buffer)) &&
    keyHash(issuer.key).equals(Buffer.from(certId.issuerKeyHash.buffer))
  )
}

/** @returns DER of a signed answer. */
export function makeAnswer(question: Question, answer: Answer): Buffer {
  const { status, thisUpdate, nextUpdate, producedAt = thisUpdate, nonce, signer, about = [question.certId] } = answer
  const tbsResponseData = new ResponseData({
    responderID: new ResponderID({ byKey: new OctetString(arrayBuffer(keyHash(createPublicKey(signer.key)))) }),
    producedAt: moment(producedAt),
    responses: about.map(
      (certID) =>
        new SingleResponse({
          certID,
          certStatus: certStatus(status, thisUpdate),
          thisUpdate: moment(thisUpdate),
          ...(nextUpdate !== undefined && { nextUpdate: moment(nextUpdate) }),
        }),
    ),
    ...(nonce && { responseExtensions: [nonceExtension(nonce)] }),
  })
  const signature = Buffer.from(signed(encoded(tbsResponseData), signer.key))
  if (answer.spoilt) signature[signature.length - 1]! ^= 1
  const basic = new BasicOCSPResponse({
    tbsResponseData,
    signatureAlgorithm: signatureAlgorithm(signer.key),
    signature: arrayBuffer(signature),
    certs: signer.certificates.map((der) => AsnConvert.parse(der, Certificate)),
  })
  return encoded(
    new OCSPResponse({
      responseStatus: OCSPResponseStatus.successful,
      responseBytes: new ResponseBytes({ responseType: BASIC, response: new OctetString(arrayBuffer(encoded(basic))) }),
    }),
  )
}

/** The same CA's certificate of another serial number. */
export const aboutAnother = ({ certId }: Question, serial: Buffer): CertID =>
  Object.assign(new CertID(certId), { serialNumber: arrayBuffer(Buffer.concat([Buffer.of(1), serial])) })

/** @returns DER of an answer that says only why there is none. */
export const makeRefusal = (status: Exclude<keyof typeof OCSPResponseStatus, 'successful'>): Buffer =>
  encoded(new OCSPResponse({ responseStatus: OCSPResponseStatus[status] }))

function certStatus(status: Answer['status'], at: number): CertStatus {
  if (status === 'revoked') return new CertStatus({ revoked: new RevokedInfo({ revocationTime: moment(at) }) })
  return new CertStatus(status === 'good' ? { good: null } : { unknown: null })
}

/** The octets are wrapped twice: RFC 8954 §2.1. */
const nonceExtension = (nonce: Buffer): Extension =>
  new Extension({
    extnID: NONCE,
    extnValue: new OctetString(AsnConvert.serialize(new OctetString(arrayBuffer(nonce)))),
  })
