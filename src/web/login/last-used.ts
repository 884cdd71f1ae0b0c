import type { Context } from 'koa'
import { METHOD_IDS, type MethodId } from '../../identity/identifiers.ts'

// The way in that somebody took last in this browser, so that it is offered first. Its name and nothing else: on a shared
// computer it tells the next visitor that somebody here has a card, not who. Not signed: it only orders a list.

const COOKIE = '__Host-pratu_method'
const YEAR = 365 * 86_400_000

export function lastUsed(ctx: Context): MethodId | undefined {
  const kept = ctx.cookies.get(COOKIE, { signed: false })
  return METHOD_IDS.find((id) => id === kept)
}

export function keepLastUsed(ctx: Context, method: MethodId): void {
  ctx.cookies.set(COOKIE, method, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    maxAge: YEAR,
    overwrite: true,
  })
}
