import type { Context } from 'koa'
import { Problem } from '../identity/trouble.ts'

// Our own addresses, as one readable table: method, pattern, handler. A pattern is a path whose `:name` parts match one segment.

export type Handler = (ctx: Context, params: Readonly<Record<string, string>>) => Promise<void> | void

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly handler: Handler
}

interface Compiled extends Route {
  readonly segments: readonly string[]
}

/**
 * The first part of every pattern is written out.
 * @returns a function that serves a request and says whether the address was ours. @throws Problem PRT-1008 for a wrong method.
 */
export function openRouter(routes: readonly Route[]): (ctx: Context) => Promise<boolean> {
  const compiled: Compiled[] = routes.map((route) => ({ ...route, segments: route.path.split('/') }))
  // By that part, so that of a hundred addresses a handful is compared.
  const open = compiled.find(({ segments }) => segments[1]?.startsWith(':'))
  if (open) throw new Error(`${open.path} would take every address`)
  const groups = Map.groupBy(compiled, ({ segments }) => segments[1])
  return async (ctx) => {
    const given = ctx.path.split('/')
    const here = (groups.get(given[1]) ?? []).flatMap((route) => {
      const params = match(route.segments, given)
      return params ? [{ route, params }] : []
    })
    if (here.length === 0) return false
    const method = ctx.method === 'HEAD' ? 'GET' : ctx.method
    const found = here.find(({ route }) => route.method === method)
    if (!found) {
      ctx.set('Allow', [...new Set(here.map(({ route }) => route.method))].join(', '))
      throw new Problem('PRT-1008')
    }
    await found.route.handler(ctx, found.params)
    return true
  }
}

function match(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [position, part] of pattern.entries()) {
    const value = given[position] ?? ''
    if (part.startsWith(':')) {
      // Our parameters are ids of our own making: nothing else is worth looking up.
      if (!/^[\w.-]{1,64}$/.test(value)) return undefined
      params[part.slice(1)] = value
    } else if (part !== value) return undefined
  }
  return params
}
