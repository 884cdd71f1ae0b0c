import type { Dated } from '../signing/rotation.ts'
import type { Route } from './router.ts'

// When our signing keys change next, for agencies that pin or review keys: dates and key ids, nothing else.

const MINUTES = 5

export interface Needs {
  calendar(): Promise<readonly Dated[]>
  /** `max-age` of the key set: nobody who keeps to it ever sees a key too late. */
  readonly published: number
  readonly issuer: string
}

export function keyCalendarRoutes({ calendar, published, issuer }: Needs): Route[] {
  return [
    {
      method: 'GET',
      path: '/.well-known/key-calendar.json',
      async handler(ctx) {
        const dates = await calendar()
        ctx.set('Cache-Control', `public, max-age=${MINUTES * 60}`)
        ctx.set('Access-Control-Allow-Origin', '*')
        ctx.body = {
          issuer,
          jwks_max_age: published,
          dates: dates.map(({ at, alg, event, kid }) => ({
            at: new Date(at).toISOString(),
            event,
            alg,
            ...(kid !== undefined && { kid }),
          })),
        }
      },
    },
  ]
}
