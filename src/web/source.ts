import { BlockList, isIP, type Socket } from 'node:net'
import type { Context } from 'koa'

// Where a request comes from. X-Forwarded-For is believed only from a proxy that the operator named, and only its last
// address that isn't a named proxy itself: everything further left is what a stranger wrote.

export type SourceOf = (ctx: Context) => string

/** `trusted`: addresses or CIDR ranges of our own proxies. */
export function openSource(trusted: readonly string[]): SourceOf {
  const proxies = new BlockList()
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, Number(bits), family)
  }
  const isProxy = (address: string, version: number): boolean =>
    version !== 0 && proxies.check(address, version === 6 ? 'ipv6' : 'ipv4')
  // A proxy's connection carries thousands of requests, and asking the list costs as much as half the rest of this.
  const peers = new WeakMap<Socket, { readonly address: string; readonly proxy: boolean }>()
  function peerOf(socket: Socket) {
    const known = peers.get(socket)
    if (known) return known
    const address = plain(socket.remoteAddress ?? '')
    const peer = { address, proxy: isProxy(address, isIP(address)) }
    peers.set(socket, peer)
    return peer
  }
  return (ctx) => {
    const { address: peer, proxy } = peerOf(ctx.req.socket)
    if (!proxy) return peer
    const claimed = ctx.get('X-Forwarded-For').split(',')
    for (let at = claimed.length - 1; at >= 0; at--) {
      const address = plain(claimed[at]!.trim())
      const version = isIP(address)
      if (version === 0) break
      if (!isProxy(address, version)) return address
    }
    return peer
  }
}

/** An IPv4 address that came in as `::ffff:1.2.3.4` is the IPv4 address. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
