import type { Flow } from '../../login/flow.ts'
import type { Engine } from '../../oidc/engine.ts'
import type { Route } from '../router.ts'

// How things stand, for the script of a waiting page (views/login/wait.js): thousands ask every two seconds, so it takes
// the shortest way. The cookie says that this is the browser that began; one question to the sessions store, two at most,
// say whether there is news. Neither the protocol's library nor the database is asked: what is over, or belongs to
// another browser, is told to come, and the page itself says why.

export interface Needs {
  readonly engine: Pick<Engine, 'bound'>
  readonly flow: Pick<Flow, 'look'>
}

export function pollRoute({ engine, flow }: Needs): Route {
  return {
    method: 'GET',
    path: '/login/:uid/:method/poll',
    async handler(ctx, { method = '' }) {
      const interaction = engine.bound(ctx)
      const look = interaction === undefined ? { come: true } : await flow.look(interaction, method)
      ctx.type = 'json'
      ctx.body = JSON.stringify(look)
    },
  }
}
