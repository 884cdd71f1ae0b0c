import { constants, createHash, type KeyObject, sign } from 'node:crypto'

// The authentication token of Web eID, as the native application makes it after the PIN.

export interface Token {
  readonly unverifiedCertificate: string
  readonly algorithm: string
  readonly signature: string
  readonly format: string
  readonly appVersion: string
  readonly unverifiedSigningCertificates?: readonly SigningCertificate[]
}

export interface SigningCertificate {
  readonly certificate: string
  readonly supportedSignatureAlgorithms: readonly {
    readonly cryptoAlgorithm: 'ECC' | 'RSA'
    readonly hashFunction: string
    readonly paddingScheme: 'NONE' | 'PKCS1.5' | 'PSS'
  }[]
}

export interface Wanted {
  /** DER. */
  readonly certificate: Buffer
  /** Of the site that asks, as the extension sees it: the page can't choose it. */
  readonly origin: string
  /** base64 text; hashed as text. */
  readonly nonce: string
  readonly key: KeyObject
  /** Absent: ES256 or ES384 by the curve, RS256 for RSA. */
  readonly algorithm?: string
  /** Makes the token one of format 1.1. */
  readonly signingCertificates?: readonly SigningCertificate[]
}

const APPLICATION = 'https://web-eid.eu/web-eid-app/releases/2.5.0+demo'

export function makeToken({ certificate, origin, nonce, key, signingCertificates, ...wanted }: Wanted): Token {
  const algorithm = wanted.algorithm ?? usualAlgorithm(key)
  return {
    unverifiedCertificate: certificate.toString('base64'),
    algorithm,
    signature: signatureOver(signedBytes(algorithm, origin, nonce), algorithm, key).toString('base64'),
    format: signingCertificates ? 'web-eid:1.1' : 'web-eid:1.0',
    appVersion: APPLICATION,
    ...(signingCertificates && { unverifiedSigningCertificates: signingCertificates }),
  }
}

/** hash(origin) ‖ hash(nonce): the signature then hashes this once more. */
export function signedBytes(algorithm: string, origin: string, nonce: string): Buffer {
  const hash = (text: string) => createHash(hashOf(algorithm)).update(text, 'utf8').digest()
  return Buffer.concat([hash(origin), hash(nonce)])
}

function signatureOver(bytes: Buffer, algorithm: string, key: KeyObject): Buffer {
  if (algorithm.startsWith('ES')) return sign(hashOf(algorithm), bytes, { key, dsaEncoding: 'ieee-p1363' })
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return sign(hashOf(algorithm), bytes, { key, ...(algorithm.startsWith('PS') && pss) })
}

const hashOf = (algorithm: string): string => `sha${algorithm.slice(2)}`

function usualAlgorithm(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  return { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }[
    key.asymmetricKeyDetails?.namedCurve ?? 'secp384r1'
  ]!
}
