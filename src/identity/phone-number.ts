import { plainDigits } from './digits.ts'

// Telephone numbers as people type them, and as machines pass them on: `+` and digits (ITU-T E.164 §6).

/** How a country's numbers are typed at home: the country's own prefix, and the digit that stands before the number there. */
const AT_HOME: Readonly<Record<string, { readonly prefix: string; readonly trunk: string }>> = {
  TH: { prefix: '+66', trunk: '0' },
  EE: { prefix: '+372', trunk: '' },
  LV: { prefix: '+371', trunk: '' },
  LT: { prefix: '+370', trunk: '0' },
  FI: { prefix: '+358', trunk: '0' },
  FINUID: { prefix: '+358', trunk: '0' },
  BE: { prefix: '+32', trunk: '0' },
  DK: { prefix: '+45', trunk: '' },
  SG: { prefix: '+65', trunk: '' },
  KR: { prefix: '+82', trunk: '0' },
}

/** `+66` for TH; undefined for a scheme without a country. */
export const countryPrefix = (scheme: string): string | undefined => AT_HOME[scheme]?.prefix

/**
 * @param typed with `+` or `00` and the country's prefix, or as at home; spaces, dashes, dots and brackets are forgiven.
 * @param home the scheme whose country a number without a prefix belongs to.
 * @returns `+` and 8 to 15 digits; undefined for anything else.
 */
export function parsePhoneNumber(typed: string, home: string): string | undefined {
  const bare = plainDigits(typed).replaceAll(/[().]/g, '')
  const abroad = /^(?:\+|00)(\d+)$/.exec(bare)?.[1]
  const number = abroad === undefined ? atHome(bare, home) : `+${abroad}`
  return number !== undefined && /^\+[1-9]\d{7,14}$/.test(number) ? number : undefined
}

function atHome(bare: string, home: string): string | undefined {
  const known = AT_HOME[home]
  if (!known || !/^\d+$/.test(bare) || !bare.startsWith(known.trunk)) return undefined
  return known.prefix + bare.slice(known.trunk.length)
}

/** The last four digits, for whoever may know the number anyway. */
export const maskPhoneNumber = (number: string): string => `•••• ${number.slice(-4)}`
