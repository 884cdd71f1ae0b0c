import { CsvError, parse } from 'csv-parse/sync'

// CSV as registers export it (RFC 4180), read by csv-parse in blocks of whole lines. What is ours is the line on which
// each row began, so that a bad row can be found in the file, and that a bad row costs one line and not what follows it.

/** One row of an import file before anything is understood of it. */
export type FileRow = {
  /** Line on which it begins, from 1. */
  readonly line: number
  /** As it stands in the file, without the line break at its end. */
  text(): string
} & ({ readonly fields: readonly string[] } | { readonly mistake: string })

export type EachFileRow = (row: FileRow) => void

export interface RowReader {
  /** Takes the next piece of the file, UTF-8 without a byte-order mark, and gives each row that is complete with it. */
  push(piece: Buffer, each: EachFileRow): void
  /** After the last piece. */
  end(each: EachFileRow): void
}

// A quote that is never closed would swallow the rest of the file: a row of more bytes than this is a mistake, and
// reading goes on with the line after the one on which it began.
const LONGEST_ROW = 65_536
const NEW_LINE = 10
const RETURN = 13

const MISTAKES: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'something stands between a closing quote and the next comma',
  INVALID_OPENING_QUOTE: 'a quote stands inside a field that is not quoted',
}
const NEVER_CLOSED = 'CSV_QUOTE_NOT_CLOSED'
const TOO_LONG = 'the row is longer than 64 KB'

export function openCsv(delimiter = ','): RowReader {
  const options = {
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
  }
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  /** Inside a line that has been given up as endless. */
  let skipping = false

  /** Reads the whole lines of `block`. @returns how many bytes of it are done with. */
  function read(block: Buffer, final: boolean, each: EachFileRow): number {
    const starts = lineStarts(block)
    const records = starts && recordsOf(block)
    // As many records as lines: each line is one, and nothing more need be asked about where it stands.
    if (!starts || records?.length !== starts.length) return readOneByOne(block, final, each)
    for (const [at, fields] of records.entries()) {
      const text = (): string => lineAt(block, starts[at]!)
      each({ line: line + at, text, fields })
    }
    line += starts.length
    return block.length
  }

  function recordsOf(block: Buffer): string[][] | undefined {
    try {
      return parse(block, options)
    } catch (error) {
      if (error instanceof CsvError) return undefined
      throw error
    }
  }

  /** As `read`, for a block with line breaks inside quotes, empty lines or mistakes. */
  function readOneByOne(block: Buffer, final: boolean, each: EachFileRow): number {
    let at = skipEmpty(block, 0)
    while (at < block.length) {
      const { rows, fault } = rowsFrom(block, at)
      let mistake = fault && (MISTAKES[fault] ?? 'the row is not CSV')
      for (const { fields, end } of rows) {
        const start = at
        const lines = linesBetween(block, start, end)
        if (end - start > LONGEST_ROW) {
          mistake = lines > 1 ? MISTAKES[NEVER_CLOSED] : TOO_LONG
          break
        }
        each({ line, text: () => withoutBreak(block.subarray(start, end)).toString(), fields })
        line += lines
        at = skipEmpty(block, end)
      }
      if (mistake === undefined) break
      if (fault === NEVER_CLOSED && !final && rest.length - at <= LONGEST_ROW) break
      const bad = at
      each({ line, text: () => lineAt(block, bad), mistake })
      line += 1
      at = skipEmpty(block, nextLine(block, at))
    }
    return at
  }

  /** The rows up to the first that is no CSV, and why it isn't. `end` is after the line break. */
  function rowsFrom(block: Buffer, from: number) {
    const rows: { readonly fields: string[]; readonly end: number }[] = []
    const note = (fields: string[], { bytes }: { readonly bytes: number }): null => {
      rows.push({ fields, end: from + bytes })
      return null
    }
    try {
      parse(block.subarray(from), { ...options, on_record: note })
    } catch (error) {
      if (error instanceof CsvError) return { rows, fault: error.code }
      throw error
    }
    return { rows, fault: undefined }
  }

  function skipEmpty(block: Buffer, from: number): number {
    for (let at = from; ; at += 1) {
      if (block[at] === RETURN && block[at + 1] === NEW_LINE) at += 1
      else if (block[at] !== NEW_LINE) return at
      line += 1
    }
  }

  return {
    push(piece, each) {
      if (skipping) {
        const lineEnd = piece.indexOf(NEW_LINE)
        if (lineEnd < 0) return
        skipping = false
        rest = piece.subarray(lineEnd + 1)
        line += 1
      } else rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      const whole = rest.lastIndexOf(NEW_LINE) + 1
      if (whole > 0) rest = rest.subarray(read(rest.subarray(0, whole), false, each))
      if (rest.length > LONGEST_ROW && !rest.includes(NEW_LINE)) {
        const text = rest.toString('utf8', 0, 200)
        each({ line, text: () => text, mistake: TOO_LONG })
        rest = Buffer.alloc(0)
        skipping = true
      }
    },
    end(each) {
      if (skipping || rest.length === 0) return
      if (rest.at(-1) !== NEW_LINE) rest = Buffer.concat([rest, Buffer.of(NEW_LINE)])
      read(rest, true, each)
    },
  }
}

const nextLine = (block: Buffer, from: number): number => block.indexOf(NEW_LINE, from) + 1 || block.length

/** Where each line begins; undefined when one of them is too long. */
function lineStarts(block: Buffer): number[] | undefined {
  const starts: number[] = []
  for (let at = 0; at < block.length; ) {
    starts.push(at)
    const next = nextLine(block, at)
    if (next - at > LONGEST_ROW) return undefined
    at = next
  }
  return starts
}

function linesBetween(block: Buffer, start: number, end: number): number {
  let lines = 0
  for (let at = start; at < end; at = nextLine(block, at)) lines += 1
  return lines
}

const lineAt = (block: Buffer, start: number): string =>
  withoutBreak(block.subarray(start, nextLine(block, start))).toString()

function withoutBreak(bytes: Buffer): Buffer {
  let end = bytes.length
  if (bytes[end - 1] === NEW_LINE) end -= 1
  if (bytes[end - 1] === RETURN) end -= 1
  return bytes.subarray(0, end)
}

/** The row as one line of CSV. */
export const csvLine = (fields: readonly string[], delimiter = ','): string =>
  fields
    .map((field) => (/["\r\n]/.test(field) || field.includes(delimiter) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(delimiter)
