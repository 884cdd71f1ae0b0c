import { createHmac } from 'node:crypto'

// The demo people's telephones: RFC 6238 as an authenticator app reckons it. Written anew on purpose, so that the demo
// can't share a mistake with the method that checks the codes.

const STEP = 30_000

export interface Reading {
  /** Six digits. */
  readonly code: string
  /** Epoch milliseconds from which the telephone shows another one. */
  readonly until: number
}

/**
 * The code to type now. Each code works once: where this step's was used already (`lastStep`), the next one is shown,
 * which is accepted half a minute early as any telephone's clock may be ahead.
 * @param now epoch milliseconds.
 */
export function readCode(secret: Uint8Array, now: number, lastStep = 0): Reading {
  const present = Math.floor(now / STEP)
  const step = lastStep === present ? present + 1 : present
  return { code: codeOf(secret, step), until: (present + 1) * STEP }
}

/** RFC 4226 §5.3 */
function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = mac[mac.length - 1]! & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding, as apps take it. */
export function base32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}
