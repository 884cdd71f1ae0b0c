import type { Context, Next } from 'koa'
import { Problem, TROUBLE, type TroubleCode } from '../identity/trouble.ts'
import { isDatabaseUnavailable } from '../platform/db.ts'
import { ArtifactsUnavailable } from '../sessions/artifacts.ts'

// The outer boundary: whatever is thrown below becomes an honest page or an OAuth error here, once. On a fault of ours
// no cookie is touched and nothing is taken from the person: the same request works again when we do.

export interface Trouble {
  readonly code: TroubleCode
  readonly values: Readonly<Record<string, string | number>>
}

export interface Needs {
  /** Renders the page of trouble for a person. */
  render(ctx: Context, trouble: Trouble): void
  /** Told of every fault (status 500 and above) with what was thrown. */
  report(ctx: Context, trouble: Trouble, error: unknown): void
}

/** Seconds after which whoever met a 503 may come again. */
export const RETRY_AFTER = 5

export function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem) return { code: error.code, values: error.values }
  if (error instanceof ArtifactsUnavailable) return { code: 'PRT-5002', values: {} }
  if (isDatabaseUnavailable(error)) return { code: 'PRT-5001', values: {} }
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown }
  // koa's and the library's own refusals of malformed requests.
  if (expose === true && typeof status === 'number' && status >= 400 && status < 500)
    return { code: status === 413 ? 'PRT-1007' : 'PRT-1004', values: {} }
  return { code: 'PRT-5004', values: {} }
}

export function errorBoundary({ render, report }: Needs) {
  return async function boundary(ctx: Context, next: Next): Promise<void> {
    try {
      await next()
    } catch (error) {
      answer(ctx, troubleOf(error), error)
    }
  }

  function answer(ctx: Context, trouble: Trouble, error: unknown): void {
    const { status } = TROUBLE[trouble.code]
    ctx.state.trouble = trouble.code
    // The second of two that finish one sign-in: its answer, code and all, stands there already and must not leave.
    ctx.remove('Location')
    if (status >= 500) {
      report(ctx, trouble, error)
      ctx.res.removeHeader('Set-Cookie')
    }
    if (status === 503) ctx.set('Retry-After', String(RETRY_AFTER))
    if (status === 429 && trouble.values.seconds !== undefined) ctx.set('Retry-After', String(trouble.values.seconds))
    ctx.set('Cache-Control', 'no-store')
    ctx.status = status
    if (ctx.accepts('json', 'html') === 'html') render(ctx, trouble)
    else ctx.body = oauthError(trouble.code, status)
  }
}

/** RFC 6749 §5.2 words for callers that are programs. */
export function oauthError(code: TroubleCode, status: number): Record<string, string> {
  const error = status === 503 ? 'temporarily_unavailable' : status >= 500 ? 'server_error' : 'invalid_request'
  return { error, error_description: TROUBLE[code].meaning, code }
}
