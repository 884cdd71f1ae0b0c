import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { at, items, members, note, type Place, unique } from './mistakes.ts'

// A relying party's own public keys, given in the file (RFC 7517): what would be unsafe or unusable later is said now.

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const CURVES: Readonly<Record<string, readonly string[]>> = { EC: ['P-256'], OKP: ['Ed25519'] }

/** Notes everything wrong with a JSON Web Key Set; true when it may be used. */
export function checkKeySet(place: Place): boolean {
  const before = place.mistakes.length
  if (!members(place, ['keys'])) return false
  const keys = items(at(place, 'keys'), { least: 1, most: 10 })
  for (const key of keys) checkKey(key)
  unique(keys.map((key) => at(key, 'kid')).filter((kid) => kid.value !== undefined))
  return place.mistakes.length === before
}

function checkKey(place: Place): undefined {
  const { value } = place
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return note(place, 'must be an object')
  const shown = PRIVATE.filter((name) => at(place, name).value !== undefined)
  if (shown.length > 0) return note(place, 'holds a private key: make a new pair, this one has been seen by others')
  const kty = at(place, 'kty')
  if (kty.value !== 'EC' && kty.value !== 'OKP' && kty.value !== 'RSA')
    return note(kty, 'must be "EC" (P-256), "OKP" (Ed25519) or "RSA" (2048 bits or more)')
  const curves = CURVES[kty.value]
  const crv = at(place, 'crv')
  if (curves !== undefined && !curves.some((curve) => curve === crv.value))
    return note(crv, `must be ${curves.join(' or ')}`)
  const use = at(place, 'use')
  if (use.value !== undefined && use.value !== 'sig') note(use, 'must be "sig"')
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: value as JsonWebKey, format: 'jwk' })
    if (kty.value === 'RSA' && (asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
      return note(place, 'is an RSA key of less than 2048 bits')
  } catch {
    return note(place, 'is not a usable public key')
  }
  return undefined
}
