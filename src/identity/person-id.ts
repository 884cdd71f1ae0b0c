// National identifiers: one table of schemes, and what follows from a line of it. A code is kept in its canonical form;
// typed spaces, hyphens and Thai digits are forgiven. Nothing here derives a birth date or a gender for assertion: dates
// inside codes are only checked, because the register is the authority and several countries reuse or fake them.

export const SCHEME_IDS = ['TH', 'EE', 'LV', 'LT', 'FI', 'FINUID', 'BE', 'DK', 'SG', 'KR'] as const
export type SchemeId = (typeof SCHEME_IDS)[number]

/** What stands in the way of a code: its form, an impossible date inside it, a number never given out, a wrong check digit. */
export type CodeFault = 'unknown-scheme' | 'format' | 'date' | 'number' | 'check-digit'
/** Worth an operator's look, never a reason to refuse: the country itself gives out such codes. */
export type CodeWarning = 'check-digit' | 'temporary' | 'replacement'

export type ParsedPersonId =
  | { readonly ok: true; readonly code: string; readonly warnings: readonly CodeWarning[] }
  | { readonly ok: false; readonly reason: CodeFault }

export interface Scheme {
  readonly id: SchemeId
  /** What the country calls it. */
  readonly title: string
  /** The canonical form. */
  readonly format: RegExp
  /** From what was typed (already upper-cased, Latin digits, no spaces, plain hyphens) towards the canonical form. */
  readonly tidy: (typed: string) => string
  /** Years, months and days inside the code exist; absent where the code carries no date. */
  readonly date?: (code: string) => boolean
  /** Numbers of the right form that are never given out. */
  readonly issued?: (code: string) => boolean
  readonly check: (code: string) => boolean
  /** Whether a wrong check digit refuses: not where the country stopped keeping it. */
  readonly wrongCheck: 'refuse' | 'warn'
  readonly notes?: (code: string) => readonly CodeWarning[]
  /** How people read it: `#` a character shown, `*` a character that the mask hides, anything else is put in between. */
  readonly display: string
  /** For the form: digits only or letters too, characters in the canonical form, an invented example. */
  readonly hint: { readonly numeric: boolean; readonly length: number; readonly example: string }
}

const withoutHyphens = (typed: string): string => typed.replaceAll('-', '')
const digit = (code: string, at: number): number => code.charCodeAt(at) - 48
const number = (code: string, from: number, to: number): number => Number(code.slice(from, to))

function weighted(code: string, weights: readonly number[]): number {
  let sum = 0
  for (let at = 0; at < weights.length; at++) sum += digit(code, at) * weights[at]!
  return sum
}

/** Whether the Gregorian calendar has this day. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  return day <= days
}

// Estonia and Lithuania share a century digit (1–8, odd male, even female) and a two-round modulus 11.
const FIRST_ROUND = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]
const SECOND_ROUND = [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]
function balticCheck(code: string): boolean {
  let rest = weighted(code, FIRST_ROUND) % 11
  if (rest === 10) rest = weighted(code, SECOND_ROUND) % 11
  return (rest === 10 ? 0 : rest) === digit(code, 10)
}
const balticDate = (code: string): boolean =>
  isDay(1800 + 100 * Math.floor((digit(code, 0) - 1) / 2) + number(code, 1, 3), number(code, 3, 5), number(code, 5, 7))

const THAI_WEIGHTS = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]
const LATVIAN_WEIGHTS = [1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const DANISH_WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]
const KOREAN_WEIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
const SINGAPORE_WEIGHTS = [2, 7, 6, 5, 4, 3, 2]
const FINNISH_CHECK = '0123456789ABCDEFHJKLMNPRSTUVWXY'
// First letter → what is added to the sum, and the letters by rest. M (foreigners from 2022) has a row of its own.
const SINGAPORE_LETTERS: Readonly<Record<string, readonly [number, string]>> = {
  S: [0, 'JZIHGFEDCBA'],
  T: [4, 'JZIHGFEDCBA'],
  F: [0, 'XWUTRQPNMLK'],
  G: [4, 'XWUTRQPNMLK'],
  M: [3, 'XWUTRQPNJLK'],
}

function danishYear(code: string): number {
  const seventh = digit(code, 6)
  const year = number(code, 4, 6)
  if (seventh <= 3) return 1900 + year
  if (seventh === 4 || seventh === 9) return year <= 36 ? 2000 + year : 1900 + year
  return year <= 57 ? 2000 + year : 1800 + year
}
const danishDay = (code: string): number => number(code, 0, 2) % 60

function koreanCentury(code: string): number {
  const seventh = digit(code, 6)
  if (seventh === 9 || seventh === 0) return 1800
  return [1, 2, 5, 6].includes(seventh) ? 1900 : 2000
}

function finnishCentury(code: string): number {
  if (code[6] === '+') return 1800
  return '-YXWVU'.includes(code[6]!) ? 1900 : 2000
}

const table: Readonly<Record<SchemeId, Scheme>> = {
  // First digits 0 and 9 are given to people outside the civil register: refusing them would shut them out.
  TH: {
    id: 'TH',
    title: 'เลขประจำตัวประชาชน',
    format: /^\d{13}$/,
    tidy: withoutHyphens,
    check: (code) => (11 - (weighted(code, THAI_WEIGHTS) % 11)) % 10 === digit(code, 12),
    wrongCheck: 'refuse',
    display: '# #### ***** ## #',
    hint: { numeric: true, length: 13, example: '1 2345 67890 12 1' },
  },
  EE: {
    id: 'EE',
    title: 'isikukood',
    format: /^[1-8]\d{10}$/,
    tidy: withoutHyphens,
    date: balticDate,
    check: balticCheck,
    wrongCheck: 'refuse',
    display: '#******####',
    hint: { numeric: true, length: 11, example: '39001010011' },
  },
  // The formula holds for most published codes but not for all, and nobody enforces it: only a warning.
  LV: {
    id: 'LV',
    title: 'personas kods',
    format: /^\d{6}-\d{5}$/,
    tidy: (typed) => (/^\d{11}$/.test(typed) ? `${typed.slice(0, 6)}-${typed.slice(6)}` : typed),
    // Codes from July 2017 on begin with 32 (later 33–39) and carry no date.
    date: (code) =>
      /^3[2-9]/.test(code) ||
      (digit(code, 7) <= 2 &&
        isDay(1800 + 100 * digit(code, 7) + number(code, 4, 6), number(code, 2, 4), number(code, 0, 2))),
    check: (code) => {
      const digits = withoutHyphens(code)
      return ((((1101 - weighted(digits, LATVIAN_WEIGHTS)) % 11) + 11) % 11) % 10 === digit(digits, 10)
    },
    wrongCheck: 'warn',
    display: '******#*####',
    hint: { numeric: true, length: 12, example: '329999-99901' },
  },
  LT: {
    id: 'LT',
    title: 'asmens kodas',
    format: /^[1-9]\d{10}$/,
    tidy: withoutHyphens,
    date: (code) => code[0] === '9' || balticDate(code),
    check: balticCheck,
    wrongCheck: 'refuse',
    display: '#******####',
    hint: { numeric: true, length: 11, example: '39001010011' },
  },
  // The sign after the date is part of the number: the same digits with - and with Y are two people. Never stripped.
  FI: {
    id: 'FI',
    title: 'henkilötunnus',
    format: /^\d{6}[-+YXWVUABCDEF]\d{3}[0-9A-FHJ-NPR-Y]$/,
    tidy: (typed) => typed,
    date: (code) => isDay(finnishCentury(code) + number(code, 4, 6), number(code, 2, 4), number(code, 0, 2)),
    issued: (code) => number(code, 7, 10) >= 2,
    check: (code) => FINNISH_CHECK[Number(code.slice(0, 6) + code.slice(7, 10)) % 31] === code[10],
    wrongCheck: 'refuse',
    notes: (code) => (number(code, 7, 10) >= 900 ? ['temporary'] : []),
    display: '*******####',
    hint: { numeric: false, length: 11, example: '010190-900P' },
  },
  // What Finnish cards carry instead of the number above (sähköinen asiointitunnus); of the same person, and not derived from it.
  FINUID: {
    id: 'FINUID',
    title: 'sähköinen asiointitunnus',
    format: /^\d{8}[0-9A-FHJ-NPR-Y]$/,
    tidy: withoutHyphens,
    check: (code) => FINNISH_CHECK[Number(code.slice(0, 8)) % 31] === code[8],
    wrongCheck: 'refuse',
    display: '#****####',
    hint: { numeric: false, length: 9, example: '99901112H' },
  },
  // Who was born from 2000 on has a 2 before the nine digits that are checked. Months above 12 are of people who are only
  // registered (BIS), and unknown days are zero: no date is looked for.
  BE: {
    id: 'BE',
    title: 'rijksregisternummer',
    format: /^\d{11}$/,
    tidy: (typed) => typed.replace(/[-.]/g, ''),
    check: (code) =>
      ['', '2'].some((century) => 97 - (Number(century + code.slice(0, 9)) % 97) === number(code, 9, 11)),
    wrongCheck: 'refuse',
    display: '******-###-##',
    hint: { numeric: true, length: 11, example: '010503-998-64' },
  },
  // Modulus 11 isn't kept since October 2007. Replacement numbers add 60 to the day.
  DK: {
    id: 'DK',
    title: 'CPR-nummer',
    format: /^\d{10}$/,
    tidy: withoutHyphens,
    date: (code) => number(code, 0, 2) !== 60 && isDay(danishYear(code), number(code, 2, 4), danishDay(code)),
    check: (code) => weighted(code, DANISH_WEIGHTS) % 11 === 0,
    wrongCheck: 'warn',
    notes: (code) => (number(code, 0, 2) > 60 ? ['replacement'] : []),
    display: '######-****',
    hint: { numeric: true, length: 10, example: '010190-1234' },
  },
  SG: {
    id: 'SG',
    title: 'NRIC/FIN',
    format: /^[STFGM]\d{7}[A-Z]$/,
    tidy: withoutHyphens,
    check: (code) => {
      const [added, letters] = SINGAPORE_LETTERS[code[0]!]!
      return letters[(weighted(code.slice(1), SINGAPORE_WEIGHTS) + added) % 11] === code[8]
    },
    wrongCheck: 'refuse',
    display: '#****####',
    hint: { numeric: false, length: 9, example: 'S1234567D' },
  },
  // From October 2020 the last six digits are random: genuine new numbers fail the old check.
  KR: {
    id: 'KR',
    title: '주민등록번호',
    format: /^\d{13}$/,
    tidy: withoutHyphens,
    date: (code) => isDay(koreanCentury(code) + number(code, 0, 2), number(code, 2, 4), number(code, 4, 6)),
    check: (code) => (11 - (weighted(code, KOREAN_WEIGHTS) % 11)) % 10 === digit(code, 12),
    wrongCheck: 'warn',
    display: '######-#******',
    hint: { numeric: true, length: 13, example: '900101-1234568' },
  },
}

export const SCHEMES: Readonly<Record<SchemeId, Scheme>> = table
export const isScheme = (text: string): text is SchemeId => Object.hasOwn(table, text)

const LONGEST_TYPED = 64
const NONE: readonly CodeWarning[] = []

/** Thai and full-width digits to 0–9, every kind of hyphen to `-`; spaces and invisible marks (from copied text) go. */
function plain(typed: string): string {
  if (/^[0-9A-Z+-]*$/.test(typed)) return typed
  return typed
    .normalize('NFKC')
    .replace(/[๐-๙]/g, (thai) => String(thai.charCodeAt(0) - 0x0e50))
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .toUpperCase()
}

/**
 * Reads a code as somebody typed it.
 * @returns the canonical code with warnings, or the one reason why no such code can exist. Never throws.
 */
export function parsePersonId(scheme: string, typed: string): ParsedPersonId {
  if (!isScheme(scheme)) return { ok: false, reason: 'unknown-scheme' }
  if (typed.length > LONGEST_TYPED) return { ok: false, reason: 'format' }
  const rules = table[scheme]
  const code = rules.tidy(plain(typed))
  if (!rules.format.test(code)) return { ok: false, reason: 'format' }
  if (rules.date && !rules.date(code)) return { ok: false, reason: 'date' }
  if (rules.issued && !rules.issued(code)) return { ok: false, reason: 'number' }
  const checked = rules.check(code)
  if (!checked && rules.wrongCheck === 'refuse') return { ok: false, reason: 'check-digit' }
  const notes = rules.notes?.(code) ?? NONE
  return { ok: true, code, warnings: checked ? notes : [...notes, 'check-digit'] }
}

/** Grouped as people read it (`1 1020 03456 78 2`). A code of an unknown scheme comes back as it is. */
export const displayPersonId = (scheme: string, code: string): string =>
  isScheme(scheme) ? fill(scheme, code, false) : code

/** As `displayPersonId`, with what a bystander shouldn't read hidden (`1 1020 ••••• 78 2`). */
export const maskPersonId = (scheme: string, code: string): string =>
  isScheme(scheme) ? fill(scheme, code, true) : '•'.repeat(code.length)

function fill(scheme: SchemeId, code: string, masked: boolean): string {
  let at = 0
  let text = ''
  for (const place of table[scheme].display) {
    if (place === '#') text += code[at++] ?? ''
    else if (place === '*') text += masked ? '•' : (code[at] ?? '')
    else text += place
    if (place === '*') at++
  }
  return text
}
