import type { Context, Next } from 'koa'
import type { Random } from '../platform/random.ts'

// What every answer carries. The policy names no `form-action`: Chromium applies it to the redirect that follows a form,
// and every form of ours leads back to an agency in the end.

/** The nonce that this response's policy allows; a view that needs its one script takes it from here. */
export const scriptNonce = (ctx: Context): string => ctx.state.scriptNonce as string

/** The script of this response's page may ask addresses of ours. */
export function letAsk(ctx: Context): void {
  ctx.state.asks = true
}

const policyOf = (scripts: string, asks = false): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    `script-src ${scripts}`,
    ...(asks ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** For an answer whose scripts may come from `scripts`, as the policy writes it. */
export const headersFor = (scripts: string, https: boolean): Record<string, string> => ({
  'Content-Security-Policy': policyOf(scripts),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  ...(https && { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' }),
})

export function securityHeaders({ random, https }: { readonly random: Random; readonly https: boolean }) {
  return async function headers(ctx: Context, next: Next): Promise<void> {
    const nonce = random.token(128)
    ctx.state.scriptNonce = nonce
    // Set before and kept by every renderer, error pages included; the library's own answers pass through here too.
    const all = headersFor(`'nonce-${nonce}'`, https)
    ctx.set(all)
    await next()
    const policy = ctx.state.asks === true ? policyOf(`'nonce-${nonce}'`, true) : all['Content-Security-Policy']!
    // The library allows a script of its own pages besides, which nobody ever sees.
    if (ctx.response.get('Content-Security-Policy') !== policy) ctx.set('Content-Security-Policy', policy)
    // Whatever has no life of its own in a cache (JWKS, discovery, the sheet say so themselves) is nobody else's business.
    if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'no-store')
  }
}
