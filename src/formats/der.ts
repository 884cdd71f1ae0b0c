// The outermost layer of DER (X.690 §8.1, §10.1): enough to cut a value out exactly as it was encoded, which a decoder
// that builds objects can't give back.

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
