import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { type CryptoPlugin, generateSync, generateURI, ScureBase32Plugin, verifySync } from 'otplib'

// RFC 6238 with the parameters that every authenticator app knows: SHA-1, six digits, steps of 30 seconds from 1970.

const DIGITS = 6
const PERIOD = 30
/** One step to either side: clocks of phones, and the time it takes to type (RFC 6238 §5.2). Most are in time. */
const NEAREST_FIRST = [0, -1, 1]

const base32 = new ScureBase32Plugin()

/** Node's own HMAC instead of otplib's JavaScript one: a tenth of the time, and no difference that can be measured. */
const crypto: CryptoPlugin = {
  name: 'node',
  // A KeyObject, not bytes: that takes a sixth of the time.
  hmac: (algorithm, key, data) => createHmac(algorithm, createSecretKey(key)).update(data).digest(),
  randomBytes() {
    throw new Error('secrets are made where chance is handed over')
  },
  constantTimeEqual(a, b) {
    const [left, right] = [Buffer.from(a), Buffer.from(b)]
    return left.length === right.length && timingSafeEqual(left, right)
  },
}

/**
 * @param code six digits; anything else throws.
 * @param now epoch milliseconds.
 * @returns the time step that the code belongs to, or undefined. That a step was used before is not seen here: only a
 *   compare-and-set in the database can say so to two callers at once.
 */
export function stepOf(secret: Buffer, code: string, now: number): number | undefined {
  for (const away of NEAREST_FIRST) {
    const found = verifySync({
      strategy: 'totp',
      secret,
      token: code,
      epoch: Math.floor(now / 1000) + away * PERIOD,
      period: PERIOD,
      digits: DIGITS,
      algorithm: 'sha1',
      crypto,
    })
    if (found.valid && 'timeStep' in found) return found.timeStep
  }
  return undefined
}

/** The code that an app shows at `now` (epoch milliseconds), and how long it still does: for the demo and the tests. */
export function codeAt(secret: Buffer, now: number): { code: string; until: number } {
  const epoch = Math.floor(now / 1000)
  const code = generateSync({
    strategy: 'totp',
    secret,
    epoch,
    period: PERIOD,
    digits: DIGITS,
    algorithm: 'sha1',
    crypto,
  })
  return { code, until: (Math.floor(epoch / PERIOD) + 1) * PERIOD * 1000 }
}

/** As apps and people type it: base32 without padding (RFC 4648 §6). */
export const secretText = (secret: Buffer): string => base32.encode(secret, { padding: false })

/** @throws Error when it isn't base32. */
export const secretFromText = (text: string): Buffer =>
  Buffer.from(base32.decode(text.replace(/\s/g, '').toUpperCase()))

/**
 * What the QR code says (the key URI format that authenticator apps read).
 * @param label what the app shows beside the code: a masked person code, as phones lie about.
 */
export const enrolmentUri = (secret: Buffer, issuer: string, label: string): string =>
  generateURI({
    strategy: 'totp',
    secret: secretText(secret),
    issuer,
    label,
    algorithm: 'sha1',
    digits: DIGITS,
    period: PERIOD,
  })
