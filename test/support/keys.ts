import { createHash } from 'node:crypto'
import type { Random } from '../../src/platform/random.ts'
import { type Indexer, openIndexer, openSealer, type Sealer, type VersionedKey } from '../../src/platform/seal.ts'

// Keys and chance that are the same in every run, so that a failing test fails again.

/** 32 bytes that depend on the name only. */
export const testKey = (name: string): Buffer => createHash('sha256').update(`test key ${name}`).digest()

export const testKeys = (name: string): VersionedKey[] => [{ version: 1, key: testKey(name) }]

/** A stream of SHA-256 blocks: every call differs, every run is alike. */
export function testRandom(seed = 'chance'): Random {
  let block = 0
  function bytes(count: number): Buffer {
    const parts: Buffer[] = []
    for (let length = 0; length < count; length += 32) {
      parts.push(createHash('sha256').update(`${seed} ${block++}`).digest())
    }
    return Buffer.concat(parts).subarray(0, count)
  }
  return {
    bytes,
    uuid() {
      const raw = bytes(16)
      raw[6] = (raw[6]! & 0x0f) | 0x40
      raw[8] = (raw[8]! & 0x3f) | 0x80
      return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
    token: (bits) => bytes(Math.ceil(bits / 8)).toString('base64url'),
    digits: (count) => Array.from(bytes(count), (byte) => byte % 10).join(''),
  }
}

export const testSealer = (name = 'personal-data'): Sealer => openSealer(testKeys(name), testRandom(`nonce ${name}`))

export const testIndexer = (name = 'blind-index'): Indexer => openIndexer(testKey(name))
