import { checkPrimeSync, createPublicKey, generateKeyPairSync, generatePrimeSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { readCertificate } from '../../../src/formats/certificate.ts'
import { weakKey, weakModulus } from '../../../src/methods/certificates/weak-keys.ts'
import { type CardWish, testCardCa } from '../../support/cards.ts'
import { testClock } from '../../support/clock.ts'

const ca = testCardCa({ clock: testClock() })
const weakness = (wish: CardWish) => weakKey(readCertificate(ca.card(wish).certificate)!)

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true })
const number = (value: bigint): string => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64url')
}
const rsa = (n: bigint, e = 65537n): KeyObject =>
  createPublicKey({ key: { kty: 'RSA', n: number(n), e: number(e) }, format: 'jwk' })

const SMALL = Array.from({ length: 170 }, (_, at) => at).filter(
  (at) => at > 1 && !Array.from({ length: at - 2 }, (_, by) => by + 2).some((by) => at % by === 0),
)

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let left = exponent, square = base % modulus; left > 0n; left >>= 1n, square = (square * square) % modulus)
    if (left & 1n) result = (result * square) % modulus
  return result
}

/** As Infineon's library made them: k·M + 65537^a mod M, M the product of the first 39 primes.  */
function infineonPrime(bits: number): bigint {
  const M = SMALL.reduce((product, each) => product * BigInt(each), 1n)
  for (let a = 1n + (prime(32) & 0xffffffn); ; a++) {
    const start = power(65537n, a, M)
    const k = 1n << BigInt(bits - M.toString(2).length)
    for (let more = 0n; more < 60n; more++) {
      const candidate = (k + more) * M + start
      if (checkPrimeSync(candidate)) return candidate
    }
  }
}

describe('a card with a key that is', () => {
  test('sound is let through: P-256, P-384, P-521, RSA from 2048 bits', () => {
    for (const wish of [
      { curve: 'P-256' },
      { curve: 'P-384' },
      { curve: 'P-521' },
      { rsa: 2048 },
      { rsa: 3072 },
    ] as const)
      expect(weakness(wish)).toBeUndefined()
  })

  test('RSA and shorter than 2048 bits is refused', () => {
    expect(weakness({ rsa: 1024 })).toBe('short-rsa')
    expect(weakness({ publicKey: rsa(prime(1024) * prime(1023)) })).toBe('short-rsa')
  })

  test('made by the library of ROCA is refused', () => {
    const n = infineonPrime(1024) * infineonPrime(1025)
    expect(weakness({ publicKey: rsa(n) })).toBe('roca')
  })

  test('RSA with a small or even exponent is refused', () => {
    const n = prime(1024) * prime(1024)
    expect(weakness({ publicKey: rsa(n) })).toBeUndefined()
    for (const exponent of [1n, 3n, 17n, 65535n, 65538n])
      expect(weakness({ publicKey: rsa(n, exponent) })).toBe('small-exponent')
  })

  test('of two primes side by side is refused', () => {
    const p = prime(1024)
    let q = p + 2n
    while (!checkPrimeSync(q)) q += 2n
    expect(weakness({ publicKey: rsa(p * q) })).toBe('fermat')
  })

  test('the square of a prime is refused', () => {
    expect(weakModulus(prime(512) ** 2n)).toBe('fermat')
  })

  test('even, or divisible by what a child finds, is refused', () => {
    expect(weakModulus(prime(512) * 2n)).toBe('composite-modulus')
    expect(weakModulus(prime(512) * 3n)).toBe('composite-modulus')
    expect(weakModulus(prime(512) * 167n)).toBe('composite-modulus')
  })

  test.each(['secp224r1', 'secp256k1', 'brainpoolP256r1', 'sect233k1'])('on the curve %s is refused', (curve) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
    expect(weakKey({ x509: { publicKey } as never })).toBe('unsupported-curve')
  })

  test.each(['ed25519', 'x25519', 'rsa-pss'] as const)('of the kind %s is refused', (kind) => {
    const { publicKey } =
      kind === 'rsa-pss'
        ? generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
        : generateKeyPairSync(kind as 'ed25519')
    expect(weakKey({ x509: { publicKey } as never })).toBe('unsupported-key')
  })
})

describe('the fingerprint', () => {
  test('finds every modulus of that library, and none of two hundred others', () => {
    for (let each = 0; each < 3; each++) expect(weakModulus(infineonPrime(256) * infineonPrime(256))).toBe('roca')
    const found = Array.from({ length: 200 }, () => weakModulus(prime(64) * prime(65)))
    expect(found.filter((each) => each === 'roca')).toEqual([])
  })

  test('is not shown by one such prime beside a sound one', () => {
    expect(weakModulus(infineonPrime(256) * prime(256))).toBeUndefined()
  })
})
