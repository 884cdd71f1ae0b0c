import type { Context } from 'koa'
import type { Metrics } from '../platform/metrics.ts'
import type { Route } from './router.ts'

// For the balancer and the operator: is the process alive, can it serve, and if not, what is in the way.

export interface Dependency {
  readonly name: string
  /** Resolves when it answers; throws with a sentence otherwise. */
  check(): Promise<void>
}

export interface Readiness {
  readonly dependencies: readonly Dependency[]
  /** True from the moment a stop was asked for: balancers take the node out, requests in flight go on. */
  stopping(): boolean
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
}

export function healthRoutes({ dependencies, stopping, metrics }: Readiness): Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      async handler(ctx: Context) {
        ctx.set('Content-Type', metrics.contentType)
        ctx.body = await metrics.text()
      },
    },
    {
      method: 'GET',
      path: '/health/live',
      handler(ctx: Context) {
        ctx.body = { status: 'ok' }
      },
    },
    {
      method: 'GET',
      path: '/health/ready',
      async handler(ctx: Context) {
        const results = await Promise.all(
          dependencies.map(async ({ name, check }) => {
            try {
              await check()
              return [name, 'ok'] as const
            } catch (error) {
              return [name, `unavailable: ${error instanceof Error ? error.message : String(error)}`] as const
            }
          }),
        )
        const ready = !stopping() && results.every(([, state]) => state === 'ok')
        ctx.status = ready ? 200 : 503
        ctx.body = {
          status: stopping() ? 'stopping' : ready ? 'ok' : 'unavailable',
          dependencies: Object.fromEntries(results),
        }
      },
    },
  ]
}
