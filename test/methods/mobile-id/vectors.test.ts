import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readRequest } from '../../../src/demo/mobile-id-service/requests.ts'
import { verificationNumber } from '../../../src/demo/mobile-id-service/verification-number.ts'
import { readCertificate } from '../../../src/formats/certificate.ts'
import { judgeAnswer } from '../../../src/methods/mobile-id/answer.ts'
import { openClient } from '../../../src/methods/mobile-id/client.ts'
import { endedCode } from '../../../src/methods/mobile-id/refusals.ts'
import { checkSignature } from '../../../src/methods/mobile-id/signature.ts'
import { readSession, readStatus } from '../../../src/methods/mobile-id/status.ts'
import { verificationCode } from '../../../src/methods/mobile-id/verification-code.ts'
import type { AuthenticationRequest, HashType } from '../../../src/methods/mobile-id/wire.ts'
import type { Ask } from '../../../src/platform/fetch.ts'

// What the provider and its users have published: each gives what it is documented to give.

const folder = `${process.env.PRATU_VECTORS ?? '../shared/vectors'}/mobile-id`
const published = existsSync(folder) ? describe : describe.skip
const read = (name: string): unknown => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
const list = (name: string): string[] => readdirSync(`${folder}/${name}`)

interface Case {
  readonly id: string
  readonly hashType: HashType
  readonly hash: string
  readonly algorithm?: string
  readonly signature: string
  readonly cert: string
  readonly clock?: string
  readonly verificationCode?: string
  readonly expectedSignatureValid: boolean
}

const RESULTS: Readonly<Record<string, string>> = {
  DeliveryError: 'PRT-1707',
  DocumentUnusable: 'PRT-1709',
  Error: 'PRT-1709',
  ExpiredTransaction: 'PRT-1703',
  MIDNotReady: 'PRT-1709',
  NotMIDClient: 'PRT-1702',
  PhoneAbsent: 'PRT-1706',
  SignatureHashMismatch: 'PRT-1705',
  SimError: 'PRT-1708',
  Timeout: 'PRT-1703',
  UserCancelled: 'PRT-1704',
  UserHasRefused: 'PRT-1709',
}

published('what was published of Mobile-ID', () => {
  test('every verification number is reckoned as documented, by us and by the demo’s provider', () => {
    const { cases } = read('verification-codes.json') as { cases: { hashHex: string; verificationCode: string }[] }
    expect(cases.length).toBeGreaterThanOrEqual(7)
    for (const { hashHex, verificationCode: expected } of cases) {
      const hash = Buffer.from(hashHex, 'hex')
      expect([verificationCode(hash), verificationNumber(hash)]).toEqual([expected, expected])
    }
  })

  test('every signature is right or wrong as documented', () => {
    const cases = read('auth-signature-cases.json') as Case[]
    expect(cases.length).toBeGreaterThanOrEqual(7)
    for (const { id, hash, hashType, algorithm, signature, cert, expectedSignatureValid, ...rest } of cases) {
      const certificate = readCertificate(Buffer.from(cert, 'base64'))!
      const signed = { value: Buffer.from(signature, 'base64'), algorithm: algorithm ?? `${hashType}WithECEncryption` }
      const sent = Buffer.from(hash, 'base64')
      const verdict = checkSignature(sent, hashType, signed, certificate.x509.publicKey)
      expect([id, verdict]).toEqual([id, expectedSignatureValid ? 'right' : 'wrong-signature'])
      if (rest.verificationCode) expect(verificationCode(sent)).toBe(rest.verificationCode)
    }
  })

  test('the government consumer’s whole answer proves its person, and nobody else', async () => {
    const cases = read('auth-signature-cases.json') as Case[]
    const {
      hash,
      hashType,
      signature,
      cert,
      algorithm = '',
      clock = '',
    } = cases.find(({ id }) => id === 'mid-ec-sha256-tara')!
    const status = { state: 'COMPLETE', result: 'OK', signature: { value: signature, algorithm }, cert } as const
    const ca = readCertificate(readFileSync(`${folder}/ca/TEST_of_ESTEID-SK_2015.pem.crt`))!
    const issuer = {
      id: 'esteid-sk-2015',
      certificate: ca,
      chain: [ca],
      schemes: ['EE'] as const,
      policies: ['1.3.6.1.4.1.10015.3.1.3'],
      eResidents: [],
      assurance: 'high' as const,
      ocsp: [],
      test: true,
    }
    const needs = {
      issuers: [issuer],
      production: false,
      blocks: { blocking: () => undefined },
      revocation: { check: async () => ({ good: true, evidence: 'asked' }) as const },
      clock: { now: () => Date.parse(clock) },
    }
    const asked = { scheme: 'EE', code: '60001019906', hash, hashType }
    const judged = async (change: object = {}, other = needs) => {
      const verdict = await judgeAnswer(status, { ...asked, ...change }, other)
      return verdict.ok ? verdict.proof.names : verdict.word
    }
    expect(await judged()).toEqual({ given: 'MARY ÄNN', family: 'O’CONNEŽ-ŠUSLIK TESTNUMBER' })
    expect(await judged({ code: '60001017869' })).toBe('wrong-person')
    expect(await judged({ scheme: 'LT' })).toBe('wrong-person')
    expect(await judged({ hash: Buffer.alloc(32).toString('base64') })).toBe('wrong-signature')
    expect(await judged({}, { ...needs, production: true })).toBe('test-issuer')
    expect(await judged({}, { ...needs, clock: { now: () => Date.parse('2030-11-20') } })).toBe('expired')
    expect(await judged({}, { ...needs, clock: { now: () => Date.parse('2025-11-20') } })).toBe('not-yet-valid')
    expect(await judged({}, { ...needs, issuers: [{ ...issuer, policies: ['1.2.3'] }] })).toBe('wrong-policy')
  })

  test('every answer is read, and every result has its documented end', () => {
    const ends = list('responses').filter((name) => name.startsWith('sessionStatusWhen'))
    expect(ends.length).toBe(Object.keys(RESULTS).length)
    for (const name of ends) {
      const status = readStatus(read(`responses/${name}`))!
      expect(status.state).toBe('COMPLETE')
      expect([name, endedCode(status.result!)]).toEqual([name, RESULTS[/When(\w+)\.json$/.exec(name)![1]!]])
    }
    expect(readStatus(read('responses/sessionStatusRunning.json'))).toEqual({ state: 'RUNNING' })
    for (const name of ['sessionStatusForSuccessfulAuthenticationRequest.json', 'tara_mid_poll_response_ok.json'])
      expect(readStatus(read(`responses/${name}`))).toMatchObject({ result: 'OK', signature: expect.any(Object) })
    // A signature for a document brings no certificate: it is no sign-in.
    expect(readStatus(read('responses/sessionStatusForSuccessfulSigningRequest.json'))).toBeUndefined()
    const { sessionID } = readSession(read('responses/authenticationResponse.json'))!
    expect(sessionID).toBe('1dcc1600-29a6-4e95-a95c-d69b31febcfb')
    expect(readSession(read('responses/signatureResponseLegacySessionId.json'))).toBeUndefined()
  })

  test('every request is ours to the letter, and the demo’s provider takes it', async () => {
    const requests = list('requests').filter((name) => name.startsWith('authentication'))
    expect(requests.length).toBeGreaterThanOrEqual(5)
    for (const name of requests) {
      const request = read(`requests/${name}`) as AuthenticationRequest
      const { relyingPartyUUID: uuid, relyingPartyName, ...rest } = request
      let sent: unknown
      const send: Ask = async (address, { method, body } = {}) => {
        sent = { address, method, body: JSON.parse(body as string) as unknown }
        return { status: 200, body: Buffer.from(JSON.stringify(read('responses/authenticationResponse.json'))) }
      }
      const relyingParty = { uuid, name: relyingPartyName }
      const client = openClient({ address: 'https://provider/mid-api', relyingParty, asking: send, hanging: send })
      expect(await client.start(rest)).toBe('1dcc1600-29a6-4e95-a95c-d69b31febcfb')
      expect(sent).toEqual({ address: 'https://provider/mid-api/authentication', method: 'POST', body: request })
      expect(readRequest(request, relyingParty)).toMatchObject({ ok: true })
    }
  })
})
