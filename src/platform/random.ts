import { randomBytes, randomInt, randomUUID } from 'node:crypto'

// The only place that makes chance. Everything else is handed a Random.
export interface Random {
  bytes(count: number): Buffer
  uuid(): string
  /** base64url text carrying `bits` bits. */
  token(bits: number): string
  /** A decimal number of exactly `count` digits, leading zeros included. */
  digits(count: number): string
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  uuid: () => randomUUID(),
  token: (bits) => randomBytes(Math.ceil(bits / 8)).toString('base64url'),
  digits: (count) => Array.from({ length: count }, () => randomInt(10)).join(''),
}
