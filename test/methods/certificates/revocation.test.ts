import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { type Contents, makeCertificate, PURPOSES } from '../../../src/demo/cards/certificate.ts'
import { makeAnswer, readQuestion } from '../../../src/demo/cards/ocsp-answer.ts'
import type { Signer } from '../../../src/demo/cards/ocsp-signers.ts'
import { ANSWERS, type AnswerName } from '../../../src/demo/cards/responder.ts'
import { type Certificate, readCertificate } from '../../../src/formats/certificate.ts'
import { issuerOf } from '../../../src/methods/certificates/issuers.ts'
import { openOutgoing } from '../../../src/methods/certificates/outgoing.ts'
import { type Needs, openRevocation } from '../../../src/methods/certificates/revocation.ts'
import type { Issuer, Responder } from '../../../src/methods/certificates/trust.ts'
import { pause } from '../../../src/platform/clock.ts'
import { openLog, silentLog } from '../../../src/platform/log.ts'
import { openMetrics } from '../../../src/platform/metrics.ts'
import { DAY, type TestAuthority, type TestCard, testCardCa } from '../../support/cards.ts'
import { testClock } from '../../support/clock.ts'
import { testRandom } from '../../support/keys.ts'

const clock = testClock()
const random = testRandom()
const ca = testCardCa({ clock })
const card = ca.card()
const responder = await ca.responder({ slow: 400 })
afterAll(() => responder.close())

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  responder.order(undefined)
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const read = (der: Buffer): Certificate => readCertificate(der)!

function issuerWith(more: Partial<Issuer>): Issuer {
  return { ...issuerOf(read(ca.issuing.certificate), [read(ca.root.certificate)]), id: 'test', ...more }
}

const at = (...urls: string[]): Responder[] => urls.map((url) => ({ url, nonce: true }))

interface Wish extends Partial<Needs> {
  readonly issuer?: Partial<Issuer>
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly allow?: readonly string[]
}

function opened({ issuer: wish = { ocsp: at(responder.url()) }, resolve, allow = [], ...more }: Wish = {}) {
  const issuer = issuerWith(wish)
  const outgoing = openOutgoing({ issuers: [issuer], allow, ...(resolve && { resolve }) })
  const revocation = openRevocation({
    issuers: [issuer],
    outgoing,
    clock,
    random,
    breaker: { failures: 1_000 },
    ...more,
  })
  cleanups.push(outgoing.close, revocation.close)
  return { revocation, issuer, check: (one: TestCard = card) => revocation.check(read(one.certificate), issuer) }
}

/** Closes its connections at the end, whatever is still on them. */
async function served(listener: (...of: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function canary() {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const outcome = async (checked: ReturnType<ReturnType<typeof opened>['check']>): Promise<string> => {
  const found = await checked
  return found.good ? 'good' : found.because
}

const EXPECTED: Readonly<Record<AnswerName, string>> = {
  good: 'good',
  revoked: 'revoked',
  unknown: 'ocsp-unknown',
  'try-later': 'ocsp-try-later',
  'internal-error': 'ocsp-try-later',
  stale: 'ocsp-stale',
  'from-the-future': 'ocsp-stale',
  'past-next-update': 'ocsp-stale',
  slow: 'good',
  hang: 'ocsp-unreachable',
  'status-500': 'ocsp-unreachable',
  'wrong-type': 'ocsp-unreachable',
  garbage: 'ocsp-malformed',
  'wrong-nonce': 'ocsp-wrong-nonce',
  'no-nonce': 'ocsp-wrong-nonce',
  replay: 'ocsp-wrong-nonce',
  'two-answers': 'ocsp-malformed',
  'another-card': 'ocsp-malformed',
  'no-answers': 'ocsp-malformed',
  'signed-by-ca': 'good',
  'forged-signer': 'ocsp-wrong-signer',
  'signer-without-purpose': 'ocsp-wrong-signer',
  'expired-signer': 'ocsp-wrong-signer',
  'no-certificate': 'ocsp-wrong-signer',
  'broken-signature': 'ocsp-wrong-signer',
}
const NO_CHECK = { oid: '1.3.6.1.5.5.7.48.1.5', critical: false, der: Buffer.of(5, 0) }
const STRANGE = { oid: '1.2.3.4', critical: true, der: Buffer.of(5, 0) }
/** Where no answer is to be had; where one is, the real patience, as the machine may be busy. */
const SOON = { patience: { one: 300, all: 600 } }
const SECOND_SOON = { patience: { one: 1_000, all: 5_500 } }

describe('a responder that is asked about a card', () => {
  test.each(ANSWERS)('and answers %s', async (answer) => {
    expect(await outcome(opened().check())).toBe('good')
    responder.order({ answer })
    expect(await outcome(opened(answer === 'hang' ? SOON : {}).check())).toBe(EXPECTED[answer])
  })

  test('says as of when the card is good, and nothing about whose it is', async () => {
    const url = responder.url()
    expect(await opened().check()).toEqual({ good: true, evidence: `ocsp ${url} 2026-11-21T09:00:00.000Z` })
  })
})

describe('no answer', () => {
  const bodies: [string, RequestListener][] = [
    [
      'a byte a second, for ever',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/ocsp-response' })
        const drip = setInterval(() => response.write('0'), 200)
        response.on('close', () => clearInterval(drip))
      },
    ],
    [
      'more than any answer has',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(Buffer.alloc(100_000, 0x30))
      },
    ],
    ['nothing', (_, response) => void response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end()],
    ['another address', (_, response) => void response.writeHead(307, { location: responder.url() }).end()],
  ]
  test.each(bodies)('is what sends %s', async (_what, listener) => {
    const { check } = opened({ ...SOON, issuer: { ocsp: at(await served(listener)) } })
    expect(['ocsp-unreachable', 'ocsp-malformed']).toContain(await outcome(check()))
  })

  test('comes where nobody listens, and where a connection is taken and nothing ever said', async () => {
    const { port, connections } = await canary()
    const silent = createTcpServer((socket) => void socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise((resolve) => silent.close(resolve)))
    const hung = opened({
      ...SOON,
      issuer: { ocsp: at(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`) },
    })
    expect(await outcome(hung.check())).toBe('ocsp-unreachable')
    const away = opened({ ...SOON, issuer: { ocsp: at(`http://127.0.0.1:${port}/`) } })
    expect(await outcome(away.check())).toBe('ocsp-unreachable')
    expect(connections()).toBe(1)
  })

  test('is waited for less than six seconds, with a second responder that is silent as well', async () => {
    responder.order({ answer: 'hang' })
    const { check } = opened({ issuer: { ocsp: at(responder.url(), responder.url()) } })
    const begun = performance.now()
    expect(await outcome(check())).toBe('ocsp-unreachable')
    expect(performance.now() - begun).toBeLessThan(6_000)
    expect(performance.now() - begun).toBeGreaterThan(4_000)
  })
})

describe('a second responder', () => {
  const failing = ANSWERS.filter((answer) => !['good', 'revoked', 'ocsp-unknown'].includes(EXPECTED[answer]))

  test.each(failing)('is asked when the first answers %s', async (answer) => {
    const second = await ca.responder()
    cleanups.push(second.close)
    const issuer = { ocsp: at(responder.url(), second.url()) }
    const { check } = opened({ ...(answer === 'hang' && SECOND_SOON), issuer })
    await check()
    responder.order({ answer })
    expect(await check()).toEqual({ good: true, evidence: expect.stringContaining(second.url()) })
  })

  test.each(['revoked', 'unknown'] as const)('is not asked when the first says %s', async (answer) => {
    const second = await ca.responder()
    cleanups.push(second.close)
    const { check } = opened({ issuer: { ocsp: at(responder.url(), second.url()) } })
    responder.order({ answer })
    expect(await outcome(check())).toBe(EXPECTED[answer])
    expect(second.asked()).toBe(0)
  })
})

describe('who may answer', () => {
  const made = (contents: Partial<Contents>, by: TestAuthority = ca.issuing): Signer => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const certificate = makeCertificate(
      {
        subject: [['CN', 'Some responder']],
        publicKey,
        serial: Buffer.from('1234', 'hex'),
        notBefore: clock.now() - DAY,
        notAfter: clock.now() + DAY,
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: [PURPOSES.ocspSigning],
        more: [NO_CHECK],
        ...contents,
      },
      by,
    )
    return { key: privateKey, certificates: [certificate] }
  }

  /** A responder that signs with this key, whatever it may. */
  const answering = (signer: Signer) =>
    served(async (request, response) => {
      const question = readQuestion(await buffer(request))!
      const { nonce } = question
      const bytes = makeAnswer(question, { status: 'good', thisUpdate: clock.now(), signer, ...(nonce && { nonce }) })
      response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(bytes)
    })

  const other = ca.authority('Another CA below the same root')
  const named = ca.twin().issuing
  test.each<[string, Signer, string]>([
    ['whom the issuer has appointed', made({}), 'good'],
    ['the issuer itself', { key: ca.issuing.key, certificates: [] }, 'good'],
    ['whom another trusted CA has appointed', made({}, other), 'ocsp-wrong-signer'],
    ['whom the root has appointed', made({}, ca.root), 'ocsp-wrong-signer'],
    ['the root itself', { key: ca.root.key, certificates: [ca.root.certificate] }, 'ocsp-wrong-signer'],
    ['whom a CA of the same name has appointed', made({}, named), 'ocsp-wrong-signer'],
    ['who was not appointed for OCSP', made({ extendedKeyUsage: [PURPOSES.clientAuth] }), 'ocsp-wrong-signer'],
    ['who may not sign', made({ keyUsage: ['keyAgreement'] }), 'ocsp-wrong-signer'],
    ['whose own revocation would have to be asked about', made({ more: [] }), 'ocsp-wrong-signer'],
    ['who has expired', made({ notBefore: clock.now() - 2 * DAY, notAfter: clock.now() - DAY }), 'ocsp-wrong-signer'],
    [
      'who is not yet valid',
      made({ notBefore: clock.now() + DAY, notAfter: clock.now() + 2 * DAY }),
      'ocsp-wrong-signer',
    ],
    ['who has a critical extension that nobody understands', made({ more: [NO_CHECK, STRANGE] }), 'ocsp-wrong-signer'],
    ['the holder of the card', { key: card.key, certificates: [card.certificate] }, 'ocsp-wrong-signer'],
  ])('is asked of %s', async (_who, signer, expected) => {
    const { check } = opened({ issuer: { ocsp: at(await answering(signer)) } })
    expect(await outcome(check())).toBe(expected)
  })

  test('is the pinned responder alone, where one is pinned', async () => {
    const pinned = made({ more: [] }, other)
    const [certificate] = pinned.certificates
    const check = async (signer: Signer) => {
      const url = await answering(signer)
      return outcome(opened({ issuer: { ocsp: [{ url, nonce: true, responder: read(certificate!) }] } }).check())
    }
    expect(await check(pinned)).toBe('good')
    expect(await check({ ...pinned, certificates: [] })).toBe('good')
    expect(await check(made({}))).toBe('ocsp-wrong-signer')
    expect(await check({ key: ca.issuing.key, certificates: [] })).toBe('ocsp-wrong-signer')
  })

  test('gives no nonce only where it is known to give none, and then must be fresh', async () => {
    responder.order({ answer: 'no-nonce' })
    const without = { issuer: { ocsp: [{ url: responder.url(), nonce: false }] } }
    expect(await outcome(opened(without).check())).toBe('good')
    responder.order({ answer: 'stale' })
    expect(await outcome(opened(without).check())).toBe('ocsp-stale')
    const prepared = (age: number) => ({ issuer: { ocsp: [{ url: responder.url(), nonce: false, age }] } })
    expect(await outcome(opened(prepared(2 * DAY)).check())).toBe('good')
    expect(await outcome(opened(prepared(DAY / 2)).check())).toBe('ocsp-stale')
  })
})

describe('the address that a card names', () => {
  const FORBIDDEN = [
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f.1:PORT/',
    'http://0.0.0.0:PORT/',
    'http://rebound.example:PORT/',
    'http://user@127.0.0.1:PORT/',
    'https://127.0.0.1:PORT/',
    'ftp://127.0.0.1:PORT/',
    'file:///etc/passwd',
    'ldap://127.0.0.1:PORT/',
  ]

  test.each(FORBIDDEN)('%s is not connected to, whoever made the card', async (address) => {
    const { port, connections } = await canary()
    const ocsp = address.replace('PORT', String(port))
    const named = opened({ issuer: { ocsp: [] }, resolve: async () => ['127.0.0.1'] })
    expect(await outcome(named.check(ca.card({ ocsp })))).toMatch(/^(ocsp-unreachable|no-revocation-service)$/)
    const selfMade = ca.twin().card({ ocsp })
    expect(await outcome(named.check(selfMade))).toBe('no-revocation-service')
    const configured = opened()
    await configured.check(ca.card({ ocsp }))
    await configured.check(selfMade)
    expect(connections()).toBe(0)
  })

  test('is asked only where its issuer has none configured, and only of a card that the issuer has signed', async () => {
    const second = await ca.responder()
    cleanups.push(second.close)
    const ocsp = second.url().replace('127.0.0.1', 'ocsp.example')
    const wish = { issuer: { ocsp: [] }, resolve: async () => ['127.0.0.1'], allow: ['ocsp.example'] }
    const issued = ca.card({ ocsp })
    expect(await opened(wish).check(issued)).toMatchObject({ good: true, evidence: expect.stringContaining(ocsp) })
    expect(second.asked()).toBe(1)
    const selfMade = ca.twin().card({ ocsp })
    expect(await outcome(opened(wish).check(selfMade))).toBe('no-revocation-service')
    expect(await outcome(opened().check(issued))).toBe('good')
    expect(second.asked()).toBe(1)
  })

  test('is missing', async () => {
    expect(await outcome(opened({ issuer: { ocsp: [] } }).check())).toBe('no-revocation-service')
  })
})

describe('an issuer whose service fails again and again', () => {
  test('is left alone, says so at once, and is asked again by itself', async () => {
    const heard: string[] = []
    const log = { ...silentLog, warn: (event: string) => void heard.push(event) }
    const metrics = openMetrics()
    const { revocation, check } = opened({ breaker: { failures: 3 }, log, metrics })
    responder.order({ answer: 'status-500' })
    for (let each = 0; each < 3; each++) expect(await outcome(check())).toBe('ocsp-unreachable')
    expect(revocation.available('test')).toBe(false)
    expect(revocation.available()).toBe(false)
    const asked = responder.asked()
    expect(await outcome(check())).toBe('breaker-open')
    expect(responder.asked()).toBe(asked)
    expect(await metrics.text()).toContain('pratu_card_revocation_closed 1')

    clock.advance(10_000)
    expect(revocation.available()).toBe(true)
    expect(await outcome(check())).toBe('ocsp-unreachable')
    expect(revocation.available()).toBe(false)

    clock.advance(10_000)
    responder.order(undefined)
    expect(await outcome(check())).toBe('good')
    expect(revocation.available('test')).toBe(true)
    const text = await metrics.text()
    expect(text).toContain('pratu_card_revocation_closed 0')
    expect(text).toContain('pratu_card_revocation_answers_total{issuer="test",outcome="ocsp-unreachable"} 4')
    expect(text).toContain('pratu_card_revocation_answers_total{issuer="test",outcome="breaker-open"} 1')
    expect(text).toContain('pratu_card_revocation_answers_total{issuer="test",outcome="good"} 1')
    expect(heard.filter((event) => event.includes('breaker'))).toEqual([
      'card-revocation-breaker-opened',
      'card-revocation-breaker-closed',
    ])
  })

  test('is not left alone because of cards that are revoked, unknown, or not its own', async () => {
    const { revocation, check } = opened({ breaker: { failures: 2 } })
    responder.order({ answer: 'revoked' })
    for (let each = 0; each < 4; each++) await check()
    responder.order({ answer: 'unknown' })
    for (let each = 0; each < 4; each++) await check()
    expect(revocation.available('test')).toBe(true)
  })

  test('takes no other issuer along', async () => {
    const working = await ca.responder()
    cleanups.push(working.close)
    const one = issuerWith({ id: 'one', ocsp: at(responder.url()) })
    const two = issuerWith({ id: 'two', ocsp: at(working.url()) })
    const outgoing = openOutgoing({ issuers: [one, two], allow: [] })
    const needs = { issuers: [one, two], outgoing, clock, random: testRandom(), breaker: { failures: 1 } }
    const revocation = openRevocation(needs)
    cleanups.push(outgoing.close, revocation.close)
    responder.order({ answer: 'try-later' })
    await revocation.check(read(card.certificate), one)
    expect([revocation.available('one'), revocation.available('two'), revocation.available()]).toEqual([
      false,
      true,
      true,
    ])
    expect(await revocation.check(read(card.certificate), two)).toMatchObject({ good: true })
  })

  test('does not let so many wait for it that they fill a node, nor that no other issuer has a place', async () => {
    const never = () => new Promise<never>(() => {})
    const issuers = ['one', 'two', 'three'].map((id) => issuerWith({ id, ocsp: at(responder.url()) }))
    const outgoing = { responders: never, named: never, lists: never }
    const revocation = openRevocation({ issuers, outgoing, clock, random, ...SOON, breaker: { failures: 1_000 } })
    cleanups.push(revocation.close)
    const mine = read(card.certificate)
    const all = (issuer: Issuer) =>
      Promise.all(Array.from({ length: 140 }, () => outcome(revocation.check(mine, issuer))))
    const [one = [], ...others] = await Promise.all(issuers.map(all))
    const waited = (outcomes: string[]) => outcomes.filter((each) => each === 'ocsp-unreachable').length
    expect([one, ...others].map(waited)).toEqual([128, 64, 8])
    expect(one.filter((each) => each === 'breaker-open').length).toBe(12)
    expect(await all(issuers[0]!)).toContain('ocsp-unreachable')
  })
})

test('waiting for a service that hangs takes no CPU from anybody', async () => {
  responder.order({ answer: 'hang' })
  const { revocation, issuer } = opened({ patience: { one: 5_000, all: 5_000 } })
  const mine = read(card.certificate)
  const before = responder.asked()
  const hung = Array.from({ length: 32 }, () => outcome(revocation.check(mine, issuer)))
  while (responder.asked() < before + 20) await pause(10)
  const cpu = process.cpuUsage()
  await pause(500)
  const { user, system } = process.cpuUsage(cpu)
  expect((user + system) / 1_000).toBeLessThan(150)
  expect(new Set(await Promise.all(hung))).toEqual(new Set(['ocsp-unreachable']))
})

test('what is logged about a failure names neither the card nor its holder', async () => {
  const lines: string[] = []
  const log = openLog({ level: 'debug', clock, destination: { write: (line: string) => void lines.push(line) } })
  const { check } = opened({ log })
  for (const answer of ANSWERS.filter((each) => each !== 'hang' && each !== 'slow')) {
    responder.order({ answer })
    await check()
  }
  expect(lines.length).toBeGreaterThan(15)
  for (const secret of [card.serial, card.serial.toLowerCase(), 'NÄIDIS', '60001019906'])
    expect(lines.join('').includes(secret)).toBe(false)
})
