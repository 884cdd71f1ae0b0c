// Where private keys live: the contract that every vault keeps (test/contracts/vault). A private key never leaves its
// vault; what comes out is a signature. Vaults are strangers to one another.

/** Elliptic curve P-256 alone for now: 13–16 thousand signatures a second and core, a tenth of the size of RSA's. */
export type Algorithm = 'ES256'

/** An EC public key (RFC 7518 §6.2.1). */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}

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
  /** Makes a key pair and keeps it durably before it answers. */
  create(alg: Algorithm): Promise<NewKey>
  /** The keys that it has, the newest first: what `pratu keys init` made before there was a ring to enter it in. */
  held(): Promise<readonly NewKey[]>
  /** Undefined when this vault has no such key. @throws Error when it has, but can't open it. */
  signer(kid: string): Promise<Sign | undefined>
  /** The private half is gone for good where this returns; one that isn't there is no fault. */
  destroy(kid: string): Promise<void>
}
