import type { Json } from '../identity/json.ts'

/** Where in a text something is wrong; both count from 1. */
export interface Trouble {
  readonly line: number
  readonly column: number
  readonly problem: string
}

export type Read = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly trouble: Trouble }

const DEPTH = 50
const BLANK = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// Control characters must be escaped (RFC 8259 §7); those above U+007F need not be, but nobody means them.
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const WORD = /true|false|null/y

class Stop extends Error {
  readonly offset: number
  constructor(offset: number, problem: string) {
    super(problem)
    this.offset = offset
  }
}

/**
 * RFC 8259 for files that people write: says the line and column of what is wrong, and refuses a member that stands
 * twice, where JSON.parse silently takes the last. A byte order mark is passed over. For kilobytes, not for megabytes.
 */
export function readJson(text: string): Read {
  const start = text.startsWith('\uFEFF') ? 1 : 0
  try {
    const [value, end] = readValue(text, start, 0)
    const rest = skip(text, end)
    if (rest < text.length) throw new Stop(rest, 'something stands after the end of the document')
    return { ok: true, value }
  } catch (caught) {
    if (!(caught instanceof Stop)) throw caught
    const before = text.slice(0, caught.offset).split('\n')
    const column = Array.from(before.at(-1)!).length + 1 - (before.length === 1 ? start : 0)
    return { ok: false, trouble: { line: before.length, column, problem: caught.message } }
  }
}

type Step<T> = readonly [value: T, end: number]

function readValue(text: string, from: number, depth: number): Step<Json> {
  const at = skip(text, from)
  if (depth > DEPTH) throw new Stop(at, `is nested more than ${DEPTH} deep`)
  if (text[at] === '{') return readObject(text, at + 1, depth)
  if (text[at] === '[') return readArray(text, at + 1, depth)
  if (text[at] === '"') return readString(text, at)
  const plain = match(NUMBER, text, at) ?? match(WORD, text, at)
  if (plain === undefined)
    throw new Stop(at, at < text.length ? 'a value was expected here' : 'the text ends too early')
  return [JSON.parse(plain) as Json, at + plain.length]
}

function readString(text: string, at: number): Step<string> {
  const found = match(STRING, text, at)
  if (found === undefined) throw new Stop(at, 'this text is not closed, or holds a bad escape or a control character')
  return [JSON.parse(found) as string, at + found.length]
}

function readArray(text: string, from: number, depth: number): Step<Json> {
  const values: Json[] = []
  let at = skip(text, from)
  if (text[at] === ']') return [values, at + 1]
  for (;;) {
    const [value, end] = readValue(text, at, depth + 1)
    values.push(value)
    at = skip(text, end)
    if (text[at] === ']') return [values, at + 1]
    if (text[at] !== ',') throw new Stop(at, '"," or "]" was expected here')
    at++
  }
}

function readObject(text: string, from: number, depth: number): Step<Json> {
  const members = new Map<string, Json>()
  let at = skip(text, from)
  if (text[at] === '}') return [{}, at + 1]
  for (;;) {
    at = skip(text, at)
    if (text[at] !== '"') throw new Stop(at, 'a name in double quotes was expected here')
    const [name, end] = readString(text, at)
    if (members.has(name)) throw new Stop(at, `the name ${JSON.stringify(name)} stands twice in this object`)
    at = skip(text, end)
    if (text[at] !== ':') throw new Stop(at, '":" was expected here')
    const [value, after] = readValue(text, at + 1, depth + 1)
    members.set(name, value)
    at = skip(text, after)
    // fromEntries defines the members, so that "__proto__" is a name like any other.
    if (text[at] === '}') return [Object.fromEntries(members), at + 1]
    if (text[at] !== ',') throw new Stop(at, '"," or "}" was expected here')
    at++
  }
}

const skip = (text: string, at: number): number => at + (match(BLANK, text, at) ?? '').length

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
