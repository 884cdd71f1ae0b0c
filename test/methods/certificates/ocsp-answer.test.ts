import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readCertificate } from '../../../src/formats/certificate.ts'
import { certIdOf } from '../../../src/formats/ocsp.ts'
import { type Asked, openOcspJudge } from '../../../src/methods/certificates/ocsp-answer.ts'

// What Web eID's own validators publish: answers about a test card, each with the time at which its result holds.

const FOLDER = resolve(import.meta.dirname, '../../..', process.env.PRATU_VECTORS ?? '../shared/vectors', 'web-eid')
const published = existsSync(FOLDER) ? describe : describe.skip
const bytes = (path: string): Buffer => readFileSync(join(FOLDER, path))

const MINUTE = 60_000

published('the published answers about a card', () => {
  const issuer = () => readCertificate(bytes('ca/TEST_of_ESTEID2018.cer'))!
  const card = () => readCertificate(bytes('certs/jaak_kristjan_esteid2018_cert.pem'))!
  const judged = (name: string, time: string, more: Partial<Asked> = {}) => {
    const asked = { certId: certIdOf(card(), issuer())!, issuer: issuer(), now: Date.parse(time), ...more }
    const verdict = openOcspJudge()(bytes(`ocsp/${name}.der`), asked)
    return verdict.good ? 'good' : verdict.because
  }
  // These responders answered with the eight bare bytes that they had been asked with.
  const nonce = { nonce: Buffer.from('47ffafc91811770e', 'hex') }
  const AT = '2021-09-17T18:25:24Z'

  test('good, for the two minutes that an answer is good', () => {
    const at = (ms: number) => judged('ocsp_response', new Date(Date.parse(AT) + ms).toISOString(), nonce)
    expect(at(0)).toBe('good')
    expect(at(2 * MINUTE)).toBe('good')
    expect(at(2 * MINUTE + 1)).toBe('ocsp-stale')
    expect(at(-15 * MINUTE)).toBe('good')
    expect(at(-15 * MINUTE - 1)).toBe('ocsp-stale')
  })

  test('good, but asked with another nonce', () => {
    expect(judged('ocsp_response', AT, { nonce: Buffer.from('47ffafc91811770f', 'hex') })).toBe('ocsp-wrong-nonce')
  })

  test('good, but asked about another card', () => {
    const other = readCertificate(bytes('certs/revoked_cert.pem'))!
    expect(judged('ocsp_response', AT, { certId: certIdOf(other, issuer())! })).toBe('ocsp-malformed')
  })

  test('revoked', () => {
    expect(judged('ocsp_response_revoked', '2021-09-18T00:13:43Z')).toBe('revoked')
  })

  test('unknown, by a responder that the issuer has not appointed; and as its own word where it is pinned', () => {
    expect(judged('ocsp_response_unknown', '2021-09-18T00:16:25Z')).toBe('ocsp-wrong-signer')
    const pinned = readCertificate(bytes('ca/TEST_of_SK_OCSP_RESPONDER_2020.cer'))!
    expect(judged('ocsp_response_unknown', '2021-09-18T00:16:25Z', { pinned })).toBe('ocsp-unknown')
  })

  test('two answers in one, and two certificates of which none has signed', () => {
    expect(judged('ocsp_response_with_2_responses', '2024-04-01T14:09:57Z')).toBe('ocsp-malformed')
    expect(judged('ocsp_response_with_2_responder_certs', '2021-09-23T17:31:39Z')).toBe('ocsp-wrong-signer')
  })

  test('every byte counts', () => {
    const der = bytes('ocsp/ocsp_response.der')
    const asked = { certId: certIdOf(card(), issuer())!, issuer: issuer(), now: Date.parse(AT), ...nonce }
    const judge = openOcspJudge()
    expect(judge(der, asked).good).toBe(true)
    const accepted: number[] = []
    // Of the certificate, which alone takes its time to read, every tenth: its own signature covers it.
    const certificate = der.indexOf(Buffer.from('308203', 'hex'), 600)
    for (let at = 0; at < der.length; at += at > certificate ? 10 : 1) {
      const changed = Buffer.from(der)
      changed[at]! ^= 0x01
      if (judge(changed, asked).good) accepted.push(at)
    }
    expect(accepted).toEqual([])
  })
})
