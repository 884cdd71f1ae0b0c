import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from './random.ts'

// Encrypts and indexes single values with keys that compose hands over. Knows nothing of where keys live.

/** A secret with its version (1–255): the newest seals, every one given opens. */
export interface VersionedKey {
  readonly version: number
  readonly key: Buffer
}

export interface Sealer {
  /** AES-256-GCM. Layout: 1 byte key version, 12 bytes nonce, ciphertext, 16 bytes tag. `binding` is authenticated, not stored. */
  seal(plain: string | Uint8Array, binding: string): Buffer
  /** @throws Error when the value was sealed under another binding or an unknown key, or was changed. */
  open(sealed: Uint8Array, binding: string): Buffer
}

export interface Indexer {
  /** HMAC-SHA-256 over the UTF-8 text, 32 bytes: the same text always finds the same row, and tells nothing without the key. */
  index(value: string): Buffer
}

/** The AAD of a sealed cell, so that nobody can move it into another row (security bar §6, DP1). */
export const cell = (table: string, column: string, row: string): string => `${table}|${column}|${row}`

const NONCE = 12
const TAG = 16

export function openSealer(keys: readonly VersionedKey[], random: Random): Sealer {
  // KeyObjects, not Buffers: a raw Buffer key costs four times as much per call.
  const ring = new Map<number, KeyObject>(keys.map(({ version, key }) => [version, createSecretKey(key)]))
  const newest = keys.reduce((best, candidate) => (candidate.version > best.version ? candidate : best), keys[0]!)
  return {
    seal(plain, binding) {
      const nonce = random.bytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', ring.get(newest.version)!, nonce)
      cipher.setAAD(Buffer.from(`${binding}|${newest.version}`))
      const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
      cipher.final()
      return Buffer.concat([Buffer.from([newest.version]), nonce, body, cipher.getAuthTag()])
    },
    open(sealed, binding) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const version = bytes[0] ?? 0
      const key = ring.get(version)
      if (!key || bytes.length < 1 + NONCE + TAG) throw new Error(`sealed value: unknown key version ${version}`)
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE))
      decipher.setAAD(Buffer.from(`${binding}|${version}`))
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
      const plain = decipher.update(bytes.subarray(1 + NONCE, bytes.length - TAG))
      decipher.final()
      return plain
    },
  }
}

export function openIndexer(key: Buffer): Indexer {
  const keyObject = createSecretKey(key)
  return { index: (value) => createHmac('sha256', keyObject).update(value).digest() }
}
