import type { IncomingMessage } from 'node:http'
import type { Context, Next } from 'koa'
import { Problem } from '../identity/trouble.ts'
import { type Clock, pause } from '../platform/clock.ts'

// What no honest request is: another host, a giant address, a doubled parameter, a form from another site, a flood from
// one source. Refused before anything is read from or written to a store.

const URL_LENGTH = 8 * 1024
/** OIDC Core sets no bound; FAPI's tests use 384. More than this only fills our store. */
const LONG_VALUE = 2 * 1024
const LONG_NAME = 128
const MANY = 100

/** Only the issuer's own host is served; health and metrics are asked for by address. @throws Problem PRT-1006 */
export function onlyIssuer(issuer: string) {
  const { host } = new URL(issuer)
  return async function checkHost(ctx: Context, next: Next): Promise<void> {
    const target = ctx.req.url ?? ''
    if (!target.startsWith('/') || target.startsWith('//')) throw new Problem('PRT-1004')
    const operators = ctx.path === '/metrics' || ctx.path.startsWith('/health/')
    if (!hasOneHost(ctx.req) || (!operators && ctx.req.headers.host !== host)) throw new Problem('PRT-1006')
    await next()
  }
}

/** Of two Host headers Node believes the first, and a proxy perhaps the second. None is one too few for whoever compares it. */
export function hasOneHost({ rawHeaders }: IncomingMessage): boolean {
  let times = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === 'host') times++
  return times <= 1
}

/**
 * Whatever the address: escapes that are none, bytes that are no UTF-8, a form in another alphabet than UTF-8.
 * @throws Problem PRT-1007, PRT-1004
 */
export async function plainRequest(ctx: Context, next: Next): Promise<void> {
  if ((ctx.req.url ?? '').length > URL_LENGTH) throw new Problem('PRT-1007')
  const pairs = ctx.querystring === '' ? [] : ctx.querystring.split('&')
  if (pairs.length > MANY) throw new Problem('PRT-1007')
  const names = new Set<string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decoded(pair.slice(equals + 1))
    // `claims` and hints are JSON and tokens; everything else is a word or an address.
    const long = name === 'claims' || name === 'id_token_hint' || name === 'request'
    if (name.length > LONG_NAME || (value.length > LONG_VALUE && !long)) throw new Problem('PRT-1007')
    // An agency is told of its own doubled parameter by the engine, at /auth (RFC 6749 §3.1); several `resource` are
    // allowed there (RFC 8707 §2).
    if (names.has(name) && ctx.path !== '/auth') throw new Problem('PRT-1004')
    names.add(name)
  }
  // Asked only where there may be one: koa finds out that there is none by an error, at the price of its stack.
  if (ctx.get('Content-Type').includes(';') && !/^(?:utf-8)?$/i.test(ctx.request.charset)) throw new Problem('PRT-1004')
  await next()
}

/** @throws Problem PRT-1004 for what is no UTF-8 behind its escapes, and for NUL, which PostgreSQL refuses late. */
function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    const value = decodeURIComponent(text)
    if (!value.includes('\u0000')) return value
  } catch {
    // Said below.
  }
  throw new Problem('PRT-1004')
}

const REST = 2 * 1024 * 1024
const REST_PATIENCE = 500

/**
 * Reads and forgets what is left of a refused request's body, within bounds: a connection that is closed over unread
 * bytes is reset, and the page that says what was wrong never arrives.
 */
export async function readRest(ctx: Context, next: Next): Promise<void> {
  await next()
  const { req } = ctx
  if (req.complete || req.destroyed || req.readableEnded) return
  const over = new AbortController()
  let rest = REST
  req.on('data', (chunk: Buffer) => {
    rest -= chunk.length
    if (rest < 0) over.abort()
  })
  req.once('end', () => over.abort()).once('close', () => over.abort())
  req.resume()
  await pause(REST_PATIENCE, over.signal)
}

export type CheckForm = (ctx: Context) => void

/**
 * A form of ours sent from another site (login CSRF, logout CSRF). Our pages send no referrer, so browsers send
 * `Origin: null` with their own forms: Sec-Fetch-Site says what Origin can't. Agencies' servers send neither.
 * @throws Problem PRT-1009
 */
export function ownForms(issuer: string): CheckForm {
  const { origin } = new URL(issuer)
  return function check(ctx) {
    const site = ctx.get('Sec-Fetch-Site')
    if (site && site !== 'same-origin' && site !== 'none') throw new Problem('PRT-1009')
    const from = ctx.get('Origin')
    if (from && from !== 'null' && from !== origin) throw new Problem('PRT-1009')
  }
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * A bucket per source: `perMinute` on average, twice that in a burst. In process on purpose: it protects the node, the
 * count that protects people is in SQL (login/throttle).
 */
export function openBuckets({ perMinute, clock, most = 50_000 }: { perMinute: number; clock: Clock; most?: number }) {
  const buckets = new Map<string, Bucket>()
  const burst = perMinute * 2
  return {
    /** @returns how much of its burst the source has left, 0 to 1. @throws Problem PRT-1005 with `seconds` until the next one is free. */
    take(source: string): number {
      const now = clock.now()
      const bucket = buckets.get(source) ?? { tokens: burst, at: now }
      const filled = Math.min(burst, bucket.tokens + ((now - bucket.at) / 60_000) * perMinute)
      buckets.delete(source)
      // Oldest first out: a flood of sources forgets quiet ones, never grows.
      if (buckets.size >= most)
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest)
          break
        }
      buckets.set(source, { tokens: Math.max(0, filled - 1), at: now })
      if (filled < 1) throw new Problem('PRT-1005', { values: { seconds: Math.ceil(((1 - filled) / perMinute) * 60) } })
      return (filled - 1) / burst
    },
  }
}
