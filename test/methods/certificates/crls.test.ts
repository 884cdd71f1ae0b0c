import { afterEach, describe, expect, test } from '@jest/globals'
import { OctetString } from '@peculiar/asn1-schema'
import { CertificateList, Extension, RevokedCertificate, TBSCertList, Time, Version } from '@peculiar/asn1-x509'
import {
  arrayBuffer,
  encoded,
  type Issuer,
  moment,
  nameOf,
  signatureAlgorithm,
  signed,
} from '../../../src/demo/cards/certificate.ts'
import { makeRevocationList, type RevocationList } from '../../../src/demo/cards/revocation-list.ts'
import { type Certificate, readCertificate } from '../../../src/formats/certificate.ts'
import { issuerOf } from '../../../src/methods/certificates/issuers.ts'
import { openRevocation } from '../../../src/methods/certificates/revocation.ts'
import { DAY, type TestCard, testCardCa } from '../../support/cards.ts'
import { testClock } from '../../support/clock.ts'
import { testRandom } from '../../support/keys.ts'

const ADDRESS = 'http://crl.example/cards.crl'
const HOUR = 3_600_000
const read = (der: Buffer): Certificate => readCertificate(der)!

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** An issuer with a list instead of OCSP; `list` is what its address answers at the moment. */
function opened(patience?: { readonly one: number; readonly all: number }) {
  const clock = testClock()
  const ca = testCardCa({ clock })
  const state = {
    fetched: 0,
    answer: (): Response | Promise<Response> => list(),
  }
  const list = (more: Partial<RevocationList> = {}) =>
    new Response(new Uint8Array(ca.revocationList({ nextUpdate: clock.now() + DAY, ...more })))
  const lists = async () => {
    state.fetched++
    return state.answer()
  }
  const never = () => Promise.reject(new Error('OCSP was asked'))
  const issuer = { ...issuerOf(read(ca.issuing.certificate), []), id: 'test', crl: ADDRESS }
  const revocation = openRevocation({
    issuers: [issuer],
    outgoing: { responders: never, named: never, lists },
    clock,
    random: testRandom(),
    ...(patience && { patience }),
  })
  closing.push(revocation.close)
  const check = async (card: TestCard) => {
    const found = await revocation.check(read(card.certificate), issuer)
    return found.good ? 'good' : `${found.because}: ${found.detail}`
  }
  return { clock, ca, state, list, revocation, issuer, check }
}

describe('a revocation list', () => {
  test('tells the revoked from the good, and is evidence with its time', async () => {
    const { ca, check, revocation, issuer, state } = opened()
    const [good, revoked] = [ca.card(), ca.card()]
    for (let each = 0; each < 20; each++) ca.revoke(ca.card())
    ca.revoke(revoked)
    expect(await check(good)).toBe('good')
    expect(await check(revoked)).toBe('revoked: on the revocation list')
    const evidence = `crl ${ADDRESS} 2026-11-21T09:00:00.000Z`
    expect(await revocation.check(read(good.certificate), issuer)).toEqual({ good: true, evidence })
    expect(state.fetched).toBe(1)
  })

  test('knows serial numbers whatever byte they begin with', async () => {
    const { ca, check } = opened()
    const cards = ['01', '7F', '0080', '00FF', '00C3A1'].map((hex) => ca.card({ serial: Buffer.from(hex, 'hex') }))
    const unpadded = cards.map((card) => ({ ...card, serial: card.serial }))
    for (const card of unpadded) ca.revoke(card)
    for (const card of cards) expect(await check(card)).toBe('revoked: on the revocation list')
  })

  test('is kept until its nextUpdate, renewed behind the scenes after an hour, and not believed any longer', async () => {
    const { clock, ca, check, state } = opened()
    const card = ca.card()
    expect(await check(card)).toBe('good')
    clock.advance(HOUR - 1)
    await check(card)
    expect(state.fetched).toBe(1)
    clock.advance(1)
    const slow = Promise.withResolvers<Response>()
    state.answer = () => slow.promise
    expect(await check(card)).toBe('good')
    expect(state.fetched).toBe(2)
    slow.resolve(new Response('', { status: 503 }))
    clock.advance(DAY)
    state.answer = () => new Response('', { status: 503 })
    expect(await check(card)).toBe('crl-unusable: the address of the list answers 503')
  })

  test('is fetched once for all who wait for it', async () => {
    const { ca, revocation, issuer, state } = opened()
    const card = read(ca.card().certificate)
    const all = await Promise.all(Array.from({ length: 32 }, () => revocation.check(card, issuer)))
    expect(all.filter(({ good }) => good).length).toBe(32)
    expect(state.fetched).toBe(1)
  })

  test('does not make anybody wait longer than for OCSP, and is there for the next', async () => {
    const { ca, check, state, list } = opened({ one: 300, all: 1_500 })
    const card = ca.card()
    const slow = Promise.withResolvers<Response>()
    state.answer = () => slow.promise
    expect(await check(card)).toBe('ocsp-unreachable: no answer in time')
    slow.resolve(list())
    expect(await check(card)).toBe('good')
    expect(state.fetched).toBe(1)
  })

  test('that is older than the one at hand is not taken', async () => {
    const { clock, ca, check, state } = opened()
    const card = ca.card()
    const old = ca.revocationList({ nextUpdate: clock.now() + 3 * DAY })
    ca.revoke(card)
    clock.advance(HOUR)
    expect(await check(card)).toContain('revoked')
    clock.advance(HOUR)
    state.answer = () => new Response(new Uint8Array(old))
    await check(card)
    await new Promise((resolve) => setImmediate(resolve))
    expect(await check(card)).toContain('revoked')
  })
})

describe('a list is refused that', () => {
  const bytes = (der: Buffer) => () => new Response(new Uint8Array(der))

  test('can not be had', async () => {
    const { ca, check, state } = opened()
    state.answer = () => Promise.reject(new Error('crl.example could not be reached'))
    expect(await check(ca.card())).toBe('crl-unusable: the list could not be fetched: crl.example could not be reached')
  })

  test('is none, is cut off, or is followed by something', async () => {
    const { ca, check, state, clock } = opened()
    const der = ca.revocationList({ nextUpdate: clock.now() + DAY })
    for (const wrong of [
      Buffer.alloc(0),
      Buffer.from('<html>'),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.of(0)]),
    ]) {
      state.answer = bytes(wrong)
      expect(await check(ca.card())).toBe('crl-unusable: the list is none')
    }
  })

  test('has no nextUpdate, has passed, or lies in the future', async () => {
    const { ca, check, state, clock, list } = opened()
    state.answer = bytes(ca.revocationList())
    expect(await check(ca.card())).toBe('crl-unusable: the list is none')
    state.answer = () => list({ thisUpdate: clock.now() - DAY, nextUpdate: clock.now() })
    expect(await check(ca.card())).toBe("crl-unusable: the list's nextUpdate has passed")
    state.answer = () => list({ thisUpdate: clock.now() + HOUR })
    expect(await check(ca.card())).toBe("crl-unusable: the list's thisUpdate lies in the future")
  })

  test('another CA has signed, under its own name or under this one', async () => {
    const { ca, check, state, clock } = opened()
    const contents = { thisUpdate: clock.now(), nextUpdate: clock.now() + DAY, number: 1, revoked: [] }
    state.answer = bytes(makeRevocationList(contents, ca.root))
    expect(await check(ca.card())).toBe("crl-unusable: the list is another CA's")
    state.answer = bytes(makeRevocationList(contents, { ...ca.issuing, key: ca.twin().issuing.key }))
    expect(await check(ca.card())).toContain("the list's signature is not its issuer's")
  })

  test('one bit was changed in', async () => {
    const { ca, check, state, clock } = opened()
    ca.revoke(ca.card())
    const der = ca.revocationList({ nextUpdate: clock.now() + DAY })
    for (const at of [90, Math.floor(der.length / 2), der.length - 1]) {
      const changed = Buffer.from(der)
      changed[at]! ^= 1
      state.answer = bytes(changed)
      expect(await check(ca.card())).toMatch(/^crl-unusable/)
    }
  })
})

describe('a list that may not speak about all cards of its issuer', () => {
  const written = (tag: number, ...parts: readonly Buffer[]) => {
    const content = Buffer.concat(parts)
    return Buffer.concat([Buffer.of(tag, content.length), content])
  }
  const critical = (extnID: string, der: Buffer) =>
    new Extension({ extnID, critical: true, extnValue: new OctetString(arrayBuffer(der)) })
  const scope = (...parts: readonly Buffer[]) => critical('2.5.29.28', written(0x30, ...parts))
  const at = (url: string) => scope(written(0xa0, written(0xa0, written(0x86, Buffer.from(url)))))
  const flag = (tag: number) => scope(Buffer.of(tag, 1, 0xff))

  /** As a whole list, with these extensions of the list or of its only line. */
  function signedList(issuer: Issuer, now: number, list: readonly Extension[], line: readonly Extension[] = []) {
    const algorithm = signatureAlgorithm(issuer.key)
    const tbsCertList = new TBSCertList({
      version: Version.v2,
      signature: algorithm,
      issuer: nameOf(issuer.subject),
      thisUpdate: new Time(moment(now)),
      nextUpdate: new Time(moment(now + DAY)),
      revokedCertificates: [
        new RevokedCertificate({
          userCertificate: arrayBuffer(Buffer.of(5)),
          revocationDate: new Time(moment(now)),
          ...(line.length > 0 && { crlEntryExtensions: [...line] }),
        }),
      ],
      ...(list.length > 0 && { crlExtensions: [...list] }),
    })
    const signature = signed(encoded(tbsCertList), issuer.key)
    return encoded(new CertificateList({ tbsCertList, signatureAlgorithm: algorithm, signature }))
  }

  const cases: [string, readonly Extension[], readonly Extension[], string][] = [
    ['has no extension', [], [], 'good'],
    ['is about users only', [flag(0x81)], [], 'good'],
    ['is the part that the card names', [at(ADDRESS)], [], 'good'],
    ['is another part', [at('http://crl.example/other.crl')], [], 'is a part that this card does not belong to'],
    ['is about CAs only', [flag(0x82)], [], 'does not speak about all cards'],
    ['is about some reasons only', [scope(Buffer.of(0x83, 2, 6, 0x40))], [], 'does not speak about all cards'],
    ['has lines of other issuers', [flag(0x84)], [], 'does not speak about all cards'],
    ['is about attributes only', [flag(0x85)], [], 'does not speak about all cards'],
    ['has changes only', [critical('2.5.29.27', Buffer.of(2, 1, 1))], [], 'does not speak about all cards'],
    ['has what nobody understands', [critical('1.2.3.4', Buffer.of(5, 0))], [], 'does not speak about all cards'],
    ['has a line that nobody understands', [], [critical('2.5.29.29', Buffer.of(5, 0))], 'a line that can not be read'],
  ]
  test.each(cases)('that %s', async (_why, list, line, expected) => {
    const { ca, check, state, clock } = opened()
    const der = signedList(ca.issuing, clock.now(), list, line)
    state.answer = () => new Response(new Uint8Array(der))
    expect(await check(ca.card({ crl: ADDRESS }))).toContain(expected)
  })
})
