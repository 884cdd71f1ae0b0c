// CSV as registers export it (RFC 4180): quoted fields may hold commas, quotes and line breaks. Reads piece by piece and
// knows the line on which each row began, so that a rejected row can be found in the file. Own code, because the
// general parser costs 6.5 µs a row where a whole import has 30.

/** One row of an import file before anything is understood of it. */
export type FileRow = {
  /** Line on which it begins, from 1. */
  readonly line: number
  /** The text as it stands in the file, without the line break at its end. */
  readonly text: string
} & ({ readonly fields: readonly string[] } | { readonly mistake: string })

export interface RowReader {
  /** Takes the next piece of the file and gives each row that is complete with it. */
  push(piece: string, each: (row: FileRow) => void): void
  /** After the last piece. */
  end(each: (row: FileRow) => void): void
}

// A quote that is never closed would swallow the rest of the file: a row beyond this is a mistake, and reading goes on
// with the line after the one on which it began.
const LONGEST_ROW = 65_536

export function openCsv(): RowReader {
  let rest = ''
  let line = 1
  /** Inside a line that has been given up as endless. */
  let skipping = false

  function read(final: boolean, each: (row: FileRow) => void): void {
    let at = 0
    let quote = rest.indexOf('"')
    while (at < rest.length) {
      const lineEnd = rest.indexOf('\n', at)
      if (lineEnd < 0 && !final) break
      const end = lineEnd < 0 ? rest.length : lineEnd
      if (quote >= 0 && quote < at) quote = rest.indexOf('"', at)
      if (quote < 0 || quote > end) {
        const text = withoutReturn(rest.slice(at, end))
        if (text !== '') each({ line, text, ...(text.length > LONGEST_ROW ? TOO_LONG : { fields: text.split(',') }) })
        at = end + 1
        line += 1
        continue
      }
      const row = quotedRow(rest, at, final)
      if (row === 'more') {
        if (rest.length - at <= LONGEST_ROW) break
        each({ line, text: withoutReturn(rest.slice(at, end)), mistake: 'a quote is opened and never closed' })
        at = end + 1
        line += 1
        continue
      }
      const text = withoutReturn(rest.slice(at, row.end))
      each({ line, text, ...('mistake' in row ? { mistake: row.mistake } : { fields: row.fields }) })
      at = row.end + 1
      line += row.lines
    }
    rest = rest.slice(at)
  }

  return {
    push(piece, each) {
      if (skipping) {
        const lineEnd = piece.indexOf('\n')
        if (lineEnd < 0) return
        skipping = false
        rest = piece.slice(lineEnd + 1)
        line += 1
      } else rest += piece
      read(false, each)
      if (rest.length > LONGEST_ROW && !rest.includes('\n')) {
        each({ line, text: rest.slice(0, 200), ...TOO_LONG })
        rest = ''
        skipping = true
      }
    },
    end: (each) => read(true, each),
  }
}

const TOO_LONG = { mistake: 'the row is longer than 64 KB' }

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text)

type Quoted =
  | { readonly end: number; readonly lines: number; readonly fields: readonly string[] }
  | { readonly end: number; readonly lines: number; readonly mistake: string }

/** A row that holds a quote, from `start`; `more` when its end hasn't been read yet. */
function quotedRow(text: string, start: number, final: boolean): Quoted | 'more' {
  const fields: string[] = []
  let lines = 1
  let at = start
  for (;;) {
    if (text[at] !== '"') {
      const end = fieldEnd(text, at)
      if (end === text.length && !final) return 'more'
      const field = text.slice(at, end)
      if (field.includes('"')) return mistakeAt(text, start, 'a quote stands inside a field that is not quoted')
      fields.push(text[end] === ',' ? field : withoutReturn(field))
      if (text[end] !== ',') return { end, lines, fields }
      at = end + 1
      continue
    }
    let field = ''
    let from = at + 1
    for (;;) {
      const close = text.indexOf('"', from)
      if (close < 0) return final ? mistakeAt(text, start, 'a quote is opened and never closed') : 'more'
      if (close - start > LONGEST_ROW) return mistakeAt(text, start, 'a quote is opened and never closed')
      if (close + 1 === text.length && !final) return 'more'
      field += text.slice(from, close)
      from = close + 1
      if (text[from] !== '"') break
      field += '"'
      from += 1
    }
    for (let i = text.indexOf('\n', at); i >= 0 && i < from; i = text.indexOf('\n', i + 1)) lines += 1
    fields.push(field)
    if (text[from] === ',') {
      at = from + 1
      continue
    }
    if (text[from] === '\r') from += 1
    if (from === text.length && !final) return 'more'
    if (from < text.length && text[from] !== '\n')
      return mistakeAt(text, start, 'something stands between a closing quote and the next comma')
    return { end: from, lines, fields }
  }
}

/** Gives up the line on which the row began and no more. */
function mistakeAt(text: string, start: number, mistake: string): Quoted {
  const lineEnd = text.indexOf('\n', start)
  return { end: lineEnd < 0 ? text.length : lineEnd, lines: 1, mistake }
}

function fieldEnd(text: string, from: number): number {
  const comma = text.indexOf(',', from)
  const lineEnd = text.indexOf('\n', from)
  const end = Math.min(comma < 0 ? text.length : comma, lineEnd < 0 ? text.length : lineEnd)
  return end
}

/** The row as one line of CSV. */
export const csvLine = (fields: readonly string[]): string =>
  fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
