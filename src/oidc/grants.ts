import { createHash } from 'node:crypto'
import Provider, { type Grant } from 'oidc-provider'
import type { SessionLimits } from './lifetimes.ts'
import type { Needs } from './needs.ts'
import { idOf } from './session-model.ts'
import { type Ctx, visitOf } from './visit.ts'

// The library's Grant: what ties all tokens of one relying party in one session together, so that one deletion ends them.
// It grants the protocol's names; what is really told is decided by disclosure at every release.

/**
 * The grant of this session and relying party. Stored with the code (one-time.ts). Nothing of the request stands in it:
 * two tabs that ask one agency for different things would write over each other (`useGrants`).
 */
export async function loadGrant(ctx: Ctx, { absolute }: SessionLimits): Promise<Grant | undefined> {
  const { provider, session, client } = ctx.oidc
  if (!session?.accountId || !client) return undefined
  const known = session.grantIdFor(client.clientId)
  const found = known === undefined ? undefined : await provider.Grant.find(known)
  const end = (session.loginTs ?? 0) + absolute
  const mine = found?.accountId === session.accountId && found.clientId === client.clientId ? found : undefined
  if (mine?.exp === end) return mine
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId })
  // Two tabs that open the same agency at once must mean the same grant, or the later one would end the earlier one's
  // code: so its id follows from what both know. One that is gone was revoked, and its tokens must stay dead.
  grant.jti = mine?.jti ?? grantIdOf(known ?? (session as { oldId?: string }).oldId ?? idOf(session), client.clientId)
  grant.exp = end
  visitOf(ctx).grant = grant
  return grant
}

/**
 * Every grant lets through whatever its code or token asked for: those carry their own scopes and claims, resources are
 * looked up in the agreement anew each time, and disclosure decides at every release.
 */
export function useGrants(provider: Provider, scopes: ReadonlySet<string>): void {
  const { prototype } = provider.Grant
  prototype.getOIDCScopeFiltered = (asked) => [...asked].filter((scope) => scopes.has(scope)).join(' ')
  prototype.getOIDCClaimsFiltered = (asked) => [...asked]
  prototype.getResourceScopeFiltered = (resource, asked) => {
    // On the way to a code the request's scopes come whole; the token's are those of its resource already.
    const server = Provider.ctx?.oidc.resourceServers?.[resource]
    return [...asked].filter((scope) => server?.scopes.has(scope) ?? true).join(' ')
  }
}

/** Registered for it, and agreed at this moment. */
export function mayRefresh({ clients, terms }: Pick<Needs, 'clients' | 'terms'>, id: string | undefined): boolean {
  const client = id === undefined ? undefined : clients.find(id)
  const grants = client?.metadata.grant_types
  return client !== undefined && Array.isArray(grants) && grants.includes('refresh_token') && terms(client).refresh
}

/** Also when the session has lain idle. */
export function refreshesAfterIdle(parts: Pick<Needs, 'clients' | 'terms'>, id: string | undefined): boolean {
  const client = id === undefined ? undefined : parts.clients.find(id)
  return client !== undefined && mayRefresh(parts, id) && parts.terms(client).refreshAfterIdle === true
}

export const grantIdOf = (from: string, client: string): string =>
  createHash('sha256')
    .update(JSON.stringify(['grant', from, client]))
    .digest('base64url')
