import { X509Certificate } from 'node:crypto'
import { id_pkix_ocsp_nocheck } from '@peculiar/asn1-ocsp'
import {
  type AttributeValue,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  ExtendedKeyUsage,
  type GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_pe_authorityInfoAccess,
  KeyUsage,
  Name,
  NameConstraints,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509'
import { type Element, element, elements, mustBeDer, shapeOf } from './der.ts'
import { type Extension, extensionsIn } from './extension.ts'
import { oidIn, parsed, remembered } from './schema.ts'

// What a certificate says (RFC 5280), read and not judged: whether anybody should believe it is for whoever asks. node:crypto
// takes it apart, so that it is one to the last byte, and checks signatures; what node:crypto doesn't show is cut out as it is
// encoded and read by the schema library. That one is kind to what is not DER, so we say no to it first. The price: 0012.

/** One attribute of a name; `type` is its usual short name (`CN`, `SN`, `GN`, `serialNumber` …) or its OID. */
export interface Attribute {
  readonly type: string
  readonly value: string
}

export type NameForm =
  | { readonly form: 'directory'; readonly name: readonly Attribute[] }
  | { readonly form: 'email' | 'dns' | 'uri' | 'ip'; readonly text: string }
  /** Of a form that nothing here can compare. */
  | { readonly form: 'other' }

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
  /** A responder's, for which its CA vouches until it ends (id-pkix-ocsp-nocheck, RFC 6960 §4.2.2.2.1). */
  readonly noCheck: boolean
  /** How many CA certificates may follow below this one. */
  readonly pathLength?: number
  readonly authorityKeyId?: Buffer
  readonly ocspUrls: readonly string[]
  readonly crlUrls: readonly string[]
  /** The SubjectPublicKeyInfo as it is encoded, as node:crypto would export it, for which that takes 75 µs. */
  readonly publicKeyDer: Buffer
  /** Content of the key's BIT STRING: what OCSP hashes as issuerKeyHash (RFC 6960 §4.1.1). */
  readonly publicKeyBytes: Buffer
  readonly alternativeNames: readonly NameForm[]
  readonly nameConstraints?: { readonly permitted: readonly NameForm[]; readonly excluded: readonly NameForm[] }
  /** OIDs of critical extensions that nothing here understands: who relies on the certificate must refuse it then. */
  readonly unknownCritical: readonly string[]
}

const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

const OCSP = '1.3.6.1.5.5.7.48.1'
const UNDERSTOOD = new Set([
  id_ce_keyUsage,
  id_ce_extKeyUsage,
  id_ce_certificatePolicies,
  id_ce_basicConstraints,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
])
/** The library takes items of any kind for identifiers. */
const OIDS = /^30\((?:06)+\)$/
/** Longer than any path here; and the library gives long numbers as text, which this makes a number of. */
const LONGEST = 255
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
  mustBeDer(der)
  // node:crypto has found every part at its place.
  const [tbs] = elements(element(der).content)
  const [, , issuer, validity, subject, key, ...more] = elements(tbs!.content).filter(({ tag }) => tag !== VERSION)
  const extensions = more.find(({ tag }) => tag === EXTENSIONS)
  const [from, until] = elements(validity!.content)
  return {
    der,
    x509,
    subject: attributesIn(subject!),
    issuer: attributesIn(issuer!),
    issuerDer: issuer!.whole,
    subjectDer: subject!.whole,
    serial: x509.serialNumber,
    notBefore: checkedTime(x509.validFromDate, from!),
    notAfter: checkedTime(x509.validToDate, until!),
    publicKeyDer: key!.whole,
    // The first byte says how many bits of the last are none: there are none of those in a key.
    publicKeyBytes: elements(key!.content)[1]!.content.subarray(1),
    ...said(extensions ? extensionsIn(element(extensions.content).content) : []),
  }
}

const VERSION = 0xa0
const EXTENSIONS = 0xa3
const UTC_TIME = 0x17

/** @throws RangeError where it isn't what was written: for a time that there isn't, node:crypto gives just any. */
function checkedTime(read: Date, { tag, content }: Element): number {
  const text = read.toISOString().replace(/[-:T]|\.000/g, '')
  if (content.toString('latin1') !== (tag === UTC_TIME ? text.slice(2) : text)) throw new RangeError('not a time')
  return read.getTime()
}

/**
 * A name that node:crypto has found to be one. Its texts in the two usual forms need no library, which takes longer for a name
 * than a responder's signature takes to check; all others are for it to read.
 */
function attributesIn({ whole, content }: Element): readonly Attribute[] {
  if (!USUAL.test(shapeOf(whole))) return attributes(parsed(whole, Name))
  return elements(content)
    .flatMap((relative) => elements(relative.content))
    .map(({ content: pair }) => {
      const [type, { tag, content: text }] = elements(pair) as [Element, Element]
      return attribute(oidIn(type.whole), text.toString(tag === UTF8 ? 'utf8' : 'latin1'))
    })
}

const UTF8 = 0x0c
/** As `shapeOf` writes it: of UTF8Strings and PrintableStrings. */
const USUAL = /^30\((?:31\((?:30\(06(?:0c|13)\))+\))+\)$/

type Said = Omit<
  Certificate,
  | 'der'
  | 'x509'
  | 'subject'
  | 'issuer'
  | 'issuerDer'
  | 'subjectDer'
  | 'serial'
  | 'notBefore'
  | 'notAfter'
  | 'publicKeyBytes'
  | 'publicKeyDer'
>

function said(list: readonly Extension[]): Said {
  if (new Set(list.map(({ id }) => id)).size < list.length)
    throw new RangeError('an extension stands twice (RFC 5280 §4.2)')
  return Object.assign(
    { policies: [], ca: false, noCheck: false, ocspUrls: [], crlUrls: [], alternativeNames: [] },
    ...list.map(({ id, value }) => (Object.hasOwn(MEANINGS, id) ? MEANINGS[id]!(value) : {})),
    { unknownCritical: list.flatMap(({ critical, id }) => (critical && !UNDERSTOOD.has(id) ? [id] : [])) },
  ) as Said
}

// Plain arrays: the schema's own lists would hand their class on to whatever is mapped from them.
const all = <T>(found: Iterable<T> | undefined): T[] => Array.from(found ?? [])

/** What an extension adds. One person's own is not worth keeping. */
const MEANINGS: Readonly<Record<string, (value: Buffer) => Partial<Said>>> = {
  [id_ce_keyUsage]: remembered((value) => {
    const usage = parsed(value, KeyUsage).toNumber()
    return { keyUsage: new Set((Object.keys(USAGES) as Usage[]).filter((name) => (usage & USAGES[name]) !== 0)) }
  }),
  [id_ce_extKeyUsage]: remembered((value) => ({ extendedKeyUsage: all(parsed(value, ExtendedKeyUsage, OIDS)) })),
  [id_ce_certificatePolicies]: remembered((value) => ({
    policies: all(parsed(value, CertificatePolicies)).map(({ policyIdentifier }) => policyIdentifier),
  })),
  [id_ce_basicConstraints]: remembered((value) => {
    const { cA, pathLenConstraint: below } = parsed(value, BasicConstraints)
    return { ca: cA, ...(below !== undefined && { pathLength: Math.min(below, LONGEST) }) }
  }),
  [id_ce_nameConstraints]: remembered((value) => {
    const { permittedSubtrees, excludedSubtrees } = parsed(value, NameConstraints)
    return {
      nameConstraints: {
        permitted: all(permittedSubtrees).map(({ base }) => formOf(base)),
        excluded: all(excludedSubtrees).map(({ base }) => formOf(base)),
      },
    }
  }),
  [id_ce_authorityKeyIdentifier]: remembered((value) => {
    const { keyIdentifier } = parsed(value, AuthorityKeyIdentifier)
    return keyIdentifier ? { authorityKeyId: Buffer.from(keyIdentifier.buffer) } : {}
  }),
  [id_pe_authorityInfoAccess]: remembered((value) => ({
    ocspUrls: all(parsed(value, AuthorityInfoAccessSyntax)).flatMap(({ accessMethod, accessLocation }) =>
      accessMethod === OCSP ? addresses([accessLocation]) : [],
    ),
  })),
  [id_ce_cRLDistributionPoints]: remembered((value) => ({
    crlUrls: all(parsed(value, CRLDistributionPoints)).flatMap(({ distributionPoint }) =>
      addresses(distributionPoint?.fullName ?? []),
    ),
  })),
  [id_ce_subjectAltName]: (value) => ({ alternativeNames: all(parsed(value, SubjectAlternativeName)).map(formOf) }),
  [id_pkix_ocsp_nocheck]: () => ({ noCheck: true }),
}

const addresses = (names: readonly GeneralName[]): string[] =>
  names.flatMap(({ uniformResourceIdentifier }) => uniformResourceIdentifier ?? [])

const attributes = (name: Name): Attribute[] =>
  Array.from(name).flatMap((relative) => Array.from(relative).map(({ type, value }) => attribute(type, textOf(value))))

const attribute = (oid: string, value: string): Attribute => ({ type: SHORT[oid] ?? oid, value })

/** NumericString and VisibleString, old ways to write a name that the library hands over as they are encoded. */
const PLAIN: readonly number[] = [0x12, 0x1a]

function textOf(value: AttributeValue): string {
  if (value.universalString !== undefined) throw new RangeError('not a string that names are written in')
  if (value.anyValue === undefined) return value.toString()
  const { tag, content } = element(Buffer.from(value.anyValue))
  if (!PLAIN.includes(tag)) throw new RangeError('not a string that names are written in')
  return content.toString('latin1')
}

function formOf(name: GeneralName): NameForm {
  if (name.directoryName) return { form: 'directory', name: attributes(name.directoryName) }
  if (name.rfc822Name !== undefined) return { form: 'email', text: name.rfc822Name }
  if (name.dNSName !== undefined) return { form: 'dns', text: name.dNSName }
  if (name.uniformResourceIdentifier !== undefined) return { form: 'uri', text: name.uniformResourceIdentifier }
  if (name.iPAddress !== undefined) return { form: 'ip', text: name.iPAddress }
  return { form: 'other' }
}
