import { plainDigits } from '../identity/digits.ts'
import type { Random } from '../platform/random.ts'

// The code in a letter: sixteen digits in fours, like the number of a bank card. Digits, because every keypad has them,
// a Thai citizen needs no Latin keyboard, and none looks like another; 15 of them are chance (49 bits, tried against the
// throttle), the last is an ISO/IEC 7064 MOD 11,10 check digit: a slip of the pen is told at once and costs no try.

const CHANCE = 15

export type ParsedActivationCode = { readonly ok: true; readonly code: string } | { readonly ok: false }

export function newActivationCode(random: Random): string {
  const digits = random.digits(CHANCE)
  return digits + checkDigit(digits)
}

/** As typed: spaces, hyphens and Thai digits are forgiven. */
export function parseActivationCode(typed: string): ParsedActivationCode {
  const code = plainDigits(typed)
  if (!/^\d{16}$/.test(code) || checkDigit(code.slice(0, CHANCE)) !== code[CHANCE]) return { ok: false }
  return { ok: true, code }
}

/** `1234 5678 9012 3456` */
export const displayActivationCode = (code: string): string => code.replace(/\d{4}(?=\d)/g, '$& ')

/** ISO/IEC 7064 MOD 11,10: finds every wrong digit and nearly every swap of neighbours. */
function checkDigit(digits: string): string {
  let rest = 10
  for (const digit of digits) rest = (((rest + Number(digit)) % 10 || 10) * 2) % 11
  return String((11 - rest) % 10)
}
