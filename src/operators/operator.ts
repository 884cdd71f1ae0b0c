import type { KeyObject } from 'node:crypto'
import { publicKeyOf } from '../audit/signature.ts'
import { thumbprint } from '../signing/key-pair.ts'

// The operators chapter: who may use the operator's command, with which key and in which roles, and what takes two of them.
// Owns the register of operators, their keys as files and on tokens, and the requests that one makes and another allows;
// does not own which command takes which role (cli/roles), nor how an entry is signed (audit/signature). Called by the
// operator's command, and by the desk, whose requests are allowed here.

/** What an operator is trusted with. */
export const ROLES = {
  'key-keeper': 'the keys, the other operators, and which ways of signing in are trusted',
  registrar: 'the register of persons and that of agencies, whole files of it too',
  desk: 'single persons: means, letters, recoveries, what they call about',
  auditor: 'reading the record',
} as const
export type Role = keyof typeof ROLES
export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[]
export const isRole = (text: string): text is Role => Object.hasOwn(ROLES, text)

/** As asked for: nothing of it is believed before `parseOperator`. */
export interface NewOperator {
  readonly name: string
  /** base64 of a SubjectPublicKeyInfo, on the curve P-256. */
  readonly publicKey: string
  readonly roles: readonly Role[]
}

export interface Operator extends NewOperator {
  /** The id of their key: its RFC 7638 thumbprint. */
  readonly key: string
}

/** In the order in which messages name them; each once. */
export const inOrder = (roles: readonly Role[]): readonly Role[] => ROLE_NAMES.filter((role) => roles.includes(role))

/** @throws Error, a sentence for whoever typed it. */
export function parseOperator({ name, publicKey, roles }: NewOperator): Operator {
  if (!/^[a-z][a-z0-9._-]{0,31}$/.test(name))
    throw new Error(`${JSON.stringify(name)} is no name: small letters, digits, dots and hyphens, 32 at most.`)
  if (roles.length === 0) throw new Error(`${name} needs a role: ${ROLE_NAMES.join(', ')}.`)
  return { name, key: keyId(publicKeyOf(publicKey)), publicKey, roles: inOrder(roles) }
}

export function keyId(publicKey: KeyObject): string {
  const { x, y } = publicKey.export({ format: 'jwk' })
  return thumbprint({ kty: 'EC', crv: 'P-256', x: x!, y: y! })
}

export const publicText = (publicKey: KeyObject): string =>
  publicKey.export({ format: 'der', type: 'spki' }).toString('base64')

/** An operator's private key, opened for one command. */
export interface OpenedKey {
  readonly publicKey: KeyObject
  /** ECDSA over P-256 with SHA-256; r and s, 32 bytes each. */
  sign(text: Uint8Array): Promise<Buffer>
  close(): Promise<void>
}

/** Why a key can't be used or made, in one sentence. */
export class KeyRefused extends Error {}
