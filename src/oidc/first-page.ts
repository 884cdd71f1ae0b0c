import type { Clock } from '../platform/clock.ts'
import { ROUTES } from './configuration.ts'
import type { WebCtx } from './visit.ts'

// When the first page of a sign-in may be the answer to the agency's own request, instead of a redirect to it: one request
// of the browser less. Two things speak against it. The agency's address stays in the browser's bar and history, so
// nothing may stand in it that says who somebody is. And an interaction whose page was sent is kept until the person has
// read it, fifteen minutes instead of half a one: whoever only knocks could fill the store (security bar F7, §3 row 33).

/** What may stand in a browser's history. Hints name somebody, `claims` may. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['client_id', 'response_type', 'redirect_uri', 'response_mode', 'scope', 'resource', 'request_uri'],
  ...['state', 'nonce', 'code_challenge', 'code_challenge_method'],
  ...['prompt', 'max_age', 'acr_values', 'ui_locales', 'display'],
])

/** Bytes that unfinished sign-ins may take in the store for each node: twice this in fifteen minutes at the very most. */
const ROOM = 32 * 1024 * 1024
const FILLED_IN = 900_000
/** What a record is besides the request that it keeps, which stands in it once and a half. */
const BESIDES = 700
const TYPICAL = 1_200

export interface FirstPage {
  /** Room for this request's interaction, in bytes; undefined where a redirect must do. */
  take(ctx: WebCtx): number | undefined
  /** Nothing was kept; or a sign-in has come to its end, and what a usual one takes is no flood's any more. */
  giveBack(bytes?: number): void
}

export function openFirstPage({ clock }: { readonly clock: Clock }): FirstPage {
  let room = ROOM
  let at = clock.now()
  return {
    take(ctx) {
      if (ctx.method !== 'GET' || ctx.path !== ROUTES.authorization) return undefined
      if (!Object.keys(ctx.query).every((name) => PLAIN.has(name))) return undefined
      const now = clock.now()
      room = Math.min(ROOM, room + (Math.max(0, now - at) / FILLED_IN) * ROOM)
      at = now
      const bytes = BESIDES + 1.5 * ctx.querystring.length
      if (room < bytes) return undefined
      room -= bytes
      return bytes
    },
    giveBack(bytes = TYPICAL) {
      room = Math.min(ROOM, room + bytes)
    },
  }
}
