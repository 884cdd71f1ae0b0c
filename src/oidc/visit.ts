import type Provider from 'oidc-provider'
import type { Grant, Interaction, KoaContextWithOIDC, PushedAuthorizationRequest } from 'oidc-provider'
import type { Entry } from '../audit/entry.ts'
import type { ClientId, RequestId, SessionRef } from '../identity/identifiers.ts'
import type { Seen } from '../login/seen.ts'
import type { Person } from '../persons/person.ts'

// What the engine remembers while it serves one request. The library's models don't know the request; this hangs on it.

/** While the library has it. */
export type Ctx = KoaContextWithOIDC
/** As web hands it over: koa's own, which only web may import. */
export type WebCtx = ReturnType<Provider['createContext']>

export interface Visit {
  readonly request?: RequestId
  /** Written to the audit before the answer leaves. */
  readonly entries: Entry[]
  /** The session is on the list as this request leaves it. */
  listed?: true
  /** The interaction whose proof has just come by this very request; what the store has of it is older. */
  resumes?: Interaction
  /** The page of the interaction that this request begins is to be its answer. */
  shown?: true
  /** The interaction that this request finishes: used up only when the answer is ready. */
  spent?: string
  /** A pushed request that is used up together with the code's audit entry. */
  pushed?: PushedAuthorizationRequest
  /** A grant that is new or lives longer now: stored just before the code that names it. */
  grant?: Grant
  /** The authorization response as the library made it, for response_mode=form_post. */
  response?: Readonly<Record<string, string>>
  /** A page of ours is the answer. */
  rendered?: true
  /** The session, by its uid, that this request begins. */
  begins?: string
  /** The session that this request has ended. */
  ended?: { readonly session: SessionRef; readonly parties: readonly ClientId[] }
  /** The agencies that the person leaves by this request. */
  readonly left: Set<string>
  readonly accounts: Map<string, Promise<Person | undefined>>
  /** Answers of the sessions store that were asked for before the library did (ahead.ts). */
  readonly ahead: Map<string, Promise<unknown>>
}

const VISIT = Symbol('visit')

/** As web has named this request. */
export function requestOf(ctx: WebCtx): RequestId | undefined {
  const { requestId } = ctx.state as { requestId?: unknown }
  return typeof requestId === 'string' ? (requestId as RequestId) : undefined
}

/** As web describes the browser to its owner; worked out only where it is wanted. */
export function seenOf(ctx: WebCtx | Ctx): Seen {
  const { seen } = ctx.state as { seen?: () => Seen }
  return seen?.() ?? {}
}

export function beginVisit(ctx: Ctx): Visit {
  const request = requestOf(ctx)
  const visit: Visit = {
    entries: [],
    left: new Set(),
    accounts: new Map(),
    ahead: new Map(),
    ...(request ? { request } : {}),
  }
  Object.defineProperty(ctx.state, VISIT, { value: visit, configurable: true })
  return visit
}

export function visitOf(ctx: Ctx | undefined): Visit {
  const visit = (ctx?.state as { [VISIT]?: Visit } | undefined)?.[VISIT]
  if (!visit) throw new Error('the engine was asked outside of a request')
  return visit
}
