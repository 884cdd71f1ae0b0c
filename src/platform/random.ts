import { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto'

// The only place that makes chance. Everything else is handed a Random.
export interface Random {
  bytes(count: number): Buffer
  uuid(): string
  /** base64url text carrying `bits` bits. */
  token(bits: number): string
  /** A decimal number of exactly `count` digits, leading zeros included. */
  digits(count: number): string
}

// Nonces and salts are drawn some at a time: one call for twelve bytes costs 5 µs, from here 0.3. Bytes handed out are
// wiped here, so that the process's memory holds no second copy of a secret.
const POOL = 4096
const SMALL = 64
const pool = { buffer: Buffer.alloc(POOL), at: POOL }

function drawn(count: number): Buffer {
  if (count > SMALL) return randomBytes(count)
  if (pool.at + count > POOL) {
    randomFillSync(pool.buffer)
    pool.at = 0
  }
  const end = pool.at + count
  const bytes = Buffer.allocUnsafe(count)
  pool.buffer.copy(bytes, 0, pool.at, end)
  pool.buffer.fill(0, pool.at, end)
  pool.at = end
  return bytes
}

export const systemRandom: Random = {
  bytes: drawn,
  uuid: () => randomUUID(),
  token: (bits) => drawn(Math.ceil(bits / 8)).toString('base64url'),
  digits: (count) => Array.from({ length: count }, () => randomInt(10)).join(''),
}
