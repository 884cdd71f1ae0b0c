import type { KeyObject } from 'node:crypto'
import type { Certificate } from '../../formats/certificate.ts'

// Keys that a card must not have, whoever certified them: their private half can be found, or they are of a kind that
// nothing here was made for. Refused from the start, without an operator's block.

export type Weakness =
  /** Made by Infineon's library (CVE-2017-15361). */
  | 'roca'
  | 'short-rsa'
  | 'small-exponent'
  /** Even, or with a factor that trial division finds. */
  | 'composite-modulus'
  /** Two primes so near each other that Fermat's method finds them. */
  | 'fermat'
  | 'unsupported-curve'
  | 'unsupported-key'

/** Bits. The upper bound keeps a made-up key from taking seconds of CPU. */
const SHORTEST = 2048
const LONGEST = 8192
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const LEAST_EXPONENT = 65537n
/** NIST SP 800-56B §6.2. */
const EXPONENT_BITS = 256

/** What is wrong with the certificate's public key. */
export function weakKey({ x509 }: Pick<Certificate, 'x509'>): Weakness | undefined {
  let key: KeyObject
  try {
    key = x509.publicKey
  } catch {
    return 'unsupported-key' // a kind that OpenSSL can't read, or a point that is not on its curve
  }
  if (key.asymmetricKeyType === 'ec')
    // Undefined for a curve that is spelt out in parameters.
    return CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '') ? undefined : 'unsupported-curve'
  return key.asymmetricKeyType === 'rsa' ? weakRsa(key) : 'unsupported-key'
}

function weakRsa(key: KeyObject): Weakness | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < SHORTEST) return 'short-rsa'
  if (modulusLength > LONGEST) return 'unsupported-key'
  if (publicExponent < LEAST_EXPONENT || publicExponent % 2n === 0n) return 'small-exponent'
  if (publicExponent.toString(2).length > EXPONENT_BITS) return 'unsupported-key'
  return weakModulus(BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n!, 'base64url').toString('hex')}`))
}

/** For tests with moduli of any size, too. */
export function weakModulus(n: bigint): Weakness | undefined {
  if (n % 2n === 0n) return 'composite-modulus'
  // All small primes in one division of the long number; the rest is done with ordinary ones.
  const rest = n % PRODUCT
  const remainders = PRIMES.map((prime) => Number(rest % BigInt(prime)))
  if (remainders.includes(0)) return 'composite-modulus'
  if (remainders.every((remainder, at) => GENERATED[at]!.has(remainder))) return 'roca'
  return isFermatWeak(n) ? 'fermat' : undefined
}

/**
 * The published fingerprint (Nemec et al., "The Return of Coppersmith's Attack", 2017, §3): that library's primes are
 * k·M + 65537^a mod M, M a product of small primes, so the modulus is a power of 65537 modulo each of them. These 38 divide
 * the M of every key length; of sound keys one in 240 million looks like that.
 */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
]
const PRODUCT = PRIMES.reduce((product, prime) => product * BigInt(prime), 1n)
const GENERATED = PRIMES.map(powersOf65537)

function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power)
  return powers
}

/** Rounds of Fermat's method; two random primes of this length would need more than there are atoms. */
const ROUNDS = 100

function isFermatWeak(n: bigint): boolean {
  let a = root(n)
  if (a * a < n) a++
  for (let round = 0; round < ROUNDS; round++, a++) {
    const square = a * a - n
    if (MAYBE_SQUARE.every(([modulus, squares]) => squares.has(Number(square % modulus)))) {
      const b = root(square)
      if (b * b === square) return true
    }
  }
  return false
}

/** What squares leave: spares nearly every long root. */
const MAYBE_SQUARE = [64, 63, 65, 11].map(
  (modulus) =>
    [BigInt(modulus), new Set(Array.from({ length: modulus }, (_, number) => (number * number) % modulus))] as const,
)

/** The integer part of the square root (Newton). */
function root(n: bigint): bigint {
  if (n < 2n) return n
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const y = (x + n / x) >> 1n
    if (y >= x) return x
    x = y
  }
}
