import { SCHEME_IDS } from '../identity/person-id.ts'
import { PERSON_KINDS, PERSON_STATUSES } from './kind-and-status.ts'
import { COLUMNS, type Column, isColumn, type RowTexts } from './row.ts'

// How a register's own export becomes a person file: which of its columns is which of ours, what stands for all its rows
// alike, and what its words for kind and status mean. A JSON file beside the export, explained in docs/operate.md.

const DATE_FORMS = {
  'YYYY-MM-DD': undefined,
  YYYYMMDD: { form: /^(\d{4})(\d{2})(\d{2})$/, iso: '$1-$2-$3' },
  'DD/MM/YYYY': { form: /^(\d{2})[/.-](\d{2})[/.-](\d{4})$/, iso: '$3-$2-$1' },
} as const
const DELIMITERS = [',', ';', '\t', '|']
/** The columns whose words a table may translate, and our words for them. */
const WORDS = { scheme: SCHEME_IDS, kind: PERSON_KINDS, status: PERSON_STATUSES } as const
const DATES: readonly Column[] = ['birth_date', 'valid_from', 'valid_to']

export interface FileMap {
  readonly delimiter: string
  readonly date: keyof typeof DATE_FORMS
  /** Ours to theirs. */
  readonly columns: { readonly [column in Column]?: string }
  readonly constants: { readonly [column in Column]?: string }
  readonly values: { readonly [column in Column]?: ReadonlyMap<string, string> }
}

/** @returns the map, or every mistake in it. */
export function readMap(text: string): { readonly map: FileMap } | { readonly mistakes: readonly string[] } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { mistakes: [`it is not JSON: ${(error as Error).message}`] }
  }
  const mistakes: string[] = []
  const say = (place: string, what: string): void => void mistakes.push(`${place}: ${what}`)
  if (!isObject(value)) return { mistakes: ['it is not a JSON object'] }
  for (const name of Object.keys(value))
    if (!['delimiter', 'date', 'columns', 'constants', 'values'].includes(name))
      say(name, 'unknown; known are columns, constants, values, date and delimiter')

  const { delimiter = ',', date = 'YYYY-MM-DD' } = value
  if (!DELIMITERS.some((known) => known === delimiter)) say('delimiter', 'must be , or ; or | or a tab')
  if (!Object.hasOwn(DATE_FORMS, String(date))) say('date', `must be one of ${Object.keys(DATE_FORMS).join(', ')}`)
  const columns = ofColumns('columns', value.columns ?? {}, say)
  const constants = ofColumns('constants', value.constants ?? {}, say)
  for (const [column, word] of Object.entries(constants))
    if (isWorded(column)) checkWord(`constants.${column}`, column, word, say)
  for (const column of COLUMNS) {
    if (columns[column] !== undefined && constants[column] !== undefined)
      say(column, 'stands in columns and in constants')
    const needed = column === 'scheme' || column === 'code'
    if (needed && columns[column] === undefined && constants[column] === undefined)
      say(column, 'every person needs it, from a column or as a constant')
  }
  const values = tables(value.values ?? {}, columns, say)
  if (mistakes.length > 0) return { mistakes }
  return {
    map: { delimiter: String(delimiter), date: date as FileMap['date'], columns, constants, values },
  }
}

type Say = (place: string, what: string) => void
type Texts = { -readonly [column in Column]?: string }

function ofColumns(place: string, value: unknown, say: Say): Texts {
  const texts: Texts = {}
  if (!isObject(value)) {
    say(place, 'must be an object')
    return texts
  }
  for (const [column, text] of Object.entries(value)) {
    if (!isColumn(column)) say(`${place}.${column}`, `unknown column; known: ${COLUMNS.join(', ')}`)
    else if (typeof text !== 'string' || text === '') say(`${place}.${column}`, 'must be text in quotes')
    else texts[column] = text
  }
  return texts
}

function tables(value: unknown, columns: Texts, say: Say): { [column in Column]?: ReadonlyMap<string, string> } {
  const found: { [column in Column]?: ReadonlyMap<string, string> } = {}
  if (!isObject(value)) {
    say('values', 'must be an object')
    return found
  }
  for (const [column, table] of Object.entries(value)) {
    const place = `values.${column}`
    if (!isWorded(column)) {
      say(place, `only ${Object.keys(WORDS).join(', ')} have a table of values`)
      continue
    }
    if (!isObject(table)) {
      say(place, 'must be an object')
      continue
    }
    if (columns[column] === undefined) say(place, 'no column of the file is named for it')
    for (const [theirs, ours] of Object.entries(table)) checkWord(`${place}.${theirs}`, column, ours, say)
    found[column] = new Map(Object.entries(table).map(([theirs, ours]) => [theirs, String(ours)]))
  }
  return found
}

function checkWord(place: string, column: keyof typeof WORDS, word: unknown, say: Say): void {
  if (!(WORDS[column] as readonly unknown[]).includes(word)) say(place, `must be one of ${WORDS[column].join(', ')}`)
}

const isWorded = (column: string): column is keyof typeof WORDS => Object.hasOwn(WORDS, column)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the row says in our words. @param at where each column that the map names stands in the row. */
export function mapRow(
  { columns, constants, values, date }: FileMap,
  fields: readonly string[],
  at: ReadonlyMap<Column, number>,
): { readonly texts: RowTexts } | { readonly mistake: string } {
  const texts: { [column in Column]?: string | undefined } = { ...constants }
  const mistakes: string[] = []
  for (const column of Object.keys(columns) as Column[]) {
    const text = fields[at.get(column)!]!
    const table = values[column]
    // An empty field says nothing, unless the table gives it a meaning.
    texts[column] = table ? (table.get(text.trim()) ?? (text.trim() === '' ? '' : undefined)) : text
    if (texts[column] === undefined) mistakes.push(`the map has no word for this ${column}`)
  }
  const form = DATE_FORMS[date]
  if (form)
    for (const column of DATES) {
      const text = texts[column]
      if (text !== undefined) texts[column] = text.trim().replace(form.form, form.iso)
    }
  return mistakes.length > 0 ? { mistake: mistakes.join('; ') } : { texts }
}
