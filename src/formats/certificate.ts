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
  type Extension,
  type GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_pe_authorityInfoAccess,
  KeyUsage,
  type Name,
  NameConstraints,
  Certificate as Schema,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509'
import { type Element, element, elements } from './der.ts'
import { parsed } from './schema.ts'

// What a certificate says (RFC 5280), read and not judged: whether anybody should believe it is for whoever asks. Two
// readers must agree that it is one: node:crypto, which also checks signatures, and the schema library, which knows
// extensions. That one is kind to what is not DER, so we say no to it first. The price: 0012.

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
  const { tbsCertificate: tbs } = parsed(der, Schema)
  const [issuer, subject] = namesIn(der)
  return {
    der,
    x509,
    subject: attributes(tbs.subject),
    issuer: attributes(tbs.issuer),
    issuerDer: issuer.whole,
    subjectDer: subject.whole,
    serial: x509.serialNumber,
    notBefore: tbs.validity.notBefore.getTime().getTime(),
    notAfter: tbs.validity.notAfter.getTime().getTime(),
    publicKeyBytes: Buffer.from(tbs.subjectPublicKeyInfo.subjectPublicKey),
    ...extensionsOf(Array.from(tbs.extensions ?? [])),
  }
}

const VERSION = 0xa0

/** Issuer and subject as they are encoded, which the library doesn't keep. */
function namesIn(der: Buffer): [Element, Element] {
  const [tbs] = elements(element(der).content)
  const [, , issuer, , subject] = elements(tbs!.content).filter(({ tag }) => tag !== VERSION)
  return [issuer!, subject!]
}

function extensionsOf(list: readonly Extension[]) {
  const byId = new Map(list.map((extension) => [extension.extnID, extension]))
  if (byId.size < list.length) throw new RangeError('an extension stands twice (RFC 5280 §4.2)')
  const value = <T>(id: string, kind: new () => T, shape?: RegExp): T | undefined => {
    const found = byId.get(id)
    return found && parsed(Buffer.from(found.extnValue.buffer), kind, shape)
  }
  const usage = value(id_ce_keyUsage, KeyUsage)?.toNumber()
  const purposes = value(id_ce_extKeyUsage, ExtendedKeyUsage, OIDS)
  const basic = value(id_ce_basicConstraints, BasicConstraints)
  const constraints = value(id_ce_nameConstraints, NameConstraints)
  const authority = value(id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier)?.keyIdentifier
  const subjectKey = value(id_ce_subjectKeyIdentifier, SubjectKeyIdentifier)
  // Plain arrays: the schema's own lists would hand their class on to whatever is mapped from them.
  const all = <T>(found: Iterable<T> | undefined): T[] => Array.from(found ?? [])
  const access = all(value(id_pe_authorityInfoAccess, AuthorityInfoAccessSyntax))
  const lists = all(value(id_ce_cRLDistributionPoints, CRLDistributionPoints))
  const policies = all(value(id_ce_certificatePolicies, CertificatePolicies))
  return {
    ...(usage !== undefined && {
      keyUsage: new Set((Object.keys(USAGES) as Usage[]).filter((name) => (usage & USAGES[name]) !== 0)),
    }),
    ...(purposes && { extendedKeyUsage: [...purposes] }),
    policies: policies.map(({ policyIdentifier }) => policyIdentifier),
    ca: basic?.cA ?? false,
    noCheck: byId.has(id_pkix_ocsp_nocheck),
    ...(basic?.pathLenConstraint !== undefined && { pathLength: Math.min(basic.pathLenConstraint, LONGEST) }),
    ...(authority && { authorityKeyId: Buffer.from(authority.buffer) }),
    ...(subjectKey && { subjectKeyId: Buffer.from(subjectKey.buffer) }),
    ocspUrls: access.flatMap(({ accessMethod, accessLocation }) =>
      accessMethod === OCSP ? addresses([accessLocation]) : [],
    ),
    crlUrls: lists.flatMap(({ distributionPoint }) => addresses(distributionPoint?.fullName ?? [])),
    alternativeNames: all(value(id_ce_subjectAltName, SubjectAlternativeName)).map(formOf),
    ...(constraints && {
      nameConstraints: {
        permitted: all(constraints.permittedSubtrees).map(({ base }) => formOf(base)),
        excluded: all(constraints.excludedSubtrees).map(({ base }) => formOf(base)),
      },
    }),
    unknownCritical: list.flatMap(({ critical, extnID }) => (critical && !UNDERSTOOD.has(extnID) ? [extnID] : [])),
  }
}

const addresses = (names: readonly GeneralName[]): string[] =>
  names.flatMap(({ uniformResourceIdentifier }) => uniformResourceIdentifier ?? [])

const attributes = (name: Name): Attribute[] =>
  Array.from(name).flatMap((relative) =>
    Array.from(relative).map(({ type, value }) => ({ type: SHORT[type] ?? type, value: textOf(value) })),
  )

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
