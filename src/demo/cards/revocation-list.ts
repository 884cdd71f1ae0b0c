import { CertificateList, CRLNumber, RevokedCertificate, TBSCertList, Time, Version } from '@peculiar/asn1-x509'
import {
  arrayBuffer,
  encoded,
  extension,
  type Issuer,
  moment,
  nameOf,
  signatureAlgorithm,
  signed,
} from './certificate.ts'

export interface RevocationList {
  /** Epoch milliseconds. */
  readonly thisUpdate: number
  readonly nextUpdate?: number
  readonly number: number
  readonly revoked: readonly { readonly serial: Buffer; readonly at: number }[]
}

/** @returns a complete CRL (RFC 5280 §5), DER. */
export function makeRevocationList(list: RevocationList, issuer: Issuer): Buffer {
  const algorithm = signatureAlgorithm(issuer.key)
  const revoked = list.revoked.map(
    ({ serial, at }) =>
      new RevokedCertificate({ userCertificate: arrayBuffer(serial), revocationDate: new Time(moment(at)) }),
  )
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: algorithm,
    issuer: nameOf(issuer.subject),
    thisUpdate: new Time(moment(list.thisUpdate)),
    ...(list.nextUpdate !== undefined && { nextUpdate: new Time(moment(list.nextUpdate)) }),
    // An empty list is left out: §5.1.2.6
    ...(revoked.length > 0 && { revokedCertificates: revoked }),
    crlExtensions: [extension('2.5.29.20', false, new CRLNumber(list.number))],
  })
  const signature = signed(encoded(tbsCertList), issuer.key)
  return encoded(new CertificateList({ tbsCertList, signatureAlgorithm: algorithm, signature }))
}
