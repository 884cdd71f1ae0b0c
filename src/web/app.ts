import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import Koa, { type Context, type Next } from 'koa'
import { troublePage } from '../../views/login/trouble.ts'
import { Problem, type TroubleCode } from '../identity/trouble.ts'
import { deviceOf, type Seen } from '../login/seen.ts'
import type { Keygrip } from '../oidc/cookies.ts'
import type { Engine } from '../oidc/engine.ts'
import { type Clock, pause } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { asOneRequest } from '../platform/patience.ts'
import type { Random } from '../platform/random.ts'
import { countWork, openAgencyAnswers } from './agency-answers.ts'
import { errorBoundary } from './errors.ts'
import { type BareFrame, type FrameOf, page } from './frame.ts'
import { securityHeaders } from './headers.ts'
import { onlyIssuer, openBuckets, plainRequest, readRest } from './limits.ts'
import type { TakePoll } from './login/poll.ts'
import { FIRST_PAGE } from './login/routes.ts'
import type { Site } from './login/way-back.ts'
import type { Overload } from './overload.ts'
import type { PlaceOf } from './places.ts'
import { openRouter, type Route } from './router.ts'
import type { SourceOf } from './source.ts'
import { isBeginning, openTurnedAway } from './turned-away.ts'
import { wayOn } from './way-on.ts'

// The web chapter: everything reachable over HTTP. Owns addresses, pages, headers, limits and what a fault looks like
// from outside; decides nothing about who is who (login), what may be told (disclosure) or what a token is (oidc).
// Built by compose; main and the demo listen on it.

export interface Needs {
  readonly issuer: string
  readonly engine: Pick<Engine, 'middleware' | 'agencyCalls'>
  readonly keygrip: Keygrip
  readonly routes: readonly Route[]
  /** Sees every answer last: what the demo adds to pages. */
  readonly around?: Around | undefined
  readonly frame: FrameOf
  readonly bareFrame: BareFrame
  readonly source: SourceOf
  readonly placeOf: PlaceOf
  /** Where the sign-in of this address came from, when there is nothing left of it. */
  readonly wayBack: (ctx: Context) => Site | undefined
  /** New sign-ins that one source may begin in a minute, on this node. */
  readonly beginningsPerMinute: number
  readonly overload: Pick<Overload, 'admit' | 'shut' | 'enter'>
  /** Takes what the scripts of waiting pages ask. */
  readonly poll: TakePoll
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
}

export type Around = (ctx: Context, next: Next) => Promise<void>

export interface App {
  /** Not yet listening. */
  readonly server: Server
  /**
   * Serves on for `leave` ms, closing each connection with its answer, so that balancers see that this node is not ready any
   * more before they meet a closed door; then stops taking connections and lets requests in flight end, at the latest
   * after `patience` ms.
   */
  drain(leave: number, patience: number): Promise<void>
}

/** A source that has this much of its burst left is a person, not a flood. */
const LIGHT = 0.9

export function openApp(needs: Needs): App {
  const { issuer, engine, keygrip, routes, frame, source, placeOf, wayBack, overload, log, metrics, clock, random } =
    needs
  const https = issuer.startsWith('https:')
  const app = new Koa()
  // koa asks for a keygrip's three functions and no more; the library's type wants its class.
  app.keys = keygrip as Koa['keys']
  app.silent = true
  const router = openRouter(routes)
  const first = routes.find(({ method, path }) => method === 'GET' && path === FIRST_PAGE)
  const beginnings = openBuckets({ perMinute: needs.beginningsPerMinute, clock })
  const took = metrics.duration('http_request_seconds', 'How long requests took', ['method', 'status'])
  const troubles = metrics.counter('troubles_total', 'Pages and answers of trouble by code', ['code'])

  const begin = (method: string) => {
    const began = clock.now()
    return (name: string, status: number) => {
      const seconds = (clock.now() - began) / 1000
      took.observe({ method: method === 'POST' ? 'POST' : 'GET', status: `${Math.floor(status / 100)}xx` }, seconds)
      log.forRequest(name).debug('request', { httpMethod: method, status, took: seconds * 1000 })
    }
  }
  const agencyAnswers = openAgencyAnswers({ issuer, calls: engine.agencyCalls, overload, random, begin })

  async function name(ctx: Context, next: Next): Promise<void> {
    // 128 bits: on the page, in the log and in the audit; tells nothing and can't be guessed.
    const requestId = agencyAnswers.nameOf(ctx.req) ?? random.token(128)
    ctx.state.requestId = requestId
    const from = source(ctx)
    ctx.state.source = from
    // Named before it is assigned: V8 takes a function that is written into a property for a method, puts it among what lasts,
    // and with it everything of this request that it knows, until the next great collection.
    const seen = (): Seen => {
      const [device, place] = [deviceOf(ctx.get('User-Agent')), placeOf(from)]
      return { ...(device !== undefined && { device }), ...(place && { place }) }
    }
    ctx.state.seen = seen
    ctx.set('X-Request-Id', requestId)
    // The issuer is https, or localhost: cookies are Secure either way. koa would ask the last hop, which is the proxy's.
    ctx.cookies.secure = true
    const tell = begin(ctx.method)
    await next()
    // Whoever answers with trouble, a page, a form or the protocol, leaves the code here.
    const { trouble } = ctx.state as { trouble?: TroubleCode }
    if (trouble !== undefined) troubles.add({ code: trouble })
    tell(requestId, ctx.status)
  }

  const boundary = errorBoundary({
    render(ctx, trouble) {
      const site = ctx.status < 500 ? wayBack(ctx) : undefined
      const input = { trouble, requestId: ctx.state.requestId as string, ...(site ? { site } : wayOn(trouble.code)) }
      page(ctx, troublePage.render(input, frame(ctx)), ctx.status)
    },
    report(ctx, { code }, error) {
      // Counted, and told once when it begins: a line each would be work that the node has no time for.
      if (code === 'PRT-5005') return
      const lines = log.forRequest(ctx.state.requestId as string)
      // Other people's absence is told once a request, without a stack; our own mistakes with one.
      if (code === 'PRT-5004') lines.fault('fault', error, { code, httpMethod: ctx.method })
      else
        lines.error('unavailable', {
          code,
          httpMethod: ctx.method,
          reason: error instanceof Error ? error.message : '',
        })
    },
  })

  async function counted({ req }: Context, next: Next): Promise<void> {
    const work = countWork(req, overload)
    try {
      await next()
    } finally {
      work.over()
    }
  }

  async function limitBeginnings(ctx: Context, next: Next): Promise<void> {
    if (ctx.path === '/auth') {
      const left = beginnings.take(ctx.state.source as string)
      overload.admit(left > LIGHT)
    }
    await next()
  }

  async function serve(ctx: Context): Promise<void> {
    agencyAnswers.goOn(ctx.req)
    if (await router(ctx)) return
    await engine.middleware(
      ctx,
      async () => {
        throw new Problem('PRT-1003')
      },
      first && (async () => first.handler(ctx, {})),
    )
  }

  app.use(name)
  if (needs.around) app.use(needs.around)
  app.use(securityHeaders({ random, https }))
  app.use(readRest)
  app.use(boundary)
  app.use(onlyIssuer(issuer))
  app.use(plainRequest)
  app.use(limitBeginnings)
  app.use(counted)
  app.use(serve)

  const turnAway = openTurnedAway({
    render: (language, requestId) =>
      troublePage.render({ trouble: { code: 'PRT-5005' }, requestId }, needs.bareFrame(language, requestId)),
    https,
    random,
    clock,
  })

  const handle = app.callback()
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (agencyAnswers.mayBe(request) && (await agencyAnswers.take(request, response))) return
    await handle(request, response)
  }

  let leaving = false
  const server = createServer(
    // Slow senders hold a socket, nothing else; these bounds give it back (security bar §3 row 32).
    {
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => {
      if (leaving) response.shouldKeepAlive = false
      if (isBeginning(request) && overload.shut()) {
        turnAway(request, response)
        troubles.add({ code: 'PRT-5005' })
        took.observe({ method: 'GET', status: '5xx' }, 0)
      } else if (!needs.poll(request, response)) void asOneRequest(() => answer(request, response))
    },
  )
  return {
    server,
    async drain(leave, patience) {
      leaving = true
      await pause(leave)
      return new Promise((resolve) => {
        const drained = new AbortController()
        server.close(() => {
          drained.abort()
          resolve()
        })
        server.closeIdleConnections()
        void pause(patience, drained.signal).then(() => server.closeAllConnections())
      })
    },
  }
}
