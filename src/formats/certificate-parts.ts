import { type Element, element, elements } from './der.ts'

// The pieces that certificates are made of: object identifiers, names, alternative names, flags. Each reader throws a
// RangeError for what is not that piece, to the last byte.

/** One attribute of a name; `type` is its usual short name (`CN`, `SN`, `GN`, `serialNumber` …) or its OID. */
export interface Attribute {
  readonly type: string
  readonly value: string
}

export type NameForm =
  | { readonly form: 'directory'; readonly name: readonly Attribute[] }
  | { readonly form: 'email' | 'dns' | 'uri' | 'ip'; readonly text: string }
  /** Of a form that nothing here can compare. */
  | { readonly form: 'other' }

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

/** @throws RangeError where the element is absent or of another kind. */
export function of(tag: number, found: Element | undefined): Buffer {
  if (found?.tag !== tag) throw new RangeError(`not an element of the kind ${tag}`)
  return found.content
}

/** The items of the one SEQUENCE that `der` is. */
export const itemsIn = (der: Buffer): Element[] => elements(of(TAG.sequence, element(der)))

/** In dots (X.690 §8.19). */
export function oidText(content: Buffer): string {
  const last = content.at(-1)
  if (last === undefined || last >= 0x80) throw new RangeError('not an object identifier')
  const numbers: number[] = []
  let value = 0
  for (const byte of content) {
    if (value === 0 && byte === 0x80) throw new RangeError('not in its shortest form')
    value = value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER / 128) throw new RangeError('a number in it is too large')
    if (byte >= 0x80) continue
    numbers.push(value)
    value = 0
  }
  const [first = 0, ...rest] = numbers
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - 40 * root, ...rest].join('.')
}

/** Attributes in their order; a part of several attributes is laid flat (RFC 5280 §4.1.2.4). @param content of the Name. */
export function attributesIn(content: Buffer): Attribute[] {
  return elements(content).flatMap((part) =>
    elements(of(TAG.set, part)).map((attribute) => {
      const [type, value] = elements(of(TAG.sequence, attribute))
      const oid = oidText(of(TAG.oid, type))
      return { type: SHORT[oid] ?? oid, value: textOf(value) }
    }),
  )
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The strings that names are written in (X.520 DirectoryString, and IA5String of old addresses). */
function textOf(value: Element | undefined): string {
  switch (value?.tag) {
    case 0x0c:
      return UTF8.decode(value.content)
    case 0x13:
    case 0x16:
    case 0x12:
    case 0x1a:
    // T.61, which everybody who still uses it fills with Latin 1.
    case 0x14:
      return value.content.toString('latin1')
    case 0x1e:
      if (value.content.length % 2 !== 0) throw new RangeError('not a BMPString')
      return Buffer.from(value.content).swap16().toString('utf16le')
    default:
      throw new RangeError('not a string that names are written in')
  }
}

const DIRECTORY = 0xa4
const TEXTS: Readonly<Record<number, 'email' | 'dns' | 'uri'>> = { 129: 'email', 130: 'dns', 134: 'uri' }
const ADDRESS = 0x87

/** A GeneralName (RFC 5280 §4.2.1.6). */
export function nameFormOf({ tag, content }: Element): NameForm {
  const form = TEXTS[tag]
  if (form) return { form, text: content.toString('latin1') }
  if (tag === DIRECTORY) return { form: 'directory', name: attributesIn(of(TAG.sequence, element(content))) }
  return tag === ADDRESS ? { form: 'ip', text: addressOf(content) } : { form: 'other' }
}

/** An address, or in a constraint a network: `10.0.0.0/255.0.0.0` (RFC 5280 §4.2.1.10). */
function addressOf(bytes: Buffer): string {
  const size = { 4: 4, 8: 4, 16: 16, 32: 16 }[bytes.length]
  if (size === undefined) throw new RangeError('not an address')
  const one = (part: Buffer): string =>
    size === 4 ? part.join('.') : (part.toString('hex').match(/.{4}/g) ?? []).join(':')
  const [address, mask] = [bytes.subarray(0, size), bytes.subarray(size)]
  return mask.length === 0 ? one(address) : `${one(address)}/${one(mask)}`
}

/** The flags of a BIT STRING, the first bit as 1, the second as 2 and so on. */
export function flagsIn(content: Buffer): number {
  const unused = content[0] ?? 8
  if (unused > 7 || (content.length === 1 && unused !== 0)) throw new RangeError('not a BIT STRING')
  return Array.from(content.subarray(1)).reduce(
    (sum, byte, at) =>
      sum +
      Array.from({ length: 8 }, (_, bit) => (byte & (0x80 >> bit) ? 2 ** (8 * at + bit) : 0)).reduce((a, b) => a + b),
    0,
  )
}
