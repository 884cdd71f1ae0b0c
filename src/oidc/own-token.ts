import type { Json } from '../identity/json.ts'
import type { RingKey } from '../signing/ring.ts'

/** A signed token of ours that the library knows nothing of, as a compact JWS (RFC 7515 §7.1). @throws where no key signs now. */
export async function signedToken(
  key: RingKey | undefined,
  typ: string,
  claims: { readonly [name: string]: Json },
): Promise<string> {
  if (!key?.sign) throw new Error(`no key can sign a token (${typ}) now`)
  const said = [{ alg: key.alg, kid: key.kid, typ }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${said}.${Buffer.from(await key.sign(Buffer.from(said))).toString('base64url')}`
}
