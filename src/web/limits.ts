import type { Context, Next } from 'koa'
import { Problem } from '../identity/trouble.ts'
import type { Clock } from '../platform/clock.ts'

// What no honest request is: another host, a giant address, a doubled parameter, a form from another site, a flood from
// one source. Refused before anything is read from or written to a store.

const URL_LENGTH = 8 * 1024
/** OIDC Core sets no bound; FAPI's tests use 384. More than this only fills our store. */
const LONG_VALUE = 2 * 1024

/** Only the issuer's own host is served; health and metrics are asked for by address. @throws Problem PRT-1006 */
export function onlyIssuer(issuer: string) {
  const { host } = new URL(issuer)
  return async function checkHost(ctx: Context, next: Next): Promise<void> {
    const target = ctx.req.url ?? ''
    if (!target.startsWith('/') || target.startsWith('//')) throw new Problem('PRT-1004')
    const operators = ctx.path === '/metrics' || ctx.path.startsWith('/health/')
    if (!operators && ctx.req.headers.host !== host) throw new Problem('PRT-1006')
    await next()
  }
}

/** @throws Problem PRT-1007, PRT-1004 */
export async function plainRequest(ctx: Context, next: Next): Promise<void> {
  if ((ctx.req.url ?? '').length > URL_LENGTH) throw new Problem('PRT-1007')
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (name.includes('\u0000') || value.includes('\u0000')) throw new Problem('PRT-1004')
    // `claims` and hints are JSON and tokens; everything else is a word or an address.
    if (value.length > LONG_VALUE && name !== 'claims' && name !== 'id_token_hint' && name !== 'request')
      throw new Problem('PRT-1007')
  }
  if (/%(?![0-9a-fA-F]{2})/.test(ctx.querystring)) throw new Problem('PRT-1004')
  await next()
}

/**
 * A form of ours sent from another site (login CSRF, logout CSRF). Our pages send no referrer, so browsers send
 * `Origin: null` with their own forms: Sec-Fetch-Site says what Origin can't. Agencies' servers send neither.
 * @throws Problem PRT-1009
 */
export function ownForms(issuer: string) {
  const { origin } = new URL(issuer)
  return function check(ctx: Context): void {
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
    /** @throws Problem PRT-1005 with `seconds` until the next one is free. */
    take(source: string): void {
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
    },
  }
}
