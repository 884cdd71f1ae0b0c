import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import {
  type Contents,
  type Issuer,
  makeCertificate,
  PURPOSES,
  type Subject,
} from '../../src/demo/cards/certificate.ts'
import { openResponder, type Responder } from '../../src/demo/cards/responder.ts'
import { makeRevocationList, type RevocationList } from '../../src/demo/cards/revocation-list.ts'
import { makeToken, type Token, type Wanted } from '../../src/demo/cards/token.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'

// A national CA for tests: root, issuing CA, cards with anything in them, tokens signed by them, an OCSP responder that
// answers as it is told. Keys and serial numbers are random; times come from the clock that is handed.

export interface TestAuthority extends Issuer {
  /** DER, and the same as PEM for folders of issuers. */
  readonly certificate: Buffer
  readonly pem: string
}

export interface TestCard {
  /** DER */
  readonly certificate: Buffer
  readonly pem: string
  readonly key: KeyObject
  /** As node:crypto prints it: hexadecimal capitals. */
  readonly serial: string
  /** A Web eID token of this card, right in everything unless told otherwise. */
  token(wanted: Pick<Wanted, 'origin' | 'nonce'> & Partial<Wanted>): Token
}

/** What a card has unless told otherwise: an active Estonian person, valid for five years since last year. */
export interface CardWish extends Partial<Omit<Contents, 'publicKey' | 'subject'>> {
  readonly subject?: Subject
  readonly curve?: 'P-256' | 'P-384' | 'P-521'
  /** An RSA key of so many bits instead. */
  readonly rsa?: number
  /** A key made elsewhere (a PKCS#11 token, a weak one). */
  readonly publicKey?: KeyObject
  /** With it, when the card is to sign as well. */
  readonly privateKey?: KeyObject
  /** Signs in place of the issuing CA. */
  readonly issuer?: Issuer
}

export interface TestCardCa {
  readonly root: TestAuthority
  readonly issuing: TestAuthority
  card(wish?: CardWish): TestCard
  /** Another CA with the same names and other keys. */
  twin(): TestCardCa
  /** A CA below the root, or below what is named. */
  authority(name: string, wish?: Partial<Contents>, above?: Issuer): TestAuthority
  revoke(card: TestCard): void
  revocationList(list?: Partial<RevocationList>): Buffer
  /** Listens on a free port; knows all cards made here. */
  responder(settings?: { readonly slow?: number; readonly port?: number }): Promise<Responder>
}

export const DAY = 86_400_000
const YEAR = 365 * DAY

export interface CaWish {
  readonly clock: Clock
  /** Names of root and issuing CA. */
  readonly country?: string
  /** Where the cards say that their responder is. */
  readonly ocsp?: string
}

export function testCardCa({ clock, country = 'EE', ocsp }: CaWish): TestCardCa {
  const known = new Map<string, { serial: Buffer; revoked?: number }>()
  const now = clock.now()
  const named = (name: string): Subject => [
    ['C', country],
    ['O', 'Test of cards'],
    ['CN', name],
  ]

  function authority(name: string, wish: Partial<Contents>, above?: Issuer): TestAuthority {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const subject = wish.subject ?? named(name)
    const contents: Contents = {
      publicKey,
      serial: serialNumber(),
      notBefore: now - 3 * YEAR,
      notAfter: now + 10 * YEAR,
      ca: above ? { below: 0 } : {},
      keyUsage: ['keyCertSign', 'cRLSign'],
      ...wish,
      subject,
    }
    const certificate = makeCertificate(contents, above ?? { subject, key: privateKey })
    return { subject, key: privateKey, certificate, pem: pemOf(certificate) }
  }

  const root = authority('Test root of cards', {})
  const issuing = authority('Test CA of cards', {}, root)

  function card({ curve = 'P-384', rsa, publicKey, privateKey, issuer = issuing, ...wish }: CardWish = {}): TestCard {
    const made = rsa
      ? generateKeyPairSync('rsa', { modulusLength: rsa })
      : generateKeyPairSync('ec', { namedCurve: curve })
    const serial = wish.serial ?? serialNumber()
    const contents: Contents = {
      subject: PERSON,
      publicKey: publicKey ?? made.publicKey,
      serial,
      notBefore: now - YEAR,
      notAfter: now + 4 * YEAR,
      keyUsage: ['digitalSignature', 'keyAgreement'],
      extendedKeyUsage: [PURPOSES.clientAuth, PURPOSES.emailProtection],
      ...(ocsp !== undefined && { ocsp }),
      ...wish,
    }
    const certificate = makeCertificate(contents, issuer)
    const hexadecimal = serial.toString('hex').toUpperCase()
    known.set(hexadecimal, { serial })
    return {
      certificate,
      pem: pemOf(certificate),
      key: privateKey ?? made.privateKey,
      serial: hexadecimal,
      token: (wanted) => makeToken({ certificate, key: privateKey ?? made.privateKey, ...wanted }),
    }
  }

  const statusOf = (serial: string) => {
    const found = known.get(serial)
    if (!found) return 'unknown'
    return found.revoked === undefined ? 'good' : 'revoked'
  }

  return {
    root,
    issuing,
    card,
    twin: () => testCardCa({ clock, country, ...(ocsp !== undefined && { ocsp }) }),
    authority: (name, wish = {}, above = root) => authority(name, wish, above),
    revoke({ serial }) {
      known.get(serial)!.revoked = clock.now()
    },
    revocationList(list = {}) {
      const revoked = [...known.values()].flatMap(({ serial, revoked: at }) =>
        at === undefined ? [] : [{ serial, at }],
      )
      return makeRevocationList({ thisUpdate: clock.now(), number: 1, revoked, ...list }, issuing)
    },
    async responder({ slow, port = 0 } = {}) {
      const needs = { authority: issuing, statusOf, port, clock, random: systemRandom } as const
      const responder = openResponder({ ...needs, ...(slow !== undefined && { slow }) })
      await responder.listen()
      return responder
    },
  }
}

/** Somebody of the demo's register, in the manner of an Estonian card of 2018. */
export const PERSON: Subject = [
  ['C', 'EE'],
  ['CN', 'NÄIDIS,ÕNNE-MARI,60001019906'],
  ['SN', 'NÄIDIS'],
  ['GN', 'ÕNNE-MARI'],
  ['serialNumber', 'PNOEE-60001019906'],
]

const serialNumber = (): Buffer => Buffer.concat([Buffer.of(0x21), systemRandom.bytes(11)])
const pemOf = (der: Buffer): string => new X509Certificate(der).toString()
