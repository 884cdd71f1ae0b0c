/**
 * The number that page and telephone both show (Mobile-ID REST API, "Verification code"): the first six bits of the hash
 * and its last seven, as four digits.
 * @param hash as it is sent: 20 bytes or more.
 */
export function verificationCode(hash: Uint8Array): string {
  const [first, last] = [hash[0], hash.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('no verification number of an empty hash')
  return String(((first & 0xfc) << 5) | (last & 0x7f)).padStart(4, '0')
}
