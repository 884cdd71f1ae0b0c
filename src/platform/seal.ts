import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from './random.ts'

// Encrypts and indexes single values with keys that compose hands over. Knows nothing of where keys live.

/** A secret with its version (1–255). */
export interface VersionedKey {
  readonly version: number
  readonly key: Buffer
}

/** Keys that may change while we run: the same array until they do. Never empty; the last seals and signs, all open and verify. */
export interface Keys {
  (): readonly VersionedKey[]
  /** A value names a version that is none of them: somebody else may know it by now. */
  readonly missed?: () => void
}

export interface Sealer {
  /** AES-256-GCM. Layout: 1 byte key version, 12 bytes nonce, ciphertext, 16 bytes tag. `binding` is authenticated, not stored. */
  seal(plain: string | Uint8Array, binding: string): Buffer
  /** @throws Error when the value was sealed under another binding or an unknown key, or was changed. */
  open(sealed: Uint8Array, binding: string): Buffer
  /** The version under which it seals now; the first byte of a sealed value is its own. */
  version(): number
}

export interface Indexer {
  /** HMAC-SHA-256 over the UTF-8 text, 32 bytes: the same text always finds the same row, and tells nothing without the key. */
  index(value: string): Buffer
  /** Under every key that counts, the one of `index` last: what was written before a change is still found. */
  all(value: string): Buffer[]
  /** The version of `index`. */
  version(): number
}

/** The AAD of a sealed cell, so that nobody can move it into another row (security bar §6, DP1). */
export const cell = (table: string, column: string, row: string): string => `${table}|${column}|${row}`

const NONCE = 12
const TAG = 16

/** What is made of keys, made anew when they have changed. */
export function madeOf<T>(keys: readonly VersionedKey[] | Keys, make: (keys: readonly VersionedKey[]) => T): () => T {
  const now = typeof keys === 'function' ? keys : () => keys
  let from = now()
  let made = make(from)
  return () => {
    const current = now()
    if (current !== from) [from, made] = [current, make(current)]
    return made
  }
}

export function openSealer(keys: readonly VersionedKey[] | Keys, random: Random): Sealer {
  const current = madeOf(keys, (all) => ({
    // KeyObjects, not Buffers: a raw Buffer key costs four times as much per call.
    ring: new Map<number, KeyObject>(all.map(({ version, key }) => [version, createSecretKey(key)])),
    newest: all.at(-1)!.version,
  }))
  return {
    version: () => current().newest,
    seal(plain, binding) {
      const { ring, newest } = current()
      const nonce = random.bytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', ring.get(newest)!, nonce)
      cipher.setAAD(Buffer.from(`${binding}|${newest}`))
      const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
      cipher.final()
      return Buffer.concat([Buffer.from([newest]), nonce, body, cipher.getAuthTag()])
    },
    open(sealed, binding) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const version = bytes[0] ?? 0
      const key = current().ring.get(version)
      if (!key || bytes.length < 1 + NONCE + TAG) {
        if (!key && typeof keys === 'function') keys.missed?.()
        throw new Error(`sealed value: unknown key version ${version}`)
      }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE))
      decipher.setAAD(Buffer.from(`${binding}|${version}`))
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
      const plain = decipher.update(bytes.subarray(1 + NONCE, bytes.length - TAG))
      decipher.final()
      return plain
    },
  }
}

export function openIndexer(keys: Buffer | readonly VersionedKey[] | Keys): Indexer {
  const current = madeOf(Buffer.isBuffer(keys) ? [{ version: 1, key: keys }] : keys, (all) =>
    all.map(({ version, key }) => ({ version, key: createSecretKey(key) })),
  )
  const under = (key: KeyObject, value: string) => createHmac('sha256', key).update(value).digest()
  return {
    index: (value) => under(current().at(-1)!.key, value),
    all: (value) => current().map(({ key }) => under(key, value)),
    version: () => current().at(-1)!.version,
  }
}

/** Something sealed that stands in for what isn't there: made anew when its sealer goes on to another key. */
export function standIn<T>(sealer: Pick<Sealer, 'version'>, make: () => T): () => T {
  let version = sealer.version()
  let made = make()
  return () => {
    const now = sealer.version()
    if (now !== version) [version, made] = [now, make()]
    return made
  }
}
