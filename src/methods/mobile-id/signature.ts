import { type KeyObject, publicDecrypt, constants as rsa } from 'node:crypto'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import type { HashType } from './wire.ts'

// Whether a telephone has signed the hash that it was given. node:crypto hashes whatever it verifies by ECDSA, and what
// we have is the hash itself: hence the curves of a library. Its strictness about small s is off, for telephones sign as
// FIPS 186-5 says, which knows no such rule; nobody gains by the other form of a signature that is compared with nothing.

const CURVES = { prime256v1: p256, secp384r1: p384, secp521r1: p521 } as const
/** AlgorithmIdentifier and OCTET STRING before the hash (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashType, string>> = {
  SHA256: '3031300d060960864801650304020105000420',
  SHA384: '3041300d060960864801650304020205000430',
  SHA512: '3051300d060960864801650304020305000440',
}
export const HASH_BYTES: Readonly<Record<HashType, number>> = { SHA256: 32, SHA384: 48, SHA512: 64 }

export interface Signature {
  readonly value: Buffer
  /** As the service named it: `SHA256WithECEncryption`; in small letters as well. */
  readonly algorithm: string
}

export type SignatureVerdict = 'right' | 'wrong-algorithm' | 'wrong-signature'

/** @param hash as it was sent, of the length of `hashType`. */
export function checkSignature(
  hash: Buffer,
  hashType: HashType,
  { value, algorithm }: Signature,
  key: KeyObject,
): SignatureVerdict {
  const kind = key.asymmetricKeyType === 'ec' ? 'EC' : 'RSA'
  const claimed = `${hashType}With${kind}Encryption`
  if (algorithm.toLowerCase() !== claimed.toLowerCase()) return 'wrong-algorithm'
  const right = kind === 'EC' ? byEc(hash, value, key) : byRsa(hash, hashType, value, key)
  return right ? 'right' : 'wrong-signature'
}

function byEc(hash: Buffer, value: Buffer, key: KeyObject): boolean {
  const { namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  const curve = Object.entries(CURVES).find(([name]) => name === namedCurve)?.[1]
  const { x, y } = key.export({ format: 'jwk' })
  if (!curve || x === undefined || y === undefined || value.length !== curve.lengths.signature) return false
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  try {
    return curve.verify(value, hash, point, { prehash: false, lowS: false, format: 'compact' })
  } catch {
    return false // r or s out of range
  }
}

function byRsa(hash: Buffer, hashType: HashType, value: Buffer, key: KeyObject): boolean {
  const expected = Buffer.concat([Buffer.from(DIGEST_INFO[hashType], 'hex'), hash])
  try {
    // OpenSSL takes the padding off by PKCS#1's own rules; what is left must be ours to the byte.
    return publicDecrypt({ key, padding: rsa.RSA_PKCS1_PADDING }, value).equals(expected)
  } catch {
    return false
  }
}
