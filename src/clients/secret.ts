import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../platform/random.ts'
import { note, type Place, text } from './mistakes.ts'

// The shared secrets of relying parties that use client_secret_basic. A secret carries 256 random bits, so one SHA-256
// is enough to keep it: there is nothing to guess, and a slow hash would only be a way to tire the server out.

const BITS = 256
/** 43 characters of base64url, 64 of hex. */
const LEAST = Math.ceil(BITS / 6)

export const newSecret = (random: Random): string => random.token(BITS)

/** base64url of the SHA-256, as kept in the register. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('base64url')

/** In constant time; what is presented is hashed first, so that presenting a stolen hash gets nobody in. */
export function secretMatches(presented: string, hash: string): boolean {
  const kept = Buffer.from(hash, 'base64url')
  const got = createHash('sha256').update(presented, 'utf8').digest()
  return kept.length === got.length && timingSafeEqual(kept, got)
}

/** Letters that every library sends the same way through the form-encoding of RFC 6749 §2.3.1. */
export function checkSecret(place: Place): string | undefined {
  const secret = text(place, 200)
  if (secret === undefined) return undefined
  if (!/^[A-Za-z0-9._~-]+$/.test(secret)) return note(place, 'may hold only letters, digits, ".", "_", "~" and "-"')
  if (secret.length < LEAST || new Set(secret).size < 12)
    return note(place, `must carry 256 random bits (${LEAST} or more characters): leave it out and one is made`)
  return secret
}
