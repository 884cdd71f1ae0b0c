import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

// An agency's server as our messages reach it: notes the tokens, and answers what it is told to.

export interface Receiver {
  /** Without a slash at its end. */
  readonly url: string
  /** Of logouts (a form) and of events (the body itself), in the order of their coming. */
  readonly tokens: string[]
  /** Method and address of each request. */
  readonly paths: string[]
  /** What is answered; absent: it hangs until it is closed. A 302 leads to /elsewhere. */
  status: number | undefined
  /** With the status, as JSON. */
  body: object | undefined
  /** Resolves with the next token. */
  next(): Promise<string>
  reset(): void
  close(): Promise<void>
}

export async function openReceiver(port = 0): Promise<Receiver> {
  const waiting: ((token: string) => void)[] = []
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await text(incoming)
    const token = incoming.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
      ? (new URLSearchParams(body).get('logout_token') ?? '')
      : body
    made.paths.push(`${incoming.method} ${incoming.url}`)
    made.tokens.push(token)
    if (made.status !== undefined) {
      const headers = made.status === 302 ? { location: '/elsewhere' } : { 'content-type': 'application/json' }
      outgoing.writeHead(made.status, headers).end(made.body && JSON.stringify(made.body))
    }
    waiting.shift()?.(token)
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const made: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: [],
    paths: [],
    status: 200,
    body: undefined,
    next: () => new Promise((resolve) => void waiting.push(resolve)),
    reset() {
      made.tokens.length = 0
      made.paths.length = 0
      Object.assign(made, { status: 200, body: undefined })
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return made
}
