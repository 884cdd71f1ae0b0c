import { BlockList, isIPv4, isIPv6 } from 'node:net'

// Addresses that are nobody's public server (IANA special-purpose registries, RFC 6890): ours, our neighbours', or void.

const V4 = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, and the clouds' metadata service
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relay
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const)
  V4.addSubnet(network, bits, 'ipv4')

// Only 2000::/3 is public at all: that leaves out ::1, IPv4 in every IPv6 spelling, NAT64, fc00::/7, fe80::/10, ff00::/8.
const V6_PUBLIC = new BlockList()
V6_PUBLIC.addSubnet('2000::', 3, 'ipv6')

const V6 = new BlockList()
for (const [network, bits] of [
  ['2001::', 23], // protocol assignments: Teredo, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address inside
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
] as const)
  V6.addSubnet(network, bits, 'ipv6')

/** True as well for what is no address at all: only what is surely public is not special. */
export function isSpecialUse(address: string): boolean {
  if (isIPv4(address)) return V4.check(address, 'ipv4')
  if (!isIPv6(address) || address.includes('%')) return true
  return !V6_PUBLIC.check(address, 'ipv6') || V6.check(address, 'ipv6')
}
