import type { EachFileRow, RowReader } from './csv.ts'
import { COLUMNS, type IdentifierTexts, isColumn, type RowTexts } from './row.ts'

// JSON Lines: one object a line, with the names of the CSV columns; `identifiers` instead of scheme and code where a
// person has several.

/** Gives each line that isn't empty; what is in it, `readObject` says. */
export function openLines(): RowReader {
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  const give = (bytes: Buffer, each: EachFileRow): void => {
    const whole = bytes.toString().trimEnd()
    if (whole.trim() === '') return
    if (bytes.length > LONGEST_LINE) {
      const start = whole.slice(0, 200)
      each({ line, text: () => start, mistake: 'the row is longer than 64 KB' })
    } else each({ line, text: () => whole, fields: [] })
  }
  return {
    push(piece, each) {
      rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      let at = 0
      for (let end = rest.indexOf(NEW_LINE); end >= 0; end = rest.indexOf(NEW_LINE, at)) {
        give(rest.subarray(at, end), each)
        at = end + 1
        line += 1
      }
      // Enough of an endless line is kept to say that it is one.
      rest = rest.subarray(at, at + LONGEST_LINE * 2)
    },
    end(each) {
      give(rest, each)
      rest = Buffer.alloc(0)
    },
  }
}

const NEW_LINE = 10
const LONGEST_LINE = 65_536

/** Put there by a `.rejected` file, so that a mended one can be imported as it is. */
const IGNORED: readonly string[] = ['line', 'reason']
const IDENTIFIER_COLUMNS: readonly string[] = ['scheme', 'code', 'valid_from', 'valid_to']

/** `"demo": true` says that nobody of flesh and blood is meant. */
const DEMO = 'demo'

export function readObject(
  text: string,
):
  | { readonly texts: RowTexts; readonly identifiers: readonly IdentifierTexts[]; readonly invented: boolean }
  | { readonly mistake: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { mistake: 'the line is not JSON' }
  }
  if (!isObject(value)) return { mistake: 'the line is not a JSON object' }
  const mistakes: string[] = []
  const texts: { [column: string]: string | undefined } = {}
  for (const [name, given] of Object.entries(value)) {
    if (isColumn(name)) texts[name] = readText(name, given, mistakes)
    else if (name === DEMO) {
      if (typeof given !== 'boolean') mistakes.push('demo must be true or false')
    } else if (name !== 'identifiers' && !IGNORED.includes(name))
      mistakes.push(`unknown field; known: ${COLUMNS.join(', ')}`)
  }
  const identifiers = readList(value.identifiers, mistakes)
  if (identifiers && IDENTIFIER_COLUMNS.some((name) => texts[name] !== undefined))
    mistakes.push('scheme, code and validity stand either in the row or in identifiers')
  if (mistakes.length > 0) return { mistake: mistakes.join('; ') }
  return { texts, identifiers: identifiers ?? [texts], invented: value[DEMO] === true }
}

function readList(value: unknown, mistakes: string[]): IdentifierTexts[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) {
    mistakes.push('identifiers must be a list')
    return []
  }
  return value.map((item: unknown) => {
    const texts: { [column: string]: string | undefined } = {}
    if (!isObject(item)) mistakes.push('an identifier must be an object with scheme and code')
    else
      for (const [name, given] of Object.entries(item)) {
        if (IDENTIFIER_COLUMNS.includes(name)) texts[name] = readText(name, given, mistakes)
        else mistakes.push(`unknown field of an identifier; known: ${IDENTIFIER_COLUMNS.join(', ')}`)
      }
    return texts
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Numbers are refused: a code or a year that was a number on the way here has lost its leading zeros. */
function readText(name: string, value: unknown, mistakes: string[]): string | undefined {
  if (typeof value === 'string') return value
  if (value === null) return ''
  mistakes.push(`${name} must be text in quotes`)
  return undefined
}
