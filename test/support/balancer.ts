import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pause } from '../../src/platform/clock.ts'

// What stands before several nodes: asks each whether it is ready and sends requests to those that are, in turn. It tries
// nothing twice, so that whatever a node loses is seen by the caller; `secondTry` for those who ask with GET, as every
// balancer for the web does it.

export interface Balancer {
  readonly port: number
  /** Requests that a node did not answer, with the reason. */
  readonly lost: string[]
  /** Those that another node was asked in its place. */
  readonly again: string[]
  /** The nodes that get requests now. */
  healthy(): readonly number[]
  close(): Promise<void>
}

const ASK_EVERY = 250
const LOST_AFTER = 1000

export async function openBalancer(ports: readonly number[], secondTry = false): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  let ready: readonly number[] = []
  let turn = 0
  const lost: string[] = []
  const again: string[] = []
  const closing = new AbortController()

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
    const what = `${incoming.method} ${incoming.url?.split('?')[0]}`
    let words = 'no node is ready'
    for (let tries = 0; tries < 2; tries++) {
      const port = ready[turn++ % ready.length]
      if (port === undefined) break
      try {
        return await ask(port, incoming, Buffer.concat(chunks), outgoing)
      } catch (error) {
        const { message, code } = error as NodeJS.ErrnoException
        words = message
        ready = ready.filter((other) => other !== port)
        // Nothing was sent where nobody listened; what was sent may be sent again when it only asked.
        if (!secondTry || outgoing.headersSent || !(code === 'ECONNREFUSED' || incoming.method === 'GET')) break
        again.push(`${what}: ${message}`)
      }
    }
    lost.push(`${what}: ${words}`)
    if (!outgoing.headersSent) outgoing.writeHead(502)
    outgoing.end()
  }

  const ask = (port: number, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse) =>
    new Promise<void>((resolve, reject) => {
      const { connection: _, 'transfer-encoding': __, ...headers } = incoming.headers
      const { method, url } = incoming
      const onward = request(
        { agent, host: '127.0.0.1', port, method, path: url, headers: { ...headers, 'content-length': body.length } },
        (answer) => {
          const { connection: ___, 'keep-alive': ____, ...kept } = answer.headers
          outgoing.writeHead(answer.statusCode ?? 502, kept)
          answer.pipe(outgoing)
          answer.on('end', resolve).on('error', reject)
        },
      )
      onward.on('error', reject)
      onward.end(body)
    })

  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  /** How often in a row a node said nothing: as balancers do, it is taken out when it does so again. */
  const silent = new Map<number, number>()
  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      const states = await Promise.all(ports.map(stateOf))
      ready = ports.filter((port, index) => {
        const times = states[index] === 'silent' ? (silent.get(port) ?? 0) + 1 : 0
        silent.set(port, times)
        return states[index] === 'ready' || (times === 1 && ready.includes(port))
      })
      await pause(ASK_EVERY, closing.signal)
    }
  }
  const watching = watch()

  return {
    port: (server.address() as AddressInfo).port,
    lost,
    again,
    healthy: () => ready,
    async close() {
      closing.abort()
      await watching
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      agent.destroy()
    },
  }
}

async function stateOf(port: number): Promise<'ready' | 'not' | 'silent'> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(LOST_AFTER),
    })
    await answer.arrayBuffer()
    return answer.status === 200 ? 'ready' : 'not'
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 'silent' : 'not'
  }
}
