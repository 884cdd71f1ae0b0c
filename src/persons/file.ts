import { csvLine, type FileRow, openCsv, type RowReader } from './csv.ts'
import { openUtf8, WrongEncoding } from './encoding.ts'
import { openLines, readObject } from './jsonl.ts'
import { type FileMap, mapRow } from './map.ts'
import { COLUMNS, type Column, type IdentifierTexts, type RowTexts } from './row.ts'

// An import file, whichever way it is written: CSV under our heading or, with a map, under its own; or JSON Lines.

/** What a row says, not yet judged. */
export type Said =
  | {
      readonly texts: RowTexts
      readonly identifiers: readonly IdentifierTexts[]
      /** One of the demonstration's people, by the row's own word; only a JSON line can say so. */
      readonly invented?: boolean
    }
  | { readonly mistake: string }

export type EachRow = (row: FileRow, said: Said) => void

export interface PersonFile {
  /** @throws UnusableFile when the file can't be read at all. */
  push(piece: Uint8Array, each: EachRow): void
  end(each: EachRow): void
  /** For the rejected rows, which are UTF-8 whatever the file is: their heading, and one of them with its reason. */
  rejectedHeading(): string | undefined
  rejectedRow(row: FileRow, reason: string): string
}

/** How a file is written where it isn't one of ours. */
export interface FileForm {
  /** As the WHATWG Encoding Standard labels it; UTF-8 otherwise, or UTF-16 where a byte-order mark says so. */
  readonly encoding?: string
  readonly map?: FileMap
}

/** The file as a whole is not one of ours; the message names every mistake of its heading. */
export class UnusableFile extends Error {}

// In front of a rejected row stand its line and the reason. Both are passed over when a mended file comes back.
const LINE = 'line'
const REASON = 'reason'

/** @throws UnusableFile for an encoding that nobody knows. */
export function openPersonFile({ encoding, map }: FileForm = {}): PersonFile {
  const utf8 = usable(() => openUtf8(encoding))
  let format: Format | undefined
  let begun: Buffer = Buffer.alloc(0)

  function formatOf(piece: Buffer): Format | undefined {
    begun = Buffer.concat([begun, piece])
    if (map) return csv(map)
    const first = begun.toString('utf8', 0, 1000).trimStart()[0]
    if (first === undefined) return undefined
    return first === '{' ? jsonLines() : csv()
  }

  function push(piece: Buffer, each: EachRow): void {
    if (piece.length === 0) return
    if (!format) {
      format = formatOf(piece)
      format?.push(begun, each)
    } else format.push(piece, each)
  }

  return {
    push: (piece, each) =>
      push(
        usable(() => utf8.push(piece)),
        each,
      ),
    end(each) {
      push(
        usable(() => utf8.end()),
        each,
      )
      if (!format) throw new UnusableFile('The file is empty.')
      format.end(each)
    },
    rejectedHeading: () => format?.rejectedHeading(),
    rejectedRow: (row, reason) => (format ?? jsonLines()).rejectedRow(row, reason),
  }
}

function usable<Value>(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    throw error instanceof WrongEncoding ? new UnusableFile(error.message) : error
  }
}

interface Format extends Omit<PersonFile, 'push'> {
  push(piece: Buffer, each: EachRow): void
}

function jsonLines(): Format {
  const lines = openLines()
  const judge =
    (each: EachRow) =>
    (row: FileRow): void =>
      each(row, 'mistake' in row ? row : readObject(row.text()))
  return {
    push: (piece, each) => lines.push(piece, judge(each)),
    end: (each) => lines.end(judge(each)),
    rejectedHeading: () => undefined,
    rejectedRow: ({ line, text }, reason) => JSON.stringify({ line, reason, ...objectIn(text()) }),
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

function csv(map?: FileMap): Format {
  const delimiter = map?.delimiter ?? ','
  const reader: RowReader = openCsv(delimiter)
  let heading: readonly string[] | undefined
  let meaning: ((fields: readonly string[]) => Said) | undefined
  /** How many fields an earlier import put in front. */
  let ours = 0

  const judge =
    (each: EachRow) =>
    (row: FileRow): void => {
      if (heading && meaning) {
        const expected = heading.length
        if ('mistake' in row) each(row, row)
        else if (row.fields.length === expected) each(row, meaning(row.fields))
        else each(row, { mistake: `the row has ${row.fields.length} fields, the heading ${expected}` })
        return
      }
      heading = 'fields' in row ? row.fields.map((name) => name.trim()) : []
      ours = heading[0] === LINE && heading[1] === REASON ? 2 : 0
      meaning = map ? mappedMeaning(map, heading, ours) : ownMeaning(heading, ours)
    }

  return {
    push: (piece, each) => reader.push(piece, judge(each)),
    end(each) {
      reader.end(judge(each))
      if (!heading) throw new UnusableFile('The file is empty.')
    },
    rejectedHeading: () => csvLine([LINE, REASON, ...(heading ?? []).slice(ours)], delimiter),
    rejectedRow: (row, reason) =>
      'fields' in row && row.fields.length === heading?.length
        ? csvLine([String(row.line), reason, ...row.fields.slice(ours)], delimiter)
        : `${csvLine([String(row.line), reason], delimiter)}${delimiter}${row.text()}`,
  }
}

type Places = { readonly [column in Column]: number }

function ownMeaning(heading: readonly string[], ours: number): (fields: readonly string[]) => Said {
  const names = heading.slice(ours)
  const known: readonly string[] = COLUMNS
  const mistakes = [
    ...names.filter((name) => !known.includes(name)).map((name) => `unknown column "${name.slice(0, 40)}"`),
    ...known
      .filter((name) => names.filter((other) => other === name).length > 1)
      .map((name) => `column "${name}" twice`),
    ...['scheme', 'code'].filter((name) => !names.includes(name)).map((name) => `no column "${name}"`),
  ]
  if (mistakes.length > 0)
    throw new UnusableFile(
      `The heading of the file is not that of a person file: ${mistakes.join(', ')}. Known columns: ${COLUMNS.join(',')}`,
    )
  const places = Object.fromEntries(COLUMNS.map((column) => [column, heading.indexOf(column, ours)])) as Places
  return (fields) => said(fields, places)
}

function mappedMeaning(map: FileMap, heading: readonly string[], ours: number): (fields: readonly string[]) => Said {
  const wanted = Object.entries(map.columns) as [Column, string][]
  const count = (name: string): number => heading.slice(ours).filter((other) => other === name).length
  const mistakes = [...new Set(wanted.map(([, theirs]) => theirs))].flatMap((theirs) =>
    count(theirs) === 1 ? [] : [count(theirs) === 0 ? `no column "${theirs}"` : `column "${theirs}" twice`],
  )
  if (mistakes.length > 0)
    throw new UnusableFile(`The heading of the file is not the one that the map is for: ${mistakes.join(', ')}.`)
  const places = new Map(wanted.map(([column, theirs]) => [column, heading.indexOf(theirs, ours)]))
  return (fields) => {
    const found = mapRow(map, fields, places)
    return 'mistake' in found ? found : { texts: found.texts, identifiers: [found.texts] }
  }
}

function said(fields: readonly string[], at: Places): Said {
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
