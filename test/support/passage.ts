import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as later } from 'node:timers'

// A way to a server that a test can make slow, silent or shut, or lead elsewhere: for what a network does to a database.

export interface Passage {
  readonly port: number
  /** Ms that every answer takes longer from now on. */
  slow(ms: number): void
  /** Passes nothing on and closes nothing, until told otherwise. */
  hold(held: boolean): void
  /** Ends every connection and refuses new ones, until told otherwise. */
  shut(closed: boolean): void
  /** Ends every connection; new ones go to this socket. */
  lead(path: string): void
  close(): Promise<void>
}

/** `to`: the path of a socket, or a port of this machine. */
export async function openPassage(to: string | number): Promise<Passage> {
  let path = to
  let delay = 0
  let held = false
  let closed = false
  const pairs = new Set<readonly [Socket, Socket]>()
  const waiting: (() => void)[] = []

  const server = createServer((near) => {
    if (closed) return near.destroy()
    const far = typeof path === 'number' ? connect(path, '127.0.0.1') : connect(path)
    const pair = [near, far] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    const pass = (chunk: Buffer, out: Socket) => {
      const send = () => {
        if (!out.destroyed) out.write(chunk)
      }
      if (held) waiting.push(send)
      else if (delay > 0) later(send, delay)
      else send()
    }
    near.on('data', (chunk) => (held ? waiting.push(() => far.write(chunk)) : far.write(chunk)))
    far.on('data', (chunk) => pass(chunk, near))
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endAll = () => {
    for (const [near, far] of pairs) {
      near.destroy()
      far.destroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    slow(ms) {
      delay = ms
    },
    hold(now) {
      held = now
      if (!now) for (const send of waiting.splice(0)) send()
    },
    shut(now) {
      closed = now
      if (now) endAll()
    },
    lead(other) {
      path = other
      endAll()
    },
    close() {
      endAll()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
