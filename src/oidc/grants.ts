import { createHash } from 'node:crypto'
import type { Grant } from 'oidc-provider'
import type { SessionLimits } from './lifetimes.ts'
import type { Needs } from './needs.ts'
import { idOf } from './session-model.ts'
import { type Ctx, visitOf } from './visit.ts'

// The library's Grant: what ties all tokens of one relying party in one session together, so that one deletion ends them.
// It grants the protocol's names; what is really told is decided by disclosure at every release.

/** The grant of this session and relying party, grown by what is asked for now. Stored with the code (one-time.ts). */
export async function loadGrant(ctx: Ctx, { absolute }: SessionLimits): Promise<Grant | undefined> {
  const { provider, session, client, requestParamOIDCScopes, requestParamClaims, requestParamScopes } = ctx.oidc
  if (!session?.accountId || !client) return undefined
  const known = session.grantIdFor(client.clientId)
  const found = known === undefined ? undefined : await provider.Grant.find(known)
  const mine = found?.accountId === session.accountId && found.clientId === client.clientId ? found : undefined
  const grant = mine ?? new provider.Grant({ accountId: session.accountId, clientId: client.clientId })
  let grown = mine === undefined

  // Two tabs that open the same agency at once must mean the same grant, or the later one would end the earlier one's
  // code: so its id follows from what both know. One that is gone was revoked, and its tokens must stay dead.
  if (!mine) grant.jti = derive(known ?? (session as { oldId?: string }).oldId ?? idOf(session), client.clientId)
  const end = (session.loginTs ?? 0) + absolute
  if (grant.exp !== end) {
    grant.exp = end
    grown = true
  }
  const lacks = (have: readonly string[], want: Iterable<string>) => [...want].some((each) => !have.includes(each))
  if (lacks(grant.getOIDCScope().split(' '), requestParamOIDCScopes)) {
    grant.addOIDCScope(requestParamOIDCScopes)
    grown = true
  }
  if (lacks(grant.getOIDCClaims(), requestParamClaims)) {
    grant.addOIDCClaims(requestParamClaims)
    grown = true
  }
  for (const [identifier, server] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const scopes = [...requestParamScopes].filter((scope) => server.scopes.has(scope))
    if (!lacks(grant.getResourceScope(identifier).split(' '), scopes)) continue
    grant.addResourceScope(identifier, scopes)
    grown = true
  }
  if (grown) visitOf(ctx).grant = grant
  return grant
}

/** Registered for it, and agreed at this moment. */
export function mayRefresh({ clients, terms }: Pick<Needs, 'clients' | 'terms'>, id: string | undefined): boolean {
  const client = id === undefined ? undefined : clients.find(id)
  const grants = client?.metadata.grant_types
  return client !== undefined && Array.isArray(grants) && grants.includes('refresh_token') && terms(client).refresh
}

const derive = (from: string, client: string): string =>
  createHash('sha256')
    .update(JSON.stringify(['grant', from, client]))
    .digest('base64url')
