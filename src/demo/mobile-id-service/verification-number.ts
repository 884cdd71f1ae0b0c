/**
 * What the telephone shows beside the page's: reckoned once more from the bits, so that the demo can't share a mistake with
 * the method. The hash's first six bits and its last seven, read as one number of thirteen.
 */
export function verificationNumber(hash: Uint8Array): string {
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return String(Number.parseInt(bits.slice(0, 6) + bits.slice(-7), 2)).padStart(4, '0')
}
