import { X509Certificate } from 'node:crypto'
import {
  type Attribute,
  attributesIn,
  flagsIn,
  itemsIn,
  type NameForm,
  nameFormOf,
  of,
  oidText,
  TAG,
} from './certificate-parts.ts'
import { type Element, element, elements } from './der.ts'

// What a certificate says (RFC 5280), read and not judged: whether anybody should believe it is for whoever asks. Two
// readers must agree that it is one: node:crypto, which also checks signatures, and ours, which knows extensions.

const USAGES = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
  keyCertSign: 32,
  cRLSign: 64,
  encipherOnly: 128,
  decipherOnly: 256,
} as const

export type Usage = keyof typeof USAGES

export interface Certificate {
  readonly der: Buffer
  readonly x509: X509Certificate
  /** In the order of the encoding; names of several attributes are laid flat. */
  readonly subject: readonly Attribute[]
  readonly issuer: readonly Attribute[]
  /** The names as they are encoded, for comparing. */
  readonly issuerDer: Buffer
  readonly subjectDer: Buffer
  /** Upper-case hexadecimal, as node:crypto prints it. */
  readonly serial: string
  /** Epoch milliseconds, both inclusive. */
  readonly notBefore: number
  readonly notAfter: number
  /** Absent where the extension is. */
  readonly keyUsage?: ReadonlySet<Usage>
  readonly extendedKeyUsage?: readonly string[]
  /** OIDs; empty where the extension is absent. */
  readonly policies: readonly string[]
  readonly ca: boolean
  /** How many CA certificates may follow below this one. */
  readonly pathLength?: number
  readonly authorityKeyId?: Buffer
  readonly subjectKeyId?: Buffer
  readonly ocspUrls: readonly string[]
  readonly crlUrls: readonly string[]
  /** Content of the key's BIT STRING: what OCSP hashes as issuerKeyHash (RFC 6960 §4.1.1). */
  readonly publicKeyBytes: Buffer
  readonly alternativeNames: readonly NameForm[]
  readonly nameConstraints?: { readonly permitted: readonly NameForm[]; readonly excluded: readonly NameForm[] }
  /** OIDs of critical extensions that nothing here understands: who relies on the certificate must refuse it then. */
  readonly unknownCritical: readonly string[]
}

const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlPoints: '2.5.29.31',
  policies: '2.5.29.32',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  access: '1.3.6.1.5.5.7.1.1',
} as const
const OCSP = '1.3.6.1.5.5.7.48.1'
/** Those that a path check heeds; another that is critical forbids relying on the certificate. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.policies,
  EXTENSION.basicConstraints,
  EXTENSION.nameConstraints,
  EXTENSION.alternativeName,
])
const PEM = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/

/**
 * @param bytes DER, or PEM with one certificate in it.
 * @returns undefined for what is not exactly one X.509 certificate: cut off, something after it, an extension twice.
 */
export function readCertificate(bytes: Buffer | string): Certificate | undefined {
  const pem = PEM.exec(typeof bytes === 'string' ? bytes : bytes[0] === 0x30 ? '' : bytes.toString('latin1'))
  const der = pem ? Buffer.from(pem[1]!, 'base64') : Buffer.from(bytes as Buffer)
  try {
    return read(der)
  } catch {
    return undefined
  }
}

function read(der: Buffer): Certificate {
  const x509 = new X509Certificate(der)
  const [tbs] = itemsIn(der)
  const parts = elements(of(TAG.sequence, tbs)).filter(({ tag }) => tag !== VERSION)
  const [, , issuer, , subject, key] = parts
  const extensions = parts.find(({ tag }) => tag === EXTENSIONS)
  return {
    der,
    x509,
    subject: attributesIn(of(TAG.sequence, subject)),
    issuer: attributesIn(of(TAG.sequence, issuer)),
    issuerDer: issuer!.whole,
    subjectDer: subject!.whole,
    serial: x509.serialNumber,
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    // The first content byte of a BIT STRING counts unused bits; a key has none.
    publicKeyBytes: of(TAG.bits, elements(of(TAG.sequence, key))[1]).subarray(1),
    ...extensionsOf(extensions ? itemsIn(extensions.content).map(extensionOf) : []),
  }
}

const VERSION = 0xa0
const EXTENSIONS = 0xa3

interface Extension {
  readonly id: string
  readonly critical: boolean
  /** DER of what the extension says. */
  readonly value: Buffer
}

function extensionOf(found: Element): Extension {
  const [id, ...rest] = elements(of(TAG.sequence, found))
  const critical = rest[0]?.tag === TAG.boolean && rest.shift()?.content[0] === 0xff
  if (rest.length !== 1) throw new RangeError('not an extension')
  return { id: oidText(of(TAG.oid, id)), critical, value: of(TAG.octets, rest[0]) }
}

function extensionsOf(list: readonly Extension[]) {
  const byId = new Map(list.map(({ id, value }) => [id, value]))
  if (byId.size < list.length) throw new RangeError('an extension stands twice (RFC 5280 §4.2)')
  const items = (id: string): Element[] => {
    const value = byId.get(id)
    return value ? itemsIn(value) : []
  }
  const usage = byId.get(EXTENSION.keyUsage)
  const flags = usage && flagsIn(of(TAG.bits, element(usage)))
  const authorityKeyId = items(EXTENSION.authorityKeyId).find(({ tag }) => tag === 0x80)?.content
  const subjectKey = byId.get(EXTENSION.subjectKeyId)
  const constraints = items(EXTENSION.nameConstraints)
  const subtrees = (tag: number): NameForm[] =>
    constraints.flatMap((found) => (found.tag === tag ? elements(found.content).map(subtreeOf) : []))
  return {
    ...(flags !== undefined && {
      keyUsage: new Set((Object.keys(USAGES) as Usage[]).filter((name) => (flags & USAGES[name]) !== 0)),
    }),
    ...(byId.has(EXTENSION.extendedKeyUsage) && {
      extendedKeyUsage: items(EXTENSION.extendedKeyUsage).map((purpose) => oidText(of(TAG.oid, purpose))),
    }),
    policies: items(EXTENSION.policies).map((policy) => oidText(of(TAG.oid, elements(of(TAG.sequence, policy))[0]))),
    ...basicOf(items(EXTENSION.basicConstraints)),
    ...(authorityKeyId && { authorityKeyId }),
    ...(subjectKey && { subjectKeyId: of(TAG.octets, element(subjectKey)) }),
    ocspUrls: items(EXTENSION.access).flatMap((access) => {
      const [kind, where] = elements(of(TAG.sequence, access))
      return where && oidText(of(TAG.oid, kind)) === OCSP ? addresses([where]) : []
    }),
    crlUrls: items(EXTENSION.crlPoints).flatMap((point) => pointOf(elements(of(TAG.sequence, point)))),
    alternativeNames: items(EXTENSION.alternativeName).map(nameFormOf),
    ...(constraints.length > 0 && { nameConstraints: { permitted: subtrees(0xa0), excluded: subtrees(0xa1) } }),
    unknownCritical: list.flatMap(({ critical, id }) => (critical && !UNDERSTOOD.has(id) ? [id] : [])),
  }
}

/** SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function basicOf(parts: readonly Element[]): { ca: boolean; pathLength?: number } {
  const ca = parts[0]?.tag === TAG.boolean && parts[0].content[0] === 0xff
  const length = parts.find(({ tag }) => tag === TAG.integer)?.content
  // One of more than a byte is longer than any path here.
  return { ca, ...(length && { pathLength: length.length === 1 ? length[0]! : 255 }) }
}

/** The base of a GeneralSubtree; its distances are never used (RFC 5280 §4.2.1.10). */
function subtreeOf(found: Element): NameForm {
  const [base] = elements(of(TAG.sequence, found))
  if (!base) throw new RangeError('a subtree without a base')
  return nameFormOf(base)
}

/** The addresses of a DistributionPoint: [0] { [0] fullName }. */
function pointOf(parts: readonly Element[]): string[] {
  const name = parts.find(({ tag }) => tag === 0xa0)
  const full = name && elements(name.content).find(({ tag }) => tag === 0xa0)
  return full ? addresses(elements(full.content)) : []
}

const addresses = (names: readonly Element[]): string[] =>
  names.map(nameFormOf).flatMap((name) => (name.form === 'uri' ? [name.text] : []))
