import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  ExtendedKeyUsage,
  KeyUsage,
  Certificate as Schema,
} from '@peculiar/asn1-x509'
import { type Certificate, readCertificate } from '../../src/formats/certificate.ts'
import { type TestCardCa, testCardCa } from '../support/cards.ts'
import { testClock } from '../support/clock.ts'

// What we make of a certificate, beside what the schema library says on its own and what node:crypto says.

let ca: TestCardCa
let all: Buffer[]
beforeAll(() => {
  ca = testCardCa({ clock: testClock(), ocsp: 'http://ocsp.example/a' })
  all = [
    ca.root.certificate,
    ca.issuing.certificate,
    ca.card().certificate,
    ca.card({ rsa: 2048, policies: ['1.2.3.4', '2.999.12345678.1'], crl: 'http://crl.example/b' }).certificate,
    ca.card({ keyUsage: ['digitalSignature', 'nonRepudiation', 'decipherOnly'], hosts: ['a.example'] }).certificate,
    ca.card({ extendedKeyUsage: undefined as never, keyUsage: undefined as never }).certificate,
    ca.authority('Held to names', {
      permitted: [
        [
          ['C', 'EE'],
          ['O', 'Ülikool'],
        ],
      ],
      ca: { below: 0 },
    }).certificate,
  ]
})

function bySchema(der: Buffer) {
  const { tbsCertificate: tbs } = AsnConvert.parse(der, Schema)
  const value = <T>(id: string, kind: new () => T): T | undefined => {
    const found = tbs.extensions?.find(({ extnID }) => extnID === id)
    return found && AsnConvert.parse(found.extnValue, kind)
  }
  const basic = value('2.5.29.19', BasicConstraints)
  const purposes = value('2.5.29.37', ExtendedKeyUsage)
  const authority = value('2.5.29.35', AuthorityKeyIdentifier)?.keyIdentifier
  return {
    subject: Array.from(tbs.subject).flatMap((part) => Array.from(part).map(({ value: text }) => text.toString())),
    notBefore: tbs.validity.notBefore.getTime().getTime(),
    notAfter: tbs.validity.notAfter.getTime().getTime(),
    usage: value('2.5.29.15', KeyUsage)
      ?.toJSON()
      .map((name) => (name === 'crlSign' ? 'cRLSign' : name))
      .toSorted(),
    purposes: purposes && Array.from(purposes),
    policies: Array.from(value('2.5.29.32', CertificatePolicies) ?? [], ({ policyIdentifier }) => policyIdentifier),
    ca: basic?.cA ?? false,
    pathLength: basic?.pathLenConstraint,
    authority: authority && Buffer.from(authority.buffer).toString('hex'),
    bytes: Buffer.from(tbs.subjectPublicKeyInfo.subjectPublicKey).toString('hex'),
  }
}
const byUs = (read: Certificate) => ({
  subject: read.subject.map(({ value }) => value),
  notBefore: read.notBefore,
  notAfter: read.notAfter,
  usage: read.keyUsage && [...read.keyUsage].toSorted(),
  purposes: read.extendedKeyUsage,
  policies: read.policies,
  ca: read.ca,
  pathLength: read.pathLength,
  authority: read.authorityKeyId?.toString('hex'),
  bytes: read.publicKeyBytes.toString('hex'),
})

describe('a certificate', () => {
  test('says what the library reads in it, and what node:crypto does', () => {
    for (const der of all) {
      const read = readCertificate(der)!
      expect(byUs(read)).toEqual(bySchema(der))
      const { serialNumber, validFrom, validTo, ca: isCa, keyUsage, publicKey } = new X509Certificate(der)
      expect({ ...byUs(read), serial: read.serial, purposes: read.extendedKeyUsage }).toMatchObject({
        serial: serialNumber,
        notBefore: Date.parse(validFrom),
        notAfter: Date.parse(validTo),
        ca: isCa,
        // Node's keyUsage is the extended one.
        purposes: keyUsage,
      })
      const spki = publicKey.export({ format: 'der', type: 'spki' })
      expect(spki.equals(read.publicKeyDer)).toBe(true)
      expect(spki.subarray(-read.publicKeyBytes.length).equals(read.publicKeyBytes)).toBe(true)
    }
  })

  test('says where its revocation can be asked, whom it may name, and what of it is not understood', () => {
    expect(readCertificate(all[3]!)).toMatchObject({
      ocspUrls: ['http://ocsp.example/a'],
      crlUrls: ['http://crl.example/b'],
    })
    expect(readCertificate(all[4]!)!.alternativeNames).toEqual([{ form: 'dns', text: 'a.example' }])
    expect(readCertificate(all[6]!)!.nameConstraints).toEqual({
      permitted: [
        {
          form: 'directory',
          name: [
            { type: 'C', value: 'EE' },
            { type: 'O', value: 'Ülikool' },
          ],
        },
      ],
      excluded: [],
    })
    const more = [{ oid: '1.2.3.4.5', critical: true, der: Buffer.of(5, 0) }]
    expect(readCertificate(ca.card({ more }).certificate)!.unknownCritical).toEqual(['1.2.3.4.5'])
  })

  test('comes as DER or as PEM, and as nothing else', () => {
    const { certificate, pem } = ca.card()
    expect(readCertificate(pem)!.der.equals(certificate)).toBe(true)
    expect(readCertificate(Buffer.from(`\n${pem}\n`))!.der.equals(certificate)).toBe(true)
    const wrong = [
      '',
      'x',
      pem + pem,
      pem.slice(0, -30),
      Buffer.alloc(0),
      Buffer.concat([certificate, Buffer.of(0)]),
      certificate.subarray(0, -1),
      certificate.subarray(1),
    ]
    for (const bytes of wrong) expect(readCertificate(bytes)).toBeUndefined()
  })

  test.each([
    ['2044-05-12', '440512', '440230'],
    ['2055-06-15', '20550615', '20550631'],
  ])('that ends on a day (%s) which the calendar does not have is none', (day, written, never) => {
    const { certificate } = ca.card({ notAfter: Date.parse(day) })
    expect(readCertificate(certificate)!.notAfter).toBe(Date.parse(day))
    const changed = Buffer.from(certificate)
    changed.write(never, certificate.indexOf(`${written}000000Z`), 'latin1')
    expect(readCertificate(changed)).toBeUndefined()
  })

  test('with an extension twice is none', () => {
    const twice = { oid: '2.5.29.37', critical: false, der: Buffer.from('300a06082b06010505070302', 'hex') }
    expect(readCertificate(ca.card({ more: [twice] }).certificate)).toBeUndefined()
    expect(readCertificate(ca.card({ extendedKeyUsage: undefined as never, more: [twice] }).certificate)).toBeDefined()
  })

  test('with any byte changed is none, or says what the library reads in it', () => {
    const { certificate } = ca.card({ curve: 'P-256' })
    for (let at = 0; at < certificate.length; at++) {
      const changed = Buffer.from(certificate)
      changed[at]! ^= [0x01, 0x20, 0x80][at % 3]!
      const read = readCertificate(changed)
      if (!read) continue
      expect(read.der.equals(changed)).toBe(true)
      expect(byUs(read)).toEqual(bySchema(changed))
    }
  })

  test('with an extension that is not written in DER, or of other items, is none', () => {
    const usage = '2.5.29.37'
    const read = (hex: string) =>
      readCertificate(
        ca.card({
          extendedKeyUsage: undefined as never,
          more: [{ oid: usage, critical: false, der: Buffer.from(hex, 'hex') }],
        }).certificate,
      )
    expect(read('300a06082b06010505070302')!.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    const wrong = {
      'something after it': '300a06082b060105050703020500',
      'a length in a longer form': '30810a06082b06010505070302',
      'no end': '308006082b060105050703020000',
      'a text for an OID': '30130c11312e332e362e312e352e352e372e332e32',
      'an OID not in its shortest form': '300b06092b8006010505070302',
      'another tag': 'b00a06082b06010505070302',
    }
    for (const hex of Object.values(wrong)) expect(read(hex)).toBeUndefined()
  })
})
