import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AccessDescription,
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificatePolicies,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  PolicyInformation,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

// Makes certificates (RFC 5280) as a national CA does, and as it never should: whatever is asked for is written, so that
// the tests can have cards that must be refused. Knows nothing of how the service reads them.

/** In the order in which they stand in the name. */
export type Subject = readonly (readonly [attribute: keyof typeof ATTRIBUTES, value: string])[]

export interface Issuer {
  readonly subject: Subject
  readonly key: KeyObject
}

export interface Contents {
  readonly subject: Subject
  readonly publicKey: KeyObject
  /** Positive, up to 20 bytes. */
  readonly serial: Buffer
  /** Epoch milliseconds; certificates count in seconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** A CA, and how many CAs may stand below it. */
  readonly ca?: { readonly below?: number }
  readonly keyUsage?: readonly (keyof typeof KeyUsageFlags)[]
  readonly extendedKeyUsage?: readonly string[]
  readonly policies?: readonly string[]
  readonly ocsp?: string
  readonly crl?: string
  /** Names below which a CA may, or may not, issue. */
  readonly permitted?: readonly Subject[]
  readonly excluded?: readonly Subject[]
  /** Host names: for the certificate of a TLS server. */
  readonly hosts?: readonly string[]
  /** Another name of its holder, as the document number is. */
  readonly alternative?: Subject
  /** What none of the above says. */
  readonly more?: readonly { readonly oid: string; readonly critical: boolean; readonly der: Buffer }[]
}

export const ATTRIBUTES = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  GN: '2.5.4.42',
  serialNumber: '2.5.4.5',
  organizationIdentifier: '2.5.4.97',
} as const

export const PURPOSES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const

/** @returns DER. */
export function makeCertificate(contents: Contents, issuer: Issuer): Buffer {
  const algorithm = signatureAlgorithm(issuer.key)
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBuffer(integer(contents.serial)),
    signature: algorithm,
    issuer: nameOf(issuer.subject),
    validity: new Validity({ notBefore: moment(contents.notBefore), notAfter: moment(contents.notAfter) }),
    subject: nameOf(contents.subject),
    subjectPublicKeyInfo: publicKeyInfo(contents.publicKey),
    extensions: new Extensions(extensions(contents, issuer)),
  })
  return encoded(
    new Certificate({
      tbsCertificate,
      signatureAlgorithm: algorithm,
      signatureValue: signed(encoded(tbsCertificate), issuer.key),
    }),
  )
}

function extensions(contents: Contents, issuer: Issuer): Extension[] {
  const {
    ca,
    keyUsage,
    extendedKeyUsage,
    policies,
    ocsp,
    crl,
    permitted,
    excluded,
    hosts,
    alternative,
    more = [],
  } = contents
  const made = [
    extension('2.5.29.19', true, new BasicConstraints({ cA: ca !== undefined, ...belowOf(ca) })),
    extension('2.5.29.35', false, new AuthorityKeyIdentifier({ keyIdentifier: keyId(issuer.key) })),
    extension('2.5.29.14', false, new SubjectKeyIdentifier(keyId(contents.publicKey))),
  ]
  if (keyUsage) made.push(extension('2.5.29.15', true, new KeyUsage(flags(keyUsage))))
  if (extendedKeyUsage) made.push(extension('2.5.29.37', false, new ExtendedKeyUsage([...extendedKeyUsage])))
  if (policies) {
    const all = policies.map((policyIdentifier) => new PolicyInformation({ policyIdentifier }))
    made.push(extension('2.5.29.32', false, new CertificatePolicies(all)))
  }
  if (ocsp !== undefined) {
    const answer = new AccessDescription({ accessMethod: '1.3.6.1.5.5.7.48.1', accessLocation: address(ocsp) })
    made.push(extension('1.3.6.1.5.5.7.1.1', false, new AuthorityInfoAccessSyntax([answer])))
  }
  if (crl !== undefined) {
    const distributionPoint = new DistributionPointName({ fullName: [address(crl)] })
    made.push(extension('2.5.29.31', false, new CRLDistributionPoints([new DistributionPoint({ distributionPoint })])))
  }
  if (permitted || excluded) {
    const constraints = new NameConstraints({
      ...(permitted && { permittedSubtrees: subtrees(permitted) }),
      ...(excluded && { excludedSubtrees: subtrees(excluded) }),
    })
    made.push(extension('2.5.29.30', true, constraints))
  }
  if (hosts) {
    const names = hosts.map((dNSName) => new GeneralName({ dNSName }))
    made.push(extension('2.5.29.17', false, new SubjectAlternativeName(names)))
  }
  if (alternative) {
    const name = new GeneralName({ directoryName: nameOf(alternative) })
    made.push(extension('2.5.29.17', false, new SubjectAlternativeName([name])))
  }
  return [
    ...made,
    ...more.map(
      ({ oid, critical, der }) =>
        new Extension({ extnID: oid, critical, extnValue: new OctetString(arrayBuffer(der)) }),
    ),
  ]
}

const belowOf = (ca: Contents['ca']) => (ca?.below === undefined ? {} : { pathLenConstraint: ca.below })

const flags = (usages: readonly (keyof typeof KeyUsageFlags)[]): number =>
  usages.reduce((all, usage) => all | KeyUsageFlags[usage], 0)

const address = (uniformResourceIdentifier: string) => new GeneralName({ uniformResourceIdentifier })

const subtrees = (names: readonly Subject[]): GeneralSubtrees =>
  new GeneralSubtrees(
    names.map((name) => new GeneralSubtree({ base: new GeneralName({ directoryName: nameOf(name) }) })),
  )

export const extension = (extnID: string, critical: boolean, value: object): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })

/** Country and serial number as PrintableString, the rest as UTF-8: as RFC 5280 §4.1.2.4 and real cards have it. */
export function nameOf(subject: Subject): Name {
  const parts = subject.map(([attribute, value]) => {
    const plain = attribute === 'C' || attribute === 'serialNumber'
    const written = new AttributeValue(plain ? { printableString: value } : { utf8String: value })
    return new RelativeDistinguishedName([new AttributeTypeAndValue({ type: ATTRIBUTES[attribute], value: written })])
  })
  return new Name(parts)
}

export const publicKeyInfo = (key: KeyObject): SubjectPublicKeyInfo =>
  AsnConvert.parse(publicHalf(key).export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo)

/** SHA-1 of the key's bits (RFC 5280 §4.2.1.2): also what names the issuer's key in OCSP. */
export const keyHash = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(Buffer.from(publicKeyInfo(key).subjectPublicKey))
    .digest()

const keyId = (key: KeyObject): KeyIdentifier => new KeyIdentifier(arrayBuffer(keyHash(key)))

const publicHalf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key)

/** RFC 5758 §3.2, RFC 4055 §5 */
export function signatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
  if (key.asymmetricKeyType === 'rsa')
    return new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null })
  return new AlgorithmIdentifier({
    algorithm: { 256: '1.2.840.10045.4.3.2', 384: '1.2.840.10045.4.3.3' }[strength(key)],
  })
}

export const signed = (bytes: Buffer, key: KeyObject): ArrayBuffer =>
  arrayBuffer(sign(`sha${strength(key)}`, bytes, key))

const strength = (key: KeyObject): 256 | 384 => (key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 384 : 256)

export const encoded = (value: object): Buffer => Buffer.from(AsnConvert.serialize(value))

/** Whole seconds: fractions are no DER here (RFC 5280 §4.1.2.5.2), and openssl can't read them. */
export const moment = (at: number): Date => new Date(Math.floor(at / 1000) * 1000)

/** A buffer of its own: Node's small buffers share one. */
export const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** As a positive INTEGER. */
const integer = (bytes: Buffer): Buffer => (bytes[0]! > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
