import { Problem } from '../../identity/trouble.ts'
import { interactionOf } from '../../methods/upstream/method.ts'
import { isUpstream } from '../../methods/upstream/upstream.ts'
import type { Route } from '../router.ts'

// Where outside services send people back to: one fixed address for each, because it is registered there to the letter.
// It leads on to the sign-in that the answer belongs to, and does nothing else: whether this browser began that sign-in is
// asked there, where its cookie comes along.

/** What an answer is made of (RFC 6749 §4.1.2, RFC 9207 §2); descriptions stay behind. */
const PARTS = ['code', 'state', 'iss', 'error'] as const

export const returnRoute: Route = {
  method: 'GET',
  path: '/return/:method',
  handler(ctx, { method = '' }) {
    if (!isUpstream(method)) throw new Problem('PRT-1003')
    const interaction = interactionOf(ctx.query.state)
    if (interaction === undefined) throw new Problem('PRT-1001')
    const answer = new URLSearchParams()
    for (const part of PARTS) {
      const value = ctx.query[part]
      if (typeof value === 'string') answer.set(part, value)
    }
    ctx.status = 303
    ctx.set('Location', `/login/${interaction}/${method}/return?${answer.toString()}`)
    ctx.body = ''
  },
}
