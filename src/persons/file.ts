import { csvLine, type FileRow, openCsv, type RowReader } from './csv.ts'
import { openLines, readObject } from './jsonl.ts'
import { COLUMNS, type Column, type IdentifierTexts, type RowTexts } from './row.ts'

// An import file, whichever of the two formats it is written in: CSV under a header, or JSON Lines.

/** What a row says, not yet judged. */
export type Said =
  | { readonly texts: RowTexts; readonly identifiers: readonly IdentifierTexts[] }
  | { readonly mistake: string }

export type EachRow = (row: FileRow, said: Said) => void

export interface PersonFile {
  /** @throws UnusableFile when the file can't be read at all. */
  push(piece: string, each: EachRow): void
  end(each: EachRow): void
  /** For the rejected rows: their heading, and one of them with its reason. */
  rejectedHeading(): string | undefined
  rejectedRow(row: FileRow, reason: string): string
}

/** The file as a whole is not one of ours; the message names every mistake of its heading. */
export class UnusableFile extends Error {}

// In front of a rejected row stand its line and the reason. Both are passed over when a mended file comes back.
const LINE = 'line'
const REASON = 'reason'

export function openPersonFile(): PersonFile {
  let format: Format | undefined
  let begun = ''

  function formatOf(piece: string): Format | undefined {
    begun += piece
    const first = begun.trimStart()[0]
    if (first === undefined) return undefined
    return first === '{' ? jsonLines() : csv()
  }

  return {
    push(piece, each) {
      if (format) return format.push(piece, each)
      format = formatOf(piece)
      format?.push(begun, each)
    },
    end(each) {
      if (!format) throw new UnusableFile('The file is empty.')
      format.end(each)
    },
    rejectedHeading: () => format?.rejectedHeading(),
    rejectedRow: (row, reason) => (format ?? jsonLines()).rejectedRow(row, reason),
  }
}

type Format = PersonFile

function jsonLines(): Format {
  const lines = openLines()
  const judge =
    (each: EachRow) =>
    (row: FileRow): void =>
      each(row, 'mistake' in row ? row : readObject(row.text))
  return {
    push: (piece, each) => lines.push(piece, judge(each)),
    end: (each) => lines.end(judge(each)),
    rejectedHeading: () => undefined,
    rejectedRow: ({ line, text }, reason) => JSON.stringify({ line, reason, ...objectIn(text) }),
  }
}

/** The rejected object itself, without the line and reason of an earlier round; text that is no object stays text. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const { [LINE]: _line, [REASON]: _reason, ...rest } = value as Record<string, unknown>
      return rest
    }
  } catch {
    // As it stands, then.
  }
  return { text }
}

function csv(): Format {
  const reader: RowReader = openCsv()
  let heading: readonly string[] | undefined
  let places: { readonly [column in Column]: number } | undefined

  const judge =
    (each: EachRow) =>
    (row: FileRow): void => {
      if (!places) {
        heading = 'fields' in row ? row.fields.map((name) => name.trim()) : []
        places = placesOf(heading)
        return
      }
      each(row, 'mistake' in row ? row : said(row.fields, heading?.length ?? 0, places))
    }

  return {
    push: (piece, each) => reader.push(piece, judge(each)),
    end(each) {
      reader.end(judge(each))
      if (!places) throw new UnusableFile('The file is empty.')
    },
    rejectedHeading: () => csvLine([LINE, REASON, ...(heading ?? []).filter(isOurs)]),
    rejectedRow: (row, reason) =>
      'fields' in row && row.fields.length === heading?.length
        ? csvLine([String(row.line), reason, ...row.fields.filter((_, at) => isOurs(heading?.[at] ?? ''))])
        : `${csvLine([String(row.line), reason])},${row.text}`,
  }
}

const isOurs = (name: string): boolean => name !== LINE && name !== REASON

function placesOf(heading: readonly string[]): { readonly [column in Column]: number } {
  const known: readonly string[] = COLUMNS
  const mistakes = [
    ...heading
      .filter((name) => isOurs(name) && !known.includes(name))
      .map((name) => `unknown column "${name.slice(0, 40)}"`),
    ...known
      .filter((name) => heading.filter((other) => other === name).length > 1)
      .map((name) => `column "${name}" twice`),
    ...['scheme', 'code'].filter((name) => !heading.includes(name)).map((name) => `no column "${name}"`),
  ]
  if (mistakes.length > 0)
    throw new UnusableFile(
      `The heading of the file is not that of a person file: ${mistakes.join(', ')}. Known columns: ${COLUMNS.join(',')}`,
    )
  return Object.fromEntries(COLUMNS.map((column) => [column, heading.indexOf(column)])) as {
    [column in Column]: number
  }
}

function said(fields: readonly string[], expected: number, at: { readonly [column in Column]: number }): Said {
  if (fields.length !== expected) return { mistake: `the row has ${fields.length} fields, the heading ${expected}` }
  // A literal of constant shape: a loop over the columns costs a microsecond a row.
  const texts: RowTexts = {
    scheme: fields[at.scheme],
    code: fields[at.code],
    kind: fields[at.kind],
    status: fields[at.status],
    given_name: fields[at.given_name],
    family_name: fields[at.family_name],
    given_name_latin: fields[at.given_name_latin],
    family_name_latin: fields[at.family_name_latin],
    birth_date: fields[at.birth_date],
    valid_from: fields[at.valid_from],
    valid_to: fields[at.valid_to],
  }
  return { texts, identifiers: [texts] }
}
