import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import type { Json } from '../identity/json.ts'
import type { Db } from '../platform/db.ts'

// What an operator's own key signs: the commitment of each entry that their command writes, and with it the command, its
// arguments, the time, the entry's number (good once) and what was done to whom. Nothing that the entry doesn't hold.

/** The operator who runs this command, for as long as it runs. */
export interface Signer {
  readonly name: string
  /** The key's id. */
  readonly key: string
  /** Of these they must have one, still when the entry is written. */
  readonly roles: readonly string[]
  /** `persons set-status`. */
  readonly command: string
  /** What was typed after it. */
  readonly given: Json
  /** ECDSA over P-256 with SHA-256; r and s, 32 bytes each. */
  sign(text: Uint8Array): Promise<Buffer>
}

export interface Holder {
  readonly name: string
  readonly publicKey: KeyObject
  readonly roles: readonly string[]
}

/** Whose key is whose; chapter operators keeps it. */
export interface OperatorKeys {
  /** Whose key this is now. In a transaction they stay that until it ends. */
  holder(db: Db, key: string): Promise<Holder | undefined>
  /** Whether there ever was an operator. In a transaction the first is not made before it ends. */
  any(db: Db): Promise<boolean>
  /** All that are in force now. */
  listed(db: Db): Promise<readonly { readonly name: string; readonly key: string }[]>
}

/** What an operator may not do, in one sentence for them. */
export class ActRefused extends Error {}

const ACT = 'pratu-operator-act-v1'
const ARGUMENTS = 'pratu-operator-arguments-v1'

/** What is signed of an entry. */
export const actText = (commitment: Uint8Array): Buffer => Buffer.concat([Buffer.from(ACT), commitment])

/**
 * What the entry holds of the words typed, of which one may be a person code: SHA-256 over the domain, the entry's salt and
 * their canonical form. Says what they were to whoever knows them.
 */
export const argumentsDigest = (salt: Uint8Array, canonical: string): string =>
  hash('sha256', Buffer.concat([Buffer.from(ARGUMENTS), salt, Buffer.from(canonical)]), 'hex')

export const isSigned = (publicKey: KeyObject, text: Uint8Array, signature: Uint8Array): boolean =>
  verify('sha256', text, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)

/** @param text base64 of a SubjectPublicKeyInfo. @throws Error where that is no point on P-256. */
export function publicKeyOf(text: string): KeyObject {
  const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not a key on the curve P-256')
  return key
}
