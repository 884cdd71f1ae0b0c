import { type Element, element, elements } from './der.ts'

// A list of revoked certificates (RFC 5280 §5), read and not judged. Lists have hundreds of thousands of lines, so the lines are
// handed over in parts, between which the reader may let others have their turn.

export interface Crl {
  /** What is signed. */
  readonly data: Buffer
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Buffer
  readonly signature: Buffer
  readonly issuerDer: Buffer
  /** Epoch milliseconds. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /**
   * Why the list does not speak about every card of its issuer: only some reasons, only changes, or others' certificates.
   * Absent for a whole list. `at`: it is the part that cards point to with these addresses.
   */
  readonly part?: { readonly at: readonly string[] } | 'unusable'
  /**
   * Serial numbers in upper-case hexadecimal, as node:crypto prints them.
   * @throws RangeError where a line can't be read, or has a critical extension.
   */
  revoked(): Generator<readonly string[]>
}

const LINES = 2_000
const DISTRIBUTION_POINT = '551d1c'

/** @returns undefined for what is no CRL with a nextUpdate. */
export function readCrl(bytes: Buffer): Crl | undefined {
  try {
    const [data, algorithm, signature, ...more] = elements(expected(element(bytes), 0x30).content)
    const bits = expected(signature, 0x03).content
    if (more.length > 0 || bits[0] !== 0) return undefined
    const parts = elements(expected(data, 0x30).content)
    if (parts[0]?.tag === 0x02) parts.shift()
    const [inner, issuer, thisUpdate, nextUpdate, ...rest] = parts
    // The same algorithm stands in the signed part: what was not signed must not choose it (§5.1.1.2).
    if (!expected(inner, 0x30).whole.equals(expected(algorithm, 0x30).whole)) return undefined
    const lines = rest[0]?.tag === 0x30 ? rest.shift()!.content : Buffer.alloc(0)
    const extensions = rest.shift()
    if (rest.length > 0) return undefined
    const part = extensions && partOf(extensions)
    return {
      data: data!.whole,
      algorithm: algorithm!.whole,
      signature: bits.subarray(1),
      issuerDer: expected(issuer, 0x30).whole,
      thisUpdate: timeOf(thisUpdate),
      nextUpdate: timeOf(nextUpdate),
      ...(part && { part }),
      revoked: () => serials(lines),
    }
  } catch {
    return undefined
  }
}

function* serials(lines: Buffer): Generator<readonly string[]> {
  let found: string[] = []
  for (let at = 0; at < lines.length; ) {
    const line = firstElement(lines.subarray(at))
    at += line.whole.length
    const [serial, , extensions] = elements(expected(line, 0x30).content)
    if (extensions && elements(extensions.content).some(isCritical))
      throw new RangeError('CRL: a line with a critical extension')
    found.push(hexOf(expected(serial, 0x02).content))
    if (found.length === LINES) {
      yield found
      found = []
    }
  }
  yield found
}

/** The element that `bytes` begins with. Only its head is looked at: the rest may be megabytes. */
function firstElement(bytes: Buffer): Element {
  const length = bytes[1] ?? 0
  if (length < 0x80) return element(bytes.subarray(0, 2 + length))
  const count = length - 0x80
  if (count < 1 || count > 4) throw new RangeError('CRL: unusable length')
  return element(bytes.subarray(0, 2 + count + bytes.readUIntBE(2, count)))
}

/** §5.2; of critical extensions only the distribution point is understood (§5.2.5). */
function partOf(wrapped: Element): Crl['part'] {
  const list = elements(element(expected(wrapped, 0xa0).content).content)
  const critical = list.filter(isCritical)
  if (critical.length === 0) return undefined
  const parts = elements(critical[0]!.content)
  if (critical.length > 1 || parts[0]!.content.toString('hex') !== DISTRIBUTION_POINT) return 'unusable'
  const point = elements(element(parts.at(-1)!.content).content)
  // [0] where it is had, [1] users' certificates only; everything else leaves out some that a card may be among.
  if (point.some(({ tag }) => tag !== 0xa0 && tag !== 0x81)) return 'unusable'
  const named = point.find(({ tag }) => tag === 0xa0)
  if (named === undefined) return undefined
  const full = element(named.content)
  if (full.tag !== 0xa0) return 'unusable'
  return { at: elements(full.content).flatMap(({ tag, content }) => (tag === 0x86 ? content.toString('latin1') : [])) }
}

function isCritical(extension: Element): boolean {
  const second = elements(expected(extension, 0x30).content)[1]
  return second?.tag === 0x01 && second.content[0] !== 0
}

/** UTCTime until 2049, then GeneralizedTime; always with seconds and in UTC (§5.1.2.4). */
function timeOf(time: Element | undefined): number {
  const text = time?.content.toString('latin1') ?? ''
  const long = time?.tag === 0x18 ? text : time?.tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? 20 : 19}${text}` : ''
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(long) ?? []
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(at)) throw new RangeError('CRL: not a time')
  return at
}

const hexOf = (integer: Buffer): string =>
  integer
    .toString('hex')
    .replace(/^(?:00)+(?=..)/, '')
    .toUpperCase()

function expected(found: Element | undefined, tag: number): Element {
  if (found?.tag !== tag) throw new RangeError('CRL: another element was expected')
  return found
}
