import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Json } from '../identity/json.ts'
import type { Artifacts, Kind } from '../sessions/artifacts.ts'
import type { Tied } from './ahead.ts'
import { INTERACTION, PUSHED_REQUEST_KEPT, UNSEEN_INTERACTION } from './lifetimes.ts'
import { type Ctx, visitOf } from './visit.ts'

// The library's models as plain records of the sessions store. Sessions, one-time use and assertions don't pass here:
// session-model.ts and one-time.ts do them, for the library's own steps can't be made atomic from below.

const KINDS: Readonly<Record<string, Kind>> = {
  AuthorizationCode: 'code',
  AccessToken: 'access-token',
  RefreshToken: 'refresh-token',
  Grant: 'grant',
  Interaction: 'interaction',
  PushedAuthorizationRequest: 'pushed-request',
}

const elsewhere = (name: string, step: string) => async (): Promise<never> => {
  throw new Error(`the library asked the adapter for ${name}.${step}, which has a way of its own`)
}

const TOKENS: ReadonlySet<Kind> = new Set(['code', 'access-token', 'refresh-token'])

interface Needs {
  readonly artifacts: Artifacts
  /** Told of a token that will be believed if its grant, session and person let it. */
  readonly foresee: (ctx: Ctx, token: Tied) => void
}

export function openAdapter({ artifacts, foresee }: Needs): (name: string) => Adapter {
  function expect(token: Tied): void {
    const { ctx } = Provider
    if (!ctx || ctx.oidc.route === 'revocation') return
    const presenter = ctx.oidc.client?.clientId
    if (presenter === undefined || presenter === token.clientId) foresee(ctx, token)
  }

  return (name) => {
    const kind = KINDS[name]
    const missing = (step: string) => elsewhere(name, step)
    const never = {
      findByUid: missing('findByUid'),
      findByUserCode: missing('findByUserCode'),
      consume: missing('consume'),
    }
    if (!kind)
      return {
        ...never,
        upsert: missing('upsert'),
        find: missing('find'),
        destroy: missing('destroy'),
        revokeByGrantId: missing('revokeByGrantId'),
      }
    return {
      ...never,
      upsert: (id, payload, ttl) =>
        artifacts.put(kind, id, stored(kind, payload), Math.max(1, kept(kind, ttl ?? 1, isShown()))),
      async find(id) {
        const found = await artifacts.get(kind, id, kind === 'interaction' ? INTERACTION : undefined)
        if (!found) return undefined
        const value = found.value as AdapterPayload & { usedBy?: string }
        // The resume address works once.
        if (kind === 'interaction') return found.consumed === undefined ? value : undefined
        if (TOKENS.has(kind) && found.consumed === undefined) expect(value)
        // An answer that was lost on the way may be asked for again by the same interaction, which itself ends once.
        if (found.consumed === undefined || usedByThis(value)) return value
        return { ...value, consumed: found.consumed }
      },
      destroy: (id) => artifacts.remove(kind, id),
      // Every path of every token goes through its Grant record, and that one is destroyed (test/oidc/revocation).
      revokeByGrantId: async () => undefined,
    }
  }
}

const usedByThis = ({ usedBy }: { usedBy?: string }): boolean =>
  usedBy !== undefined && usedBy === Provider.ctx?.oidc.entities.Interaction?.uid

/** A browser has come for it. */
const isShown = (): boolean => Provider.ctx !== undefined && visitOf(Provider.ctx).shown === true

/** How long the store keeps it; for how long it is good stands in the payload. */
function kept(kind: Kind, ttl: number, shown: boolean): number {
  if (kind === 'pushed-request') return Math.max(ttl, PUSHED_REQUEST_KEPT)
  return kind === 'interaction' && !shown ? Math.min(ttl, UNSEEN_INTERACTION) : ttl
}

function stored(kind: Kind, payload: AdapterPayload): Json {
  if (kind !== 'interaction') return payload as Json
  // The session's uid and account are enough to recognise it; its live id has no business in another record.
  const { session, ...rest } = payload as { session?: Record<string, Json> } & Record<string, Json>
  const { cookie: _, ...kept } = session ?? {}
  return session ? { ...rest, session: kept } : rest
}
