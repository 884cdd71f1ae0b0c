import { createHash, verify, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openCardWorld } from '../../src/demo/cards/world.ts'
import { type MobileIdService, openMobileIdService } from '../../src/demo/mobile-id-service/service.ts'
import { verificationNumber } from '../../src/demo/mobile-id-service/verification-number.ts'
import { type Outside, openOutside } from '../../src/demo/outside.ts'
import { openPhones } from '../../src/demo/phones/phones.ts'
import { phoneRoutes } from '../../src/demo/phones/routes.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { testClock } from '../support/clock.ts'

// The demo's provider of Mobile-ID and its telephones, spoken to as the documentation of the real one says.

const clock = testClock()
const folder = mkdtempSync(join(tmpdir(), 'pratu-provider-'))
const MALI = { scheme: 'TH', code: '1999900004043', given_name: 'มะลิ', phone: '+66100000104' }
const D = Buffer.from('a challenge of ours')
const hash = createHash('sha256').update(D).digest()
const ASK = {
  relyingPartyUUID: '00000000-0000-0000-0000-000000000000',
  relyingPartyName: 'demo',
  phoneNumber: MALI.phone,
  nationalIdentityNumber: MALI.code,
  hash: hash.toString('base64'),
  hashType: 'SHA256',
  language: 'ENG',
}
const OK = { ...ASK, phoneNumber: '+37200000766', nationalIdentityNumber: '60001019906' }

let outside: Outside
let provider: MobileIdService
beforeAll(async () => {
  const random = systemRandom
  const cards = openCardWorld({ data: folder, port: 0, issuer: '', origin: '', clock, random })
  const phones = openPhones({ people: [MALI] })
  provider = openMobileIdService({ data: folder, cards, phones, clock, random })
  outside = openOutside({ port: 0, routes: [...phoneRoutes({ phones }), ...provider.routes] })
  await outside.listen()
})
afterAll(async () => {
  provider.close()
  await outside.close()
  rmSync(folder, { recursive: true })
})

const api = (path: string, init?: RequestInit) => fetch(`${outside.origin()}/mid-api${path}`, init)
const post = (path: string, body: unknown) =>
  api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

async function begin(request: object = ASK): Promise<string> {
  const { sessionID } = (await (await post('/authentication', request)).json()) as { sessionID: string }
  return sessionID
}
const status = async (session: string, timeoutMs = 1_000) =>
  (await (await api(`/authentication/session/${session}?timeoutMs=${timeoutMs}`)).json()) as Record<string, unknown>

const telephone = (path = '') => `${outside.origin()}/phones/${MALI.phone.slice(1)}${path}`
const now = async () =>
  (await (await fetch(telephone('/now.json'))).json()) as { rings: { ring: number; text: string; code: string }[] }
const press = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(telephone(), { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })

describe('the demo’s provider of Mobile-ID', () => {
  test('signs by a test number’s SIM at once: r and s over the hash, by a certificate without purposes', async () => {
    const { state, result, signature, cert } = (await status(await begin(OK))) as {
      state: string
      result: string
      signature: { value: string; algorithm: string }
      cert: string
    }
    expect([state, result, signature.algorithm]).toEqual(['COMPLETE', 'OK', 'SHA256WithECEncryption'])
    const certificate = new X509Certificate(Buffer.from(cert, 'base64'))
    expect(certificate.subject).toContain('serialNumber=PNOEE-60001019906')
    expect(certificate.keyUsage).toBeUndefined() // Node calls the extended one so
    const value = Buffer.from(signature.value, 'base64')
    expect(value).toHaveLength(64)
    expect(verify('sha256', D, { key: certificate.publicKey, dsaEncoding: 'ieee-p1363' }, value)).toBe(true)
  })

  test('signs by RSA where the test number has such a key', async () => {
    const asked = { ...OK, phoneNumber: '+37200001566', nationalIdentityNumber: '39901019992' }
    const { signature, cert } = (await status(await begin(asked))) as {
      signature: { value: string; algorithm: string }
      cert: string
    }
    expect(signature.algorithm).toBe('SHA256WithRSAEncryption')
    const key = new X509Certificate(Buffer.from(cert, 'base64')).publicKey
    expect(verify('sha256', D, key, Buffer.from(signature.value, 'base64'))).toBe(true)
  })

  test('lets a poll hang, says RUNNING when its time is over, and releases it when a newer one comes', async () => {
    const session = await begin()
    expect(await status(session)).toMatchObject({ state: 'RUNNING' })
    const order: string[] = []
    const older = status(session, 60_000).then((answer) => order.push(`older ${String(answer.state)}`))
    while (provider.counts().polls < 1) await status('nobody')
    const newer = status(session, 60_000).then((answer) => order.push(`newer ${String(answer.state)}`))
    await older
    const [{ ring, code, text } = { ring: 0, code: '', text: '' }] = (await now()).rings
    expect([code, text]).toEqual([verificationNumber(hash), 'demo'])
    expect((await press({ ring: String(ring), answer: 'refuse' })).status).toBe(303)
    await newer
    expect(order).toEqual(['older RUNNING', 'newer COMPLETE'])
    expect(await status(session)).toMatchObject({ result: 'USER_CANCELLED' })
    expect((await now()).rings).toEqual([])
  })

  test('forgets a session after five minutes', async () => {
    const session = await begin(OK)
    expect((await api(`/authentication/session/${session}`)).status).toBe(200)
    clock.advance(5 * 60_000)
    expect((await api(`/authentication/session/${session}`)).status).toBe(404)
  })

  test.each([
    ['a missing member', { ...ASK, hash: undefined }, 400],
    ['a hash of another length', { ...ASK, hashType: 'SHA512' }, 400],
    ['a hash that is no base64', { ...ASK, hash: '*'.repeat(44) }, 400],
    ['an unknown hash', { ...ASK, hashType: 'MD5' }, 400],
    ['a number without a plus', { ...ASK, phoneNumber: '66100000104' }, 400],
    ['an unknown language', { ...ASK, language: 'THA' }, 400],
    ['101 characters of GSM-7', { ...ASK, displayText: 'a'.repeat(101) }, 400],
    ['six characters of the extension', { ...ASK, displayText: '€'.repeat(6) }, 400],
    ['51 characters of UCS-2', { ...ASK, displayText: 'õ'.repeat(51), displayTextFormat: 'UCS-2' }, 400],
    ['another UUID', { ...ASK, relyingPartyUUID: '11111111-0000-0000-0000-000000000000' }, 401],
    ['another name', { ...ASK, relyingPartyName: 'SOMEBODY' }, 401],
  ])('%s is refused', async (_what, request, expected) => {
    const answer = await post('/authentication', request)
    expect(answer.status).toBe(expected)
    expect(await answer.json()).toMatchObject({ error: expect.any(String), traceId: expect.any(String) })
  })

  test('what is no JSON, and the wrong method, are refused', async () => {
    expect((await api('/authentication', { method: 'POST', body: 'hello' })).status).toBe(400)
    expect((await api('/authentication')).status).toBe(405)
  })

  test('a number and a code that don’t belong together are NOT_MID_CLIENT', async () => {
    expect(await status(await begin({ ...ASK, nationalIdentityNumber: '60001019906' }))).toMatchObject({
      result: 'NOT_MID_CLIENT',
    })
  })
})

describe('the telephones on screen', () => {
  test('are found with their plus and without', async () => {
    for (const number of ['+66100000104', '%2B66100000104', '66100000104'])
      expect((await fetch(`${outside.origin()}/phones/${number}`)).status).toBe(200)
    expect((await fetch(`${outside.origin()}/phones/66100000999`)).status).toBe(404)
  })

  test('look anew by themselves, save where somebody is setting something', async () => {
    expect((await fetch(telephone())).headers.get('refresh')).toBe('3')
    const setting = await fetch(telephone('?set'))
    expect(setting.headers.get('refresh')).toBeNull()
    expect(await setting.text()).toContain('name="mobile-id"')
  })

  test('do what they are told, and nothing else', async () => {
    expect((await press({ 'mobile-id': 'off' })).status).toBe(303)
    expect(await status(await begin())).toMatchObject({ result: 'PHONE_ABSENT' })
    expect((await press({ 'mobile-id': 'explode' })).status).toBe(400)
    expect((await press({ 'mobile-id': 'usual' })).status).toBe(303)
  })

  test('take no button from another site, nor a name that somebody else has given to this machine', async () => {
    expect((await press({ answer: 'confirm', ring: '1' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await press({ answer: 'confirm', ring: '1' }, { origin: 'http://localhost:9' })).status).toBe(403)
    expect((await post('/manage', { phone: MALI.phone, behaviour: 'off' })).status).toBe(200)
    const plain = { method: 'POST', body: JSON.stringify({ phone: MALI.phone, behaviour: 'off' }) }
    expect((await api('/manage', plain)).status).toBe(400)
  })
})
