import encodeQR from 'qr'

// The picture that a telephone reads, as its points: a page draws them by itself, and its script draws the next second's.

export interface Picture {
  /** Points on a side, the margin not among them. */
  readonly size: number
  /** Row by row, one bit a point (1 is black), base64url. */
  readonly bits: string
}

/** Any of the eight may be used (ISO/IEC 18004 §7.8): one taken at once costs a third of trying them all. */
const MASK = 3

/** Error correction L: the provider's advice; on a screen nothing is torn off. */
export function pictureOf(link: string): Picture {
  const rows = encodeQR(link, 'raw', { ecc: 'low', mask: MASK, border: 1 }).slice(1, -1)
  const bytes = Buffer.alloc(Math.ceil(rows.length ** 2 / 8))
  let at = 0
  for (const row of rows)
    for (const black of row.slice(1, -1)) {
      if (black) bytes[at >> 3]! |= 0x80 >> (at & 7)
      at++
    }
  return { size: rows.length, bits: bytes.toString('base64url') }
}
