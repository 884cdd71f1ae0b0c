import { type CodeFault, isDay, parsePersonId, SCHEMES } from '../identity/person-id.ts'
import type { Identifier, Names } from './details.ts'
import { PERSON_KINDS, PERSON_STATUSES, type PersonKind, type PersonStatus } from './kind-and-status.ts'

// One row of an import file, understood: the same rules for CSV and JSON Lines. Every mistake of a row is named.
// What a file doesn't have a column for stays as it is in the register; what it leaves empty is removed.

/** The columns, as they stand in a CSV header and as keys of a JSON line. */
export const COLUMNS = [
  'scheme',
  'code',
  'kind',
  'status',
  'given_name',
  'family_name',
  'given_name_latin',
  'family_name_latin',
  'birth_date',
  'valid_from',
  'valid_to',
] as const
export type Column = (typeof COLUMNS)[number]
export const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name)

/** Absent: the file doesn't say. Empty: there is none. */
export type RowTexts = { readonly [column in Column]?: string | undefined }
export interface IdentifierTexts {
  readonly scheme?: string | undefined
  readonly code?: string | undefined
  readonly valid_from?: string | undefined
  readonly valid_to?: string | undefined
}

/** `validityTold`: the file says from when to when, perhaps by leaving it empty; else the register keeps what it knows. */
export interface RowIdentifier extends Identifier {
  readonly validityTold: boolean
}

export interface PersonRow {
  readonly identifiers: readonly RowIdentifier[]
  readonly kind?: PersonKind
  readonly status?: PersonStatus
  /** `''` removes a name, undefined leaves it. */
  readonly names: { readonly [name in keyof Names]: string | undefined }
  readonly birthDate: string | undefined
}

const NAME_COLUMNS = [
  ['given', 'given_name'],
  ['family', 'family_name'],
  ['givenLatin', 'given_name_latin'],
  ['familyLatin', 'family_name_latin'],
] as const

const LONGEST_NAME = 200
const MOST_IDENTIFIERS = 32
/** Years above it are Buddhist, years up to it are not: nobody alive was born in 2400 of either. */
const THIS_MILLENNIUM = 2400
const BUDDHIST = 543

const FAULTS: Readonly<Record<CodeFault, string>> = {
  'unknown-scheme': 'unknown scheme',
  format: 'the code does not have the form of its scheme',
  date: 'the code contains an impossible date',
  number: 'the code contains a number that is never given out',
  'check-digit': 'the check digit of the code is wrong',
}

/** Which era the years of a file are counted in: the common one, or the Buddhist one, 543 years ahead. */
export const ERAS = ['ce', 'be'] as const
export type Era = (typeof ERAS)[number]

/**
 * @param today `YYYY-MM-DD`
 * @returns the row, or every mistake in it as one text without any personal data.
 */
export function readRow(
  texts: RowTexts,
  identifiers: readonly IdentifierTexts[],
  today: string,
  era: Era = 'ce',
): { readonly row: PersonRow } | { readonly mistake: string } {
  const mistakes: string[] = []
  const kind = oneOf('kind', texts.kind, PERSON_KINDS, mistakes)
  const status = oneOf('status', texts.status, PERSON_STATUSES, mistakes)
  const names: { -readonly [name in keyof Names]: string | undefined } = {}
  for (const [name, column] of NAME_COLUMNS) names[name] = readName(column, texts[column], mistakes)
  const birthDate = readBirthDate(texts.birth_date, today, era, mistakes)
  const read = readIdentifiers(identifiers, era, mistakes)
  if (mistakes.length > 0) return { mistake: mistakes.join('; ') }
  return {
    row: { identifiers: read, ...(kind && { kind }), ...(status && { status }), names, birthDate },
  }
}

/** The row as one text: rows that say the same have the same. Values hold no control characters, so nothing runs together. */
export function rowText({ identifiers, kind, status, names, birthDate }: PersonRow): string {
  const said = (value: string | undefined): string => (value === undefined ? '\u0002' : value)
  let text = `${said(kind)}\u0001${said(status)}\u0001${said(names.given)}\u0001${said(names.family)}\u0001${said(names.givenLatin)}\u0001${said(names.familyLatin)}\u0001${said(birthDate)}`
  for (const { scheme, code, validFrom, validTo, validityTold } of identifiers)
    text += `\u0001${scheme}\u0001${code}\u0001${validityTold ? `${validFrom ?? ''}\u0001${validTo ?? ''}` : '\u0002'}`
  return text
}

function oneOf<Value extends string>(
  column: string,
  text: string | undefined,
  values: readonly Value[],
  mistakes: string[],
): Value | undefined {
  if (text === undefined) return undefined
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return undefined
  const value = values.find((known) => known === wanted)
  if (value === undefined) mistakes.push(`${column} must be one of ${values.join(', ')}`)
  return value
}

// Control characters, the sign that bytes were not UTF-8, and marks that turn the reading direction of what follows.
const UNWANTED = /[\p{Cc}\ufffd\u202a-\u202e\u2066-\u2069]/u

function readName(column: string, text: string | undefined, mistakes: string[]): string | undefined {
  if (text === undefined || text === '') return text
  const name = text.normalize('NFC').trim().replace(/\s+/g, ' ')
  if (name.length > LONGEST_NAME) mistakes.push(`${column} is longer than ${LONGEST_NAME} characters`)
  else if (UNWANTED.test(name))
    mistakes.push(
      `${column} ${name.includes('\ufffd') ? 'holds bytes that are no text in the encoding of the file' : 'holds an invisible control character'}`,
    )
  return name
}

/** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a month or day of 00, as some registers write the unknown, is left out. */
function readBirthDate(text: string | undefined, today: string, era: Era, mistakes: string[]): string | undefined {
  const typed = text?.trim()
  if (typed === undefined || typed === '') return typed
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(typed)
  if (!parts) {
    mistakes.push('birth_date must be YYYY, YYYY-MM or YYYY-MM-DD')
    return undefined
  }
  const year = gregorian('birth_date', parts[1]!, era, mistakes)
  if (year === undefined) return undefined
  const month = parts[2] === '00' ? undefined : parts[2]
  const day = parts[3] === '00' ? undefined : parts[3]
  const known = month === undefined ? String(year) : day === undefined ? `${year}-${month}` : `${year}-${month}-${day}`
  if (year < 1800 || (month === undefined && day !== undefined) || !exists(year, month, day) || known > today) {
    mistakes.push('birth_date is not a day on which somebody can have been born')
    return undefined
  }
  return known
}

function gregorian(column: string, typed: string, era: Era, mistakes: string[]): number | undefined {
  const year = Number(typed)
  if (era === 'ce' && year > THIS_MILLENNIUM)
    mistakes.push(`${column}: the year ${year} looks like the Buddhist era (--era be; Gregorian: ${year - BUDDHIST})`)
  else if (era === 'be' && year <= THIS_MILLENNIUM)
    mistakes.push(`${column}: the year ${year} is not one of the Buddhist era, in which the file is said to be`)
  else return era === 'be' ? year - BUDDHIST : year
  return undefined
}

const exists = (year: number, month = '01', day = '01'): boolean => isDay(year, Number(month), Number(day))

function readIdentifiers(given: readonly IdentifierTexts[], era: Era, mistakes: string[]): RowIdentifier[] {
  if (given.length === 0) mistakes.push('an identifier is needed')
  if (given.length > MOST_IDENTIFIERS) mistakes.push(`more than ${MOST_IDENTIFIERS} identifiers`)
  const read: RowIdentifier[] = []
  for (const { scheme, code, valid_from, valid_to } of given.slice(0, MOST_IDENTIFIERS)) {
    const name = (scheme ?? '').trim().toUpperCase()
    const parsed = parsePersonId(name, (code ?? '').trim())
    if (!parsed.ok) {
      const known = parsed.reason === 'unknown-scheme' ? ` (known: ${Object.keys(SCHEMES).join(', ')})` : ''
      mistakes.push(`${FAULTS[parsed.reason]}${known}`)
      continue
    }
    const validFrom = readDay('valid_from', valid_from, era, mistakes)
    const validTo = readDay('valid_to', valid_to, era, mistakes)
    if (validFrom && validTo && validFrom > validTo) mistakes.push('valid_from is later than valid_to')
    if (read.some((other) => other.scheme === name && other.code === parsed.code))
      mistakes.push('the same identifier stands twice in the row')
    read.push({
      scheme: name,
      code: parsed.code,
      ...(validFrom && { validFrom }),
      ...(validTo && { validTo }),
      validityTold: valid_from !== undefined || valid_to !== undefined,
    })
  }
  return read
}

function readDay(column: string, text: string | undefined, era: Era, mistakes: string[]): string | undefined {
  const typed = text?.trim()
  if (!typed) return undefined
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typed)
  const year = parts && gregorian(column, parts[1]!, era, mistakes)
  if (year === undefined) return undefined
  if (parts && year !== null && exists(year, parts[2], parts[3]))
    return `${String(year).padStart(4, '0')}-${parts[2]}-${parts[3]}`
  mistakes.push(`${column} must be a day, YYYY-MM-DD`)
  return undefined
}
