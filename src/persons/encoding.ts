// A register's export as it comes off its machine, to UTF-8: whatever the WHATWG Encoding Standard names, `tis-620` and
// `windows-874` among them, and the byte-order marks that say more surely than anybody what a file is.

/** The file can't be what it is said to be. */
export class WrongEncoding extends Error {}

export interface Utf8 {
  /** @throws WrongEncoding */
  push(piece: Uint8Array): Buffer
  end(): Buffer
}

const MARKS: readonly { readonly encoding: string; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
]
const LONGEST_MARK = 3

/** The standard's name for it (`tis-620` is windows-874 to it); undefined when it has none. */
export function knownEncoding(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}

/**
 * @param label what the operator says; without it UTF-8, or UTF-16 where a mark says so.
 * @throws WrongEncoding for a label that nobody knows.
 */
export function openUtf8(label?: string): Utf8 {
  const said = label === undefined ? undefined : knownEncoding(label)
  if (label !== undefined && said === undefined) throw new WrongEncoding(`There is no encoding ${label}.`)
  let begun: Buffer | undefined = Buffer.alloc(0)
  let decode: (piece?: Uint8Array) => Buffer = toBuffer

  function begin(bytes: Buffer): Buffer {
    const mark = MARKS.find((known) => known.bytes.every((byte, at) => bytes[at] === byte))
    // `utf-16` alone means the little-endian one to the standard, and either to everybody else.
    const agreed = said === undefined || said === mark?.encoding || label?.toLowerCase() === 'utf-16'
    if (mark && !agreed)
      throw new WrongEncoding(`The file begins with the byte-order mark of ${mark.encoding}, so it is not ${label}.`)
    if (label?.toLowerCase() === 'utf-16' && !mark)
      throw new WrongEncoding('The file has no byte-order mark: say utf-16le or utf-16be instead of utf-16.')
    const encoding = mark?.encoding ?? said ?? 'utf-8'
    if (encoding !== 'utf-8') decode = decoderOf(encoding)
    return decode(bytes.subarray(mark?.bytes.length ?? 0))
  }

  return {
    push(piece) {
      if (begun === undefined) return decode(piece)
      begun = Buffer.concat([begun, piece])
      if (begun.length < LONGEST_MARK) return Buffer.alloc(0)
      const bytes = begun
      begun = undefined
      return begin(bytes)
    },
    end() {
      const first = begun === undefined || begun.length === 0 ? Buffer.alloc(0) : begin(begun)
      return Buffer.concat([first, decode()])
    },
  }
}

const toBuffer = (piece: Uint8Array = Buffer.alloc(0)): Buffer =>
  Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)

function decoderOf(encoding: string): (piece?: Uint8Array) => Buffer {
  const decoder = new TextDecoder(encoding)
  return (piece) => Buffer.from(piece ? decoder.decode(piece, { stream: true }) : decoder.decode())
}
