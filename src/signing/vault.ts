// Where private keys live: the contract that every vault keeps (test/contracts/vault). A private key never leaves its
// vault; what comes out is a signature. Vaults are strangers to one another.

/** `EdDSA` is Ed25519, by the name that agencies' libraries know (RFC 8037 §3.1; RFC 9864 has a newer one). */
export const ALGORITHMS = ['ES256', 'PS256', 'EdDSA'] as const
export type Algorithm = (typeof ALGORITHMS)[number]
/** Everybody's who asks for no other: 13–16 thousand signatures a second and core, a tenth of the size of RSA's. */
export const USUAL: Algorithm = 'ES256'

export const isAlgorithm = (value: unknown): value is Algorithm => ALGORITHMS.includes(value as Algorithm)

/** A public key and nothing else (RFC 7518 §6.2.1, §6.3.1; RFC 8037 §2). */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }

export interface NewKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string
  readonly publicJwk: PublicJwk
}

/** A JWS signature over the data: for ES256 64 bytes, r and s (RFC 7518 §3.4). */
export type Sign = (data: Uint8Array) => Promise<Uint8Array>

export interface Vault {
  /** As written into the ring beside each key. */
  readonly name: string
  /** Undefined where it makes keys for this algorithm; else a sentence that says why it can't. */
  lacks(alg: Algorithm): Promise<string | undefined>
  /** Makes a key pair and keeps it durably before it answers. */
  create(alg: Algorithm): Promise<NewKey>
  /** The keys that it has, the newest first: what `pratu keys init` made before there was a ring to enter it in. */
  held(): Promise<readonly NewKey[]>
  /** Undefined when this vault has no such key. @throws Error when it has, but can't open it. */
  signer(kid: string): Promise<Sign | undefined>
  /** The private half is gone for good where this returns; one that isn't there is no fault. */
  destroy(kid: string): Promise<void>
}
