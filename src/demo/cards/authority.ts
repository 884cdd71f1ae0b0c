import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { type Contents, type Issuer, makeCertificate, PURPOSES, type Subject } from './certificate.ts'

// The invented country's card authority: a root, an issuing CA, and a card for every person of the demo. Made at the first
// start and kept in the data folder, as a real one is kept by somebody else: nothing of it is committed, every clone has
// its own. The service learns of it through the folder of issuers alone, as it would of a real country's.

export interface Holder {
  readonly scheme: string
  readonly code: string
  readonly kind: string
  /** As printed on the card. */
  readonly given?: string | undefined
  readonly family?: string | undefined
}

export interface Card {
  readonly scheme: string
  readonly code: string
  /** DER */
  readonly certificate: Buffer
  readonly key: KeyObject
  /** In hexadecimal capitals. */
  readonly serial: string
}

export interface Certified {
  /** DER */
  readonly certificate: Buffer
  /** In hexadecimal capitals. */
  readonly serial: string
}

/** A line of the issuers' file besides the cards': for the same CA, under other policies. */
export interface IssuerLine {
  readonly id: string
  readonly policies: readonly string[]
}

export interface CardAuthority {
  readonly issuing: Issuer & { readonly certificate: Buffer }
  readonly cards: readonly Card[]
  /**
   * A certificate for what is no card, a telephone's SIM: by the same CA and until the next start, known to its responder.
   * @param contents as `makeCertificate`; the CA adds the serial number.
   */
  certify(contents: Omit<Contents, 'serial'>): Certified
  /** @param serial in hexadecimal capitals. */
  revoke(serial: string): void
  /** The truth about the certificate with this serial number. */
  statusOf(serial: string): 'good' | 'revoked' | 'unknown'
  /** Writes what the service must know: the CA's certificates and one line about them, with its responder's address. */
  writeIssuers(folder: string, ocsp: string, line?: IssuerLine): void
}

/** Invented: 2.999 is the arc for examples (ITU-T X.660). */
const POLICIES = { citizen: '2.999.1.1', eResident: '2.999.1.2' } as const
const DAY = 86_400_000
const YEAR = 365 * DAY

const ROOT: Subject = [
  ['C', 'TH'],
  ['O', 'Pratu demo'],
  ['CN', 'Demo national root'],
]
const ISSUING: Subject = [
  ['C', 'TH'],
  ['O', 'Pratu demo'],
  ['CN', 'Demo national cards'],
]

interface Kept {
  readonly root: { readonly certificate: string }
  readonly issuing: { readonly certificate: string; readonly key: string }
  readonly cards: readonly { scheme: string; code: string; certificate: string; key: string }[]
}

const FILE = 'demo-cards.json'

/** People who came since the last start get their card now. */
export function openCardAuthority(
  data: string,
  holders: readonly Holder[],
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): CardAuthority {
  const path = join(data, FILE)
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept) : establish(clock, random)
  const issuer: Issuer = { subject: ISSUING, key: createPrivateKey(before.issuing.key) }
  const missing = holders.filter(
    ({ scheme, code }) => !before.cards.some((card) => card.scheme === scheme && card.code === code),
  )
  const kept = { ...before, cards: [...before.cards, ...missing.map((holder) => issue(holder, issuer, clock, random))] }
  if (missing.length > 0) {
    // Beside and then into place: an interrupted first start leaves nothing half written.
    writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const cards = kept.cards.map((card): Card => {
    const { raw, serialNumber } = new X509Certificate(card.certificate)
    const { scheme, code } = card
    return { scheme, code, certificate: raw, key: createPrivateKey(card.key), serial: serialNumber }
  })
  const known = new Map<string, 'good' | 'revoked'>(cards.map(({ serial }) => [serial, 'good']))
  return {
    issuing: { ...issuer, certificate: new X509Certificate(kept.issuing.certificate).raw },
    cards,
    certify(contents) {
      const certificate = makeCertificate({ ...contents, serial: serialNumber(random) }, issuer)
      const serial = new X509Certificate(certificate).serialNumber
      known.set(serial, 'good')
      return { certificate, serial }
    },
    revoke: (serial) => void known.set(serial, 'revoked'),
    statusOf: (serial) => known.get(serial) ?? 'unknown',
    writeIssuers(folder, ocsp, line) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, 'root.pem'), kept.root.certificate)
      writeFileSync(join(folder, 'cards.pem'), kept.issuing.certificate)
      const policies = line?.policies ?? [POLICIES.citizen, POLICIES.eResident]
      const words = [
        line?.id ?? 'demo',
        'ca=cards.pem,root.pem',
        line ? 'schemes=TH,EE,LT' : 'schemes=TH,EE',
        'assurance=high',
        `policies=${policies.join(',')}`,
        ...(line ? [] : [`e-residents=${POLICIES.eResident}`]),
        `ocsp=${ocsp}`,
        'test',
      ]
      writeFileSync(join(folder, 'issuers.txt'), `# The demo's own, written anew at every start.\n${words.join(' ')}\n`)
    },
  }
}

function establish(clock: Clock, random: Random): Kept {
  const root = pair('P-384')
  const issuing = pair('P-384')
  const now = clock.now()
  const authority = (contents: Pick<Contents, 'subject' | 'publicKey' | 'ca'>): string =>
    pem(
      makeCertificate(
        {
          ...contents,
          serial: serialNumber(random),
          notBefore: now - DAY,
          notAfter: now + 20 * YEAR,
          keyUsage: ['keyCertSign', 'cRLSign'],
        },
        { subject: ROOT, key: root.privateKey },
      ),
    )
  return {
    root: { certificate: authority({ subject: ROOT, publicKey: root.publicKey, ca: {} }) },
    issuing: {
      certificate: authority({ subject: ISSUING, publicKey: issuing.publicKey, ca: { below: 0 } }),
      key: text(issuing.privateKey),
    },
    cards: [],
  }
}

/** In the manner of the Estonian card of 2018: P-384, the identifier in the serial number (ETSI EN 319 412-1 §5.1.3). */
function issue(holder: Holder, issuer: Issuer, clock: Clock, random: Random): Kept['cards'][number] {
  const { scheme, code, kind } = holder
  const { publicKey, privateKey } = pair('P-384')
  const now = clock.now()
  const family = holder.family?.toUpperCase()
  const given = holder.given?.toUpperCase()
  const certificate = makeCertificate(
    {
      subject: [
        ['C', scheme],
        ['CN', [family, given, code].filter(Boolean).join(',')],
        ...(family ? [['SN', family] as const] : []),
        ...(given ? [['GN', given] as const] : []),
        ['serialNumber', `PNO${scheme}-${code}`],
      ],
      publicKey,
      serial: serialNumber(random),
      notBefore: now - DAY,
      notAfter: now + 5 * YEAR,
      keyUsage: ['digitalSignature', 'keyAgreement'],
      extendedKeyUsage: [PURPOSES.clientAuth],
      policies: [kind === 'e-resident' ? POLICIES.eResident : POLICIES.citizen],
    },
    issuer,
  )
  return { scheme, code, certificate: pem(certificate), key: text(privateKey) }
}

const pair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const text = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }))
const pem = (der: Buffer): string => new X509Certificate(der).toString()

/** Always as long as written: the first byte is neither zero nor negative. */
const serialNumber = (random: Random): Buffer => Buffer.concat([Buffer.of(0x40), random.bytes(15)])
