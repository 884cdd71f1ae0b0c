import { isIPv4, isIPv6 } from 'node:net'

/**
 * What counts as one source: an IPv4 address, or the /64 of an IPv6 address (RFC 6177: one subscriber has at least
 * that many addresses, so counting single ones would count nothing). Anything else counts as itself.
 */
export function sourceOf(address: string): string {
  const plain = address.split('%', 1)[0] ?? ''
  if (!isIPv6(plain)) return plain
  const groups = expand(plain)
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight 16-bit groups of a valid IPv6 address in any spelling (RFC 4291 §2.2). */
function expand(address: string): number[] {
  const tail = address.slice(address.lastIndexOf(':') + 1)
  const dotted = isIPv4(tail) ? tail.split('.').map(Number) : undefined
  const hex = dotted
    ? address.slice(0, -tail.length) +
      [dotted[0]! * 256 + dotted[1]!, dotted[2]! * 256 + dotted[3]!].map((group) => group.toString(16)).join(':')
    : address
  const [left = '', right] = hex.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const gap = right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...gap, ...after].map((group) => Number.parseInt(group, 16))
}
