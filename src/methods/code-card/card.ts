import type { Random } from '../../platform/random.ts'
import { openIndexer } from '../../platform/seal.ts'

// A card of eighty numbered codes of six digits: what is printed, and what is kept of it. Kept are keyed hashes under a
// key that is the person's own, not a seed from which the codes follow: nothing in the service can print a second copy of
// a card that is somebody's purse already. (A million codes are soon tried by whoever has database and keys; both ways.)

export const LINES = 80
/** From so many codes left on, the next card is announced. */
export const LOW = 20
/** Bytes of each hash: a code is right or not, nobody searches for one that fits. */
export const HASH = 16
export const KEY_BYTES = 32

export interface NewCard {
  /** The code of number 1 first. */
  readonly codes: readonly string[]
  /** Every number once, in the order in which they will be asked for. */
  readonly order: readonly number[]
  readonly serial: string
}

export function newCard(random: Random): NewCard {
  return {
    codes: Array.from({ length: LINES }, () => random.digits(6)),
    order: shuffled(random),
    serial: random.digits(10),
  }
}

/** The hash of one code of one card under the person's key. */
export const codeHash = (key: Buffer, card: string, number: number, code: string): Buffer =>
  openIndexer(key).index(`code card|${card}|${number}|${code}`).subarray(0, HASH)

export const codeHashes = (key: Buffer, card: string, codes: readonly string[]): Buffer =>
  Buffer.concat(codes.map((code, at) => codeHash(key, card, at + 1, code)))

/** Fisher and Yates; a 32-bit draw over eighty places is off by less than a millionth of a percent. */
function shuffled(random: Random): number[] {
  const numbers = Array.from({ length: LINES }, (_, at) => at + 1)
  for (let at = LINES - 1; at > 0; at--) {
    const other = random.bytes(4).readUInt32BE() % (at + 1)
    const moved = numbers[at]!
    numbers[at] = numbers[other]!
    numbers[other] = moved
  }
  return numbers
}

/** `12 345 678 90`: as it is printed and read out on the telephone. */
export const displaySerial = (serial: string): string => serial.replace(/(\d{4})(\d{3})(\d{3})/, '$1 $2 $3')
