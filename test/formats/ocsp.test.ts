import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { BasicOCSPResponse, OCSPRequest, OCSPResponse } from '@peculiar/asn1-ocsp'
import { AsnConvert } from '@peculiar/asn1-schema'
import { makeAnswer, makeRefusal, readQuestion } from '../../src/demo/cards/ocsp-answer.ts'
import { readCertificate } from '../../src/formats/certificate.ts'
import { elements, written } from '../../src/formats/der.ts'
import { certIdOf, nonceValue, type OcspAnswer, ocspRequest, readOcspResponse } from '../../src/formats/ocsp.ts'
import { testCardCa } from '../support/cards.ts'
import { testClock } from '../support/clock.ts'
import { testRandom } from '../support/keys.ts'

const clock = testClock()
const ca = testCardCa({ clock })
const issuer = readCertificate(ca.issuing.certificate)!
const nonce = testRandom().bytes(32)
const hex = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('hex')

const requestFor = (serial: Buffer, with_ = true) => {
  const certId = certIdOf(readCertificate(ca.card({ serial }).certificate)!, issuer)!
  return ocspRequest(certId, with_ ? nonceValue(nonce) : undefined)
}

describe('a request', () => {
  test.each(['01', '7f', '0080', '00ff01', '39690159734326 6d5bc857775ec5a4be'.replace(' ', '')])(
    'about the serial number %s is read by the schema library as it was meant',
    (serial) => {
      const { tbsRequest } = AsnConvert.parse(requestFor(Buffer.from(serial, 'hex')), OCSPRequest)
      expect(tbsRequest.requestList.length).toBe(1)
      const { reqCert } = tbsRequest.requestList[0]!
      expect(hex(reqCert.serialNumber)).toBe(serial)
      expect(reqCert.hashAlgorithm.algorithm).toBe('1.3.14.3.2.26')
      const [extension, ...others] = tbsRequest.requestExtensions!
      expect(others).toEqual([])
      expect(extension!.extnID).toBe('1.3.6.1.5.5.7.48.1.2')
      // An OCTET STRING within the OCTET STRING (RFC 8954 §2.1).
      expect(hex(extension!.extnValue.buffer)).toBe(`0420${nonce.toString('hex')}`)
    },
  )

  test('may go without a nonce', () => {
    expect(AsnConvert.parse(requestFor(Buffer.of(1), false), OCSPRequest).tbsRequest.requestExtensions).toBeUndefined()
  })

  test('is the one that openssl makes, to the byte', () => {
    // openssl ocsp -issuer ca.pem -cert card.pem -no_nonce -reqout -, with the hashes and the number put in.
    const { issuerNameHash, issuerKeyHash } = certIdOf(readCertificate(ca.card().certificate)!, issuer)!
    const expected = `30453043304130 3f303d300906052b0e03021a05000414${issuerNameHash.toString('hex')}0414${issuerKeyHash.toString('hex')}0204 21223344`
    expect(requestFor(Buffer.from('21223344', 'hex'), false).toString('hex')).toBe(expected.replaceAll(' ', ''))
  })
})

function answered(more: Partial<Parameters<typeof makeAnswer>[1]> = {}): Buffer {
  const question = readQuestion(requestFor(Buffer.from('1122', 'hex')))!
  const signer = { key: ca.issuing.key, certificates: [ca.issuing.certificate] }
  return makeAnswer(question, { status: 'good', thisUpdate: clock.now(), nonce, signer, ...more })
}

/** What both readers can tell. */
function told({ data, signature, responses, certificates }: OcspAnswer) {
  return {
    data: hex(data),
    signature: hex(signature),
    certificates: certificates.length,
    responses: responses.map(({ certId, status, thisUpdate, nextUpdate }) => ({
      serial: certId && hex(certId.serial),
      name: certId && hex(certId.issuerNameHash),
      key: certId && hex(certId.issuerKeyHash),
      status,
      // The library counts parts of a second.
      thisUpdate: Math.floor(thisUpdate / 1000),
      nextUpdate: nextUpdate && Math.floor(nextUpdate / 1000),
    })),
  }
}

function toldByLibrary(der: Buffer) {
  const response = AsnConvert.parse(der, OCSPResponse)
  const basic = AsnConvert.parse(response.responseBytes!.response.buffer, BasicOCSPResponse)
  return {
    data: hex(basic.tbsResponseDataRaw!),
    signature: hex(basic.signature),
    certificates: basic.certs?.length ?? 0,
    responses: basic.tbsResponseData.responses.map(({ certID, certStatus, thisUpdate, nextUpdate }) => ({
      serial: hex(certID.serialNumber),
      name: hex(certID.issuerNameHash.buffer),
      key: hex(certID.issuerKeyHash.buffer),
      status: certStatus.revoked ? 'revoked' : certStatus.unknown === null ? 'unknown' : 'good',
      thisUpdate: Math.floor(thisUpdate.getTime() / 1000),
      nextUpdate: nextUpdate && Math.floor(nextUpdate.getTime() / 1000),
    })),
  }
}

/** The same with these bytes put in: the lengths of all that hold the place grow with them. */
function withMore(der: Buffer, at: number, more: Buffer): Buffer {
  const parts = elements(der)
  let from = 0
  return Buffer.concat(
    parts.map(({ tag, whole, content }) => {
      const start = from + whole.length - content.length
      const end = from + whole.length
      from = end
      if (at < start || at > end) return whole
      const holds = (tag & 0x20) !== 0 || (tag === 4 && content[0] === 0x30)
      if (holds && at < end) return written(tag, withMore(content, at - start, more))
      return Buffer.concat([whole, at === end ? more : Buffer.alloc(0)])
    }),
  )
}

describe('an answer', () => {
  const kinds = {
    good: answered(),
    revoked: answered({ status: 'revoked' }),
    unknown: answered({ status: 'unknown' }),
    'with nextUpdate': answered({ nextUpdate: clock.now() + 1_000 }),
  }

  test.each(Object.entries(kinds))('(%s) is read as the schema library reads it', (_kind, der) => {
    const read = readOcspResponse(der)
    if (read?.status !== 'successful') throw new Error('not read')
    expect(told(read.answer)).toEqual(toldByLibrary(der))
    expect(hex(read.answer.nonce!)).toBe(`0420${nonce.toString('hex')}`)
  })

  test('of which one bit was changed is refused, or says what the library reads in it', () => {
    const der = answered({ signer: { key: ca.issuing.key, certificates: [] } })
    const whole = readOcspResponse(der)
    if (whole?.status !== 'successful') throw new Error('not read')
    // The algorithm is read by whoever checks the signature.
    const { algorithm } = whole.answer
    const from = der.lastIndexOf(algorithm)
    let refused = 0
    for (let at = 0; at < der.length; at++) {
      if (at >= from && at < from + algorithm.length) continue
      const changed = Buffer.from(der)
      changed[at]! ^= 1 << (at % 8)
      const read = readOcspResponse(changed)
      if (read?.status !== 'successful' || !read.answer.responses[0]?.certId) refused++
      else expect(told(read.answer)).toEqual(toldByLibrary(changed))
    }
    expect(refused).toBeGreaterThan(50)
  })

  test('with more in it than the library looks at is none', () => {
    const der = kinds.good
    // Two bytes more in the status: [0] NULL becomes [0] with a NULL in it, and every length around it grows.
    const status = der.indexOf(Buffer.from('8000180f', 'hex'))
    expect(status).toBeGreaterThan(0)
    expect(readOcspResponse(withMore(der, status + 2, Buffer.of(5, 0)))).toBeUndefined()
    expect(readOcspResponse(withMore(der, der.length, Buffer.of(5, 0)))).toBeUndefined()
    expect(readOcspResponse(withMore(der, status, Buffer.alloc(0)))?.status).toBe('successful')
  })

  test('that is cut off anywhere, or followed by anything, is none', () => {
    for (let length = 0; length < kinds.good.length; length += 7)
      expect(readOcspResponse(kinds.good.subarray(0, length))).toBeUndefined()
    expect(readOcspResponse(Buffer.concat([kinds.good, Buffer.of(0, 0)]))).toBeUndefined()
  })

  test.each([
    ['malformedRequest', 'malformed-request'],
    ['internalError', 'internal-error'],
    ['tryLater', 'try-later'],
    ['sigRequired', 'signature-required'],
    ['unauthorized', 'unauthorized'],
  ] as const)('that says %s says nothing else', (sent, status) => {
    expect(readOcspResponse(makeRefusal(sent))).toEqual({ status })
  })
})

const FOLDER = resolve(import.meta.dirname, '../..', process.env.PRATU_VECTORS ?? '../shared/vectors', 'web-eid/ocsp')
const published = existsSync(FOLDER) ? describe : describe.skip

published('the published answers', () => {
  test('are read as the schema library reads them', () => {
    const files = readdirSync(FOLDER)
    expect(files.length).toBe(5)
    for (const name of files) {
      const der = readFileSync(join(FOLDER, name))
      const read = readOcspResponse(der)
      if (read?.status !== 'successful') throw new Error(`${name} was not read`)
      expect(told(read.answer)).toEqual(toldByLibrary(der))
    }
  })
})
