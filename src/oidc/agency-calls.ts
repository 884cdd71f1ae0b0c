import type { IncomingMessage } from 'node:http'
import type { RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { ROUTES } from './configuration.ts'
import type { Evidence } from './evidence.ts'
import type { MadeHere } from './made-here.ts'
import type { Needs } from './needs.ts'
import { readText, withBody } from './posted.ts'
import { openRedeem } from './redeem.ts'
import { openUserInfo } from './user-info.ts'
import type { WebCtx } from './visit.ts'

// What agencies' servers ask at every sign-in, a code for tokens and UserInfo, answered without the library, and without koa
// where web asks before it: both cost more than the answer. What isn't entirely usual, and whatever would be refused, is
// left to the library, which looks at it anew: so an error has one origin, and a doubt costs only time.

export interface AgencyCalls {
  /** Whether it may be one of them, by its address and headers. */
  mayBe(request: IncomingMessage): boolean
  /**
   * The members of the answer, which is 200, JSON, and nobody else's (`Vary: Origin`, no-store). Undefined: `middleware` must
   * be asked. @throws ArtifactsUnavailable or a fault.
   */
  answer(request: IncomingMessage, name: RequestId | undefined): Promise<Json | undefined>
}

export interface AgencyCallsWithin extends AgencyCalls {
  /** The same, once in the life of a request. @returns whether it was answered; if not, its body can be read once more. */
  middleware(ctx: WebCtx, name: RequestId | undefined): Promise<boolean>
}

export function openAgencyCalls(
  needs: Needs & { readonly evidence: Evidence; readonly madeHere: MadeHere },
): AgencyCallsWithin {
  const userInfo = openUserInfo(needs)
  const redeem = openRedeem(needs)
  /** What was tried already, with the body that is read by now. */
  const tried = new WeakMap<IncomingMessage, string | undefined>()

  function mayBe({ method, url, headers }: IncomingMessage): boolean {
    if (method === 'GET') return url === ROUTES.userinfo && userInfo.mayBe(headers)
    return method === 'POST' && url === ROUTES.token && redeem.mayBe(headers)
  }

  async function answer(request: IncomingMessage, name: RequestId | undefined): Promise<Json | undefined> {
    tried.set(request, undefined)
    if (request.method === 'GET') return userInfo.answer(request.headers, name)
    const body = await readText(request)
    tried.set(request, body)
    return redeem.answer(request.headers, body, name)
  }

  return {
    mayBe,
    answer,
    async middleware(ctx, name) {
      const { req } = ctx
      if (!tried.has(req) && mayBe(req)) {
        const told = await answer(req, name)
        if (told !== undefined) {
          ctx.vary('Origin')
          ctx.set('Cache-Control', 'no-store')
          ctx.body = told
          return true
        }
      }
      const body = tried.get(req)
      if (body !== undefined) ctx.req = withBody(req, body)
      return false
    },
  }
}
