import { createHash, createPrivateKey, createPublicKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { NewKey, PublicJwk, Sign } from './vault.ts'

// Key pairs in software, for the vaults that keep private halves sealed. A vault that makes them inside (an HSM) has no
// use for this.

const make = promisify(generateKeyPair)

/** RFC 7638 §3: the required members in lexical order. */
export function thumbprint({ crv, kty, x, y }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

/** @returns with `der`, the private half as PKCS #8. */
export async function makeKeyPair(): Promise<NewKey & { readonly der: Buffer }> {
  const { publicKey, privateKey } = await make('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const publicJwk: PublicJwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! }
  return { kid: thumbprint(publicJwk), publicJwk, der: privateKey.export({ format: 'der', type: 'pkcs8' }) }
}

/** @throws Error when the private half is not that of `kid`. */
export function signerOf(der: Buffer, kid: string): Sign {
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x, y } = createPublicKey(key).export({ format: 'jwk' })
  if (thumbprint({ kty: 'EC', crv: 'P-256', x: x!, y: y! }) !== kid)
    throw new Error(`signing key ${kid}: another key is kept under its name`)
  return async (data) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
}
