import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm, NewKey, PublicJwk, Sign } from './vault.ts'

// Key pairs in software, for the vaults that keep private halves sealed, and what any vault needs to know of public
// halves. One kind of key for each algorithm.

const make = promisify(generateKeyPair)
const signApart = promisify(sign)

/** ASVS 5.0 V11: 128 bits of security. */
const RSA_BITS = 3072

interface Kind {
  readonly kty: PublicJwk['kty']
  make(): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>
  readonly hash: 'sha256' | null
  readonly options: { readonly dsaEncoding?: 'ieee-p1363'; readonly padding?: number; readonly saltLength?: number }
}

const KINDS: Readonly<Record<Algorithm, Kind>> = {
  ES256: {
    kty: 'EC',
    make: () => make('ec', { namedCurve: 'P-256' }),
    hash: 'sha256',
    options: { dsaEncoding: 'ieee-p1363' },
  },
  PS256: {
    kty: 'RSA',
    make: () => make('rsa', { modulusLength: RSA_BITS }),
    hash: 'sha256',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  },
  EdDSA: { kty: 'OKP', make: () => make('ed25519'), hash: null, options: {} },
}

/** The algorithm that a key is for. */
export const algorithmOf = ({ kty }: PublicJwk): Algorithm =>
  (Object.keys(KINDS) as Algorithm[]).find((alg) => KINDS[alg].kty === kty)!

/** RFC 7638 §3.2: the required members in lexical order. */
export function thumbprint(jwk: PublicJwk): string {
  const members = Object.entries(jwk).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
}

export function publicJwkOf(key: KeyObject): PublicJwk {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  const members = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
  return members as PublicJwk
}

const publicKeyOf = (jwk: PublicJwk): KeyObject => createPublicKey({ key: { ...jwk }, format: 'jwk' })

export function verifies(jwk: PublicJwk, data: Uint8Array, signature: Uint8Array): boolean {
  const { hash, options } = KINDS[algorithmOf(jwk)]
  return verify(hash, data, { key: publicKeyOf(jwk), ...options }, signature)
}

/** @returns with `der`, the private half as PKCS #8. */
export async function makeKeyPair(alg: Algorithm): Promise<NewKey & { readonly der: Buffer }> {
  const { publicKey, privateKey } = await KINDS[alg].make()
  const publicJwk = publicJwkOf(publicKey)
  return { kid: thumbprint(publicJwk), publicJwk, der: privateKey.export({ format: 'der', type: 'pkcs8' }) }
}

/** @throws Error when the private half is not that of `kid`. */
export function signerOf(der: Buffer, kid: string): Sign {
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicJwk = publicJwkOf(createPublicKey(key))
  if (thumbprint(publicJwk) !== kid) throw new Error(`signing key ${kid}: another key is kept under its name`)
  const { kty, hash, options } = KINDS[algorithmOf(publicJwk)]
  // RSA takes milliseconds, in which others would wait; the curves take less than handing the work to a thread does.
  // On the key itself: whether an object with options is a key Node asks by two errors that it catches, 20 µs a signature.
  if (kty === 'RSA') return (data) => signApart(hash, data, Object.assign(key, options))
  return kty === 'EC' ? async (data) => fixedLength(sign(hash, data, key)) : async (data) => sign(hash, data, key)
}

/**
 * r and s of P-256, 32 bytes each (RFC 7518 §3.4), out of the ASN.1 in which OpenSSL has them (RFC 3279 §2.2.3): asked for them
 * in this form Node takes half as long again as for the signature itself, 9 µs of a sign-in.
 */
function fixedLength(signature: Buffer): Buffer {
  const fixed = Buffer.alloc(64)
  let at = 2
  for (const end of [32, 64]) {
    const [length, start] = [signature[at + 1]!, at + 2]
    // A zero before what would be negative; nothing where the number is short.
    const digits = Math.min(length, 32)
    signature.copy(fixed, end - digits, start + length - digits, start + length)
    at = start + length
  }
  return fixed
}
