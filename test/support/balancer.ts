import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pause } from '../../src/platform/clock.ts'

// What stands before several nodes: asks each whether it is ready, sends requests to those that are, in turn, and tries
// nothing twice. Whatever a node loses is therefore seen by the caller, as it would be behind the plainest balancer.

export interface Balancer {
  readonly port: number
  /** Requests that a node did not answer, with the reason. */
  readonly lost: string[]
  /** The nodes that get requests now. */
  healthy(): readonly number[]
  close(): Promise<void>
}

const ASK_EVERY = 250
const LOST_AFTER = 1000

export async function openBalancer(ports: readonly number[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  let ready: readonly number[] = []
  let turn = 0
  const lost: string[] = []
  const closing = new AbortController()

  const server = createServer((incoming, outgoing) => {
    const port = ready[turn++ % ready.length]
    const fail = (reason: string) => {
      lost.push(`${incoming.method} ${incoming.url?.split('?')[0]}: ${reason}`)
      if (!outgoing.headersSent) outgoing.writeHead(502)
      outgoing.end()
    }
    if (port === undefined) return fail('no node is ready')
    const { connection: _, ...headers } = incoming.headers
    const onward = request(
      { agent, host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers },
      (answer) => {
        const { connection: __, 'keep-alive': ___, ...kept } = answer.headers
        outgoing.writeHead(answer.statusCode ?? 502, kept)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', (error) => fail(error.message))
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      const states = await Promise.all(ports.map(isReady))
      ready = ports.filter((_, index) => states[index])
      await pause(ASK_EVERY, closing.signal)
    }
  }
  const watching = watch()

  return {
    port: (server.address() as AddressInfo).port,
    lost,
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

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(LOST_AFTER),
    })
    await answer.arrayBuffer()
    return answer.status === 200
  } catch {
    return false
  }
}
