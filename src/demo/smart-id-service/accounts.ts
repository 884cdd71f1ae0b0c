import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Level } from '../../methods/smart-id/wire.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { type Issuer, makeCertificate, type Subject } from '../cards/certificate.ts'

// The accounts of the demo's Smart-ID: a CA, and a certificate for everybody. All of them share one RSA key, which takes a
// minute to make in its real length and belongs to nobody real; it is made once, beside the start, and kept in the data
// folder. The service learns of the CA through the folder of issuers alone.

export interface Owner {
  readonly scheme: string
  readonly code: string
  readonly given?: string | undefined
  readonly family?: string | undefined
}

export interface Account extends Owner {
  /** `PNOEE-40404040009-DEMO-Q` */
  readonly document: string
  readonly level: Level
}

export interface Issued {
  /** DER */
  readonly certificate: Buffer
  readonly key: KeyObject
  /** In hexadecimal capitals. */
  readonly serial: string
}

/** What a certificate of a real account never is, for the tests. */
export interface Odd {
  /** Of how the profile was before April 2025. */
  readonly old?: true
  readonly level?: Level
  readonly expired?: true
  readonly forSigningDocuments?: true
  /** By somebody who calls himself like the CA. */
  readonly forged?: true
  readonly owner?: Owner
  readonly document?: string
}

export interface Accounts {
  readonly issuing: Issuer & { readonly certificate: Buffer }
  /** Waits for the key. */
  issue(account: Account, odd?: Odd): Promise<Issued>
  statusOf(serial: string): 'good' | 'revoked' | 'unknown'
  setStatus(serial: string, status: 'revoked' | 'unknown'): void
  /** Writes what the service must know: the CA's certificate and one line about it, with its responder's address. */
  writeIssuers(folder: string, ocsp: string): void
}

export interface Needs {
  readonly data: string
  /** The key of all accounts, when it is there. */
  readonly key: () => Promise<KeyObject>
  readonly clock: Clock
  readonly random: Random
}

const POLICIES: Readonly<Record<Level, readonly string[]>> = {
  QUALIFIED: ['1.3.6.1.4.1.10015.17.2', '0.4.0.2042.1.2'],
  ADVANCED: ['1.3.6.1.4.1.10015.17.1', '0.4.0.2042.1.1'],
}
const NEW_PURPOSE = '1.3.6.1.4.1.62306.5.7.0'
const OLD_PURPOSE = '1.3.6.1.5.5.7.3.2'
const DAY = 86_400_000
const YEAR = 365 * DAY
const FILE = 'demo-smart-id-ca.json'
const ISSUING: Subject = [
  ['C', 'TH'],
  ['O', 'Pratu demo'],
  ['CN', 'Demo Smart-ID accounts'],
]

export function openAccounts({ data, key, clock, random }: Needs): Accounts {
  const kept = established(data, clock, random)
  const issuing: Issuer & { certificate: Buffer } = {
    subject: ISSUING,
    key: createPrivateKey(kept.key),
    certificate: new X509Certificate(kept.certificate).raw,
  }
  const serials = new Map<string, 'good' | 'revoked' | 'unknown'>()
  const issued = new Map<string, Promise<Issued>>()

  async function make(account: Account, odd: Odd): Promise<Issued> {
    const accountKey = await key()
    const now = clock.now()
    const serial = serialNumber(random)
    const { scheme, code, given, family } = odd.owner ?? account
    const contents = {
      subject: subjectOf({ scheme, code, given, family }),
      publicKey: accountKey,
      serial,
      notBefore: odd.expired ? now - 2 * YEAR : now - DAY,
      notAfter: odd.expired ? now - DAY : now + 3 * YEAR,
      keyUsage: odd.forSigningDocuments
        ? (['nonRepudiation'] as const)
        : odd.old
          ? (['digitalSignature', 'keyEncipherment', 'dataEncipherment'] as const)
          : (['digitalSignature'] as const),
      ...(!odd.forSigningDocuments && { extendedKeyUsage: [odd.old ? OLD_PURPOSE : NEW_PURPOSE] }),
      policies: POLICIES[odd.level ?? account.level],
      // The document number stands here alone.
      alternative: [['CN', odd.document ?? account.document]] satisfies Subject,
    }
    const signer = odd.forged
      ? { ...issuing, key: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey }
      : issuing
    const certificate = makeCertificate(contents, signer)
    const name = new X509Certificate(certificate).serialNumber
    serials.set(name, 'good')
    return { certificate, key: accountKey, serial: name }
  }

  return {
    issuing,
    issue(account, odd) {
      if (odd) return make(account, odd)
      const before = issued.get(account.document) ?? make(account, {})
      issued.set(account.document, before)
      before.catch(() => issued.delete(account.document))
      return before
    },
    statusOf: (serial) => serials.get(serial) ?? 'unknown',
    setStatus: (serial, status) => void serials.set(serial, status),
    writeIssuers(folder, ocsp) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, 'smart-id.pem'), kept.certificate)
      const words = [
        'demo-smart-id',
        'ca=smart-id.pem',
        'schemes=TH,EE,LV,LT,BE',
        'assurance=high',
        `ocsp=${ocsp}`,
        'test',
      ]
      writeFileSync(join(folder, 'issuers.txt'), `# The demo's own, written anew at every start.\n${words.join(' ')}\n`)
    },
  }
}

interface Kept {
  readonly certificate: string
  readonly key: string
}

function established(data: string, clock: Clock, random: Random): Kept {
  const path = join(data, FILE)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Kept
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const now = clock.now()
  const der = makeCertificate(
    {
      subject: ISSUING,
      publicKey,
      ca: { below: 0 },
      serial: serialNumber(random),
      notBefore: now - DAY,
      notAfter: now + 20 * YEAR,
      keyUsage: ['keyCertSign', 'cRLSign'],
    },
    { subject: ISSUING, key: privateKey },
  )
  const kept = {
    certificate: new X509Certificate(der).toString(),
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  }
  mkdirSync(data, { recursive: true })
  // Beside and then into place: an interrupted first start leaves nothing half written.
  writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return kept
}

function subjectOf({ scheme, code, given, family }: Owner): Subject {
  return [
    ['C', scheme],
    ['CN', [family, given].filter(Boolean).join(',') || code],
    ...(family ? [['SN', family] as const] : []),
    ...(given ? [['GN', given] as const] : []),
    ['serialNumber', `PNO${scheme}-${code}`],
  ]
}

/** Always as long as written: the first byte is neither zero nor negative. */
const serialNumber = (random: Random): Buffer => Buffer.concat([Buffer.of(0x40), random.bytes(15)])
