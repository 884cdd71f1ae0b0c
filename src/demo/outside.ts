import { createServer } from 'node:http'
import Koa, { type Context } from 'koa'
import { Problem, TROUBLE } from '../identity/trouble.ts'
import { openRouter, type Route } from '../web/router.ts'

// Everything that a country has outside the door, on one port of the demonstration: telephones, the providers' services,
// the inboxes of messages and of e-mails. Each is a table of routes under a prefix of its own (`/phones`, `/mid-api`, `/smart-id-rp`,
// `/thaid`, `/sms`, `/mail`) and knows nothing of the service but its wire. The cards' responder alone has a port of its own, for
// it is asked at `/`.

export interface Outside {
  /** Scheme, host and port, once it listens. */
  readonly origin: () => string
  /** @throws the listen error (`EADDRINUSE` …). */
  listen(): Promise<void>
  /** Hanging polls are cut off. */
  close(): Promise<void>
}

export interface Needs {
  /** On 127.0.0.1 only; 0 for one that the system chooses. */
  readonly port: number
  readonly routes: readonly Route[]
}

const OWN_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

export function openOutside({ port, routes }: Needs): Outside {
  const router = openRouter(routes)
  const app = new Koa()
  app.use(async (ctx) => {
    ctx.set(OWN_HEADERS)
    // A telephone's number is written with its plus by whoever knows it, and a plus is no part of our addresses.
    ctx.path = ctx.path.replace(/^\/phones\/(?:\+|%2B)/i, '/phones/')
    try {
      if (!fromThisMachine(ctx)) throw new Problem('PRT-1009')
      if (!(await router(ctx))) throw new Problem('PRT-1003')
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      ctx.status = TROUBLE[error.code].status
      ctx.body = { error: error.code }
    }
  })
  app.on('error', () => {}) // a broken connection, as when a poll is cut off, is nobody's news
  const handle = app.callback()
  const server = createServer((request, response) => void handle(request, response))
  return {
    origin() {
      const at = server.address()
      if (at === null || typeof at === 'string') throw new Error('the outside world does not listen yet')
      return `http://localhost:${at.port}`
    },
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject).listen(port, '127.0.0.1', () => {
          server.off('error', reject)
          resolve()
        })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Nobody's page may press a telephone's buttons, nor reach it under a name of their own; scripts send no Origin. */
function fromThisMachine(ctx: Context): boolean {
  const host = ctx.get('Host')
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host)) return false
  if (ctx.method !== 'POST') return true
  const site = ctx.get('Sec-Fetch-Site')
  const origin = ctx.get('Origin')
  return (!site || site === 'same-origin' || site === 'none') && (!origin || origin === `http://${host}`)
}
