import { isUtf8 } from 'node:buffer'

// What the ASN.1 library leaves to its callers: cutting a value out exactly as it was encoded, which a decoder that builds
// objects can't give back, and saying no to what it reads too kindly (X.690 §8.1, §10, §11).

export interface Element {
  readonly tag: number
  /** Tag, length and content. */
  readonly whole: Buffer
  readonly content: Buffer
}

/** The elements that lie one after the other in `bytes`. @throws RangeError where they aren't DER to the last byte. */
export function elements(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = read(bytes, at)
    found.push(element)
    at += element.whole.length
  }
  return found
}

/** The one element that `bytes` is. @throws RangeError, also when something follows it. */
export function element(bytes: Buffer): Element {
  const [only, ...others] = elements(bytes)
  if (only === undefined || others.length > 0) throw new RangeError('not one DER element')
  return only
}

function read(bytes: Buffer, at: number): Element {
  const tag = bytes[at]!
  const first = bytes[at + 1]
  if (first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('DER: cut off, or a tag of many bytes')
  let start = at + 2
  let length = first
  if (first >= 0x80) {
    const count = first - 0x80
    if (count < 1 || count > 4 || start + count > bytes.length) throw new RangeError('DER: unusable length')
    length = bytes.readUIntBE(start, count)
    start += count
    if (length < 0x80 || length < 2 ** (8 * (count - 1))) throw new RangeError('DER: length not in its shortest form')
  }
  const end = start + length
  if (end > bytes.length) throw new RangeError('DER: cut off')
  return { tag, whole: bytes.subarray(at, end), content: bytes.subarray(start, end) }
}

const DEEPEST = 32

/**
 * Every layer is looked at, the meaning is the library's to find.
 * @throws RangeError where `der` is not one DER element of a universal tag, to the last byte.
 */
export function mustBeDer(der: Buffer): void {
  const outermost = element(der)
  if (outermost.tag >= CONTEXT) throw new RangeError('DER: a tag that means nothing alone')
  check(outermost, 0)
}

function check({ tag, content }: Element, depth: number): void {
  if (depth > DEEPEST) throw new RangeError('DER: too deep')
  if ((tag & CONSTRUCTED) !== 0) for (const inner of elements(content)) check(inner, depth + 1)
  else if (FORMS[tag]?.(content) === false) throw new RangeError(`DER: not a value of the kind ${tag}`)
}

const CONSTRUCTED = 0x20
const CONTEXT = 0x40
// To the second and in UTC (RFC 5280 §4.1.2.5); what nobody should write after the second is harmless.
const UTC_TIME = /^\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/
const GENERALIZED_TIME = /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\.\d{1,9})?Z$/
/** How values of these tags must look, where the library would make the best of another look. */
const FORMS: Readonly<Record<number, (content: Buffer) => boolean>> = {
  1: (boolean) => boolean.length === 1 && (boolean[0] === 0 || boolean[0] === 0xff),
  3: (bits) => (bits[0] ?? 8) < 8 && (bits.length > 1 || bits[0] === 0),
  5: (nothing) => nothing.length === 0,
  6: (oid) => oid.length > 0 && oid.at(-1)! < 0x80 && !oid.some((byte, at) => byte === 0x80 && !(oid[at - 1]! >= 0x80)),
  12: isUtf8,
  23: (time) => UTC_TIME.test(time.toString('latin1')),
  24: (time) => GENERALIZED_TIME.test(time.toString('latin1')),
  30: (text) => text.length % 2 === 0,
}

/**
 * Which elements `der` is made of: their tags in hexadecimal, each with what it holds in brackets, as in `30(0204)`. A `+`
 * marks a value under a tag of the context's that is not empty.
 */
export function shapeOf(der: Buffer): string {
  return elements(der)
    .map(({ tag, content }) => {
      const name = tag.toString(16).padStart(2, '0')
      if ((tag & CONSTRUCTED) !== 0) return `${name}(${shapeOf(content)})`
      return tag >= CONTEXT && content.length > 0 ? `${name}+` : name
    })
    .join('')
}

/** One element of these parts. */
export function written(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = Buffer.alloc(4)
  size.writeUInt32BE(length)
  const bytes = size.subarray(size.findIndex((byte) => byte !== 0))
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 + bytes.length, ...bytes]
  return Buffer.concat([Buffer.from(head), content])
}
