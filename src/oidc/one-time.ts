import { createHash } from 'node:crypto'
import Provider, {
  type AuthorizationCode,
  errors,
  type PushedAuthorizationRequest,
  type RefreshToken,
} from 'oidc-provider'
import type { Json } from '../identity/json.ts'
import { transaction } from '../platform/db.ts'
import { hasMetSlowness } from '../platform/patience.ts'
import { ArtifactsUnavailable } from '../sessions/artifacts.ts'
import type { Accounts } from './account.ts'
import { signedFor } from './client-metadata.ts'
import { mayRefresh } from './grants.ts'
import { PUSHED_REQUEST_KEPT, USED_CODE_KEPT } from './lifetimes.ts'
import type { Needs } from './needs.ts'
import { codeEntries } from './record.ts'
import type { Sessions } from './session-model.ts'
import { visitOf } from './visit.ts'

// What may be used once is used once, by compare-and-set over all nodes: the library finds, checks and marks in three
// steps, between which fifty others fit. Whoever loses gets the error that belongs to it.

type Parts = Pick<Needs, 'artifacts' | 'clients' | 'clock' | 'db' | 'live' | 'ring' | 'session' | 'terms'> & {
  readonly accounts: Accounts
  readonly sessions: Sessions
}

const seconds = (clock: Needs['clock']): number => Math.floor(clock.now() / 1000)

export function makeOneTime(provider: Provider, parts: Parts): void {
  useTokens(provider, parts)
  noticeReplays(provider, parts)
  useInteractions(provider)
  usePushedRequests(provider)
  issueCodes(provider, parts)
  const { artifacts, clock } = parts
  provider.ReplayDetection.unique = (iss, jti, exp) =>
    artifacts.once(`${digest(iss)}${digest(jti)}`, Math.max(1, exp - seconds(clock)))
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

function useTokens(provider: Provider, parts: Parts): void {
  const { artifacts, clients, clock, ring, accounts } = parts
  const models = [
    ['code', provider.AuthorizationCode],
    ['refresh-token', provider.RefreshToken],
  ] as const
  for (const [kind, model] of models) {
    model.prototype.consume = async function consume(this: AuthorizationCode | RefreshToken) {
      // Both are asked before, so that their failing leaves the code unused and the agency may come again with it.
      const client = clients.find(this.clientId!)
      await ring.check(client && signedFor(client))
      if (this.accountId) await accounts.admitted(Provider.ctx!, this.accountId)
      // Two: one slow answer alone is a node that has just started and opens its connections.
      if (hasMetSlowness(2)) throw new ArtifactsUnavailable('a store is slow: what is used up now might bring nothing')
      if (kind === 'refresh-token' && !mayRefresh(parts, this.clientId))
        throw new errors.InvalidGrant('refreshing is not agreed any more')
      // Remembered for as long as what it brings forth may live, so that a late replay still ends that.
      const keep = mayRefresh(parts, this.clientId) ? parts.session.absolute : USED_CODE_KEPT
      const outcome = await artifacts.consume(kind, this.jti, seconds(clock), keep)
      if (outcome === 'consumed') return
      // RFC 6749 §4.1.2, RFC 9700 §4.14.2: somebody else has it, and nobody knows which of the two is the thief.
      if (this.grantId) await artifacts.remove('grant', this.grantId)
      throw new errors.InvalidGrant(`${this.kind} was used by another request at the same time`)
    }
  }
}

/**
 * The library looks whether a code has expired before it looks whether it was used, and its minute is soon over: a replay
 * after it must end the tokens too (RFC 6749 §4.1.2).
 */
function noticeReplays(provider: Provider, { artifacts }: Parts): void {
  const { AuthorizationCode: Model } = provider
  const find = Model.find.bind(Model) as (
    id: string,
    options?: object,
  ) => Promise<(AuthorizationCode & { consumed?: unknown }) | undefined>
  Model.find = (async (id: string, options?: object) => {
    const code = await find(id, options)
    const presenter = Provider.ctx?.oidc.client?.clientId
    if (code?.consumed && code.clientId === presenter && code.grantId) await artifacts.remove('grant', code.grantId)
    return code
  }) as typeof Model.find
}

function useInteractions(provider: Provider): void {
  // The library destroys it before it has an answer; a fault after that would leave the person nowhere.
  provider.Interaction.prototype.destroy = async function destroy(this: { jti: string }) {
    visitOf(Provider.ctx).spent = this.jti
  }
  const { find } = provider.Interaction
  provider.Interaction.find = async function held(this: typeof provider.Interaction, id, options) {
    const { ctx } = Provider
    const resumes = ctx && visitOf(ctx).resumes
    return resumes?.uid === id ? resumes : find.call(this, id, options)
  } as typeof find
}

function usePushedRequests(provider: Provider): void {
  // Put off until the code is stored (issueCodes).
  provider.PushedAuthorizationRequest.prototype.consume = async function consume(this: PushedAuthorizationRequest) {
    visitOf(Provider.ctx).pushed = this
  }
}

function issueCodes(provider: Provider, { artifacts, clock, db, live, sessions }: Parts): void {
  const { save } = provider.AuthorizationCode.prototype
  /**
   * The grant, the session and the code at once, then the entry, and the session on the list with it: nobody knows the code
   * before all of them are there, and no session is on the list that isn't in the store. The use of a pushed request comes
   * together with the entry or not at all.
   */
  provider.AuthorizationCode.prototype.save = async function issue(this: AuthorizationCode) {
    const ctx = Provider.ctx!
    const visit = visitOf(ctx)
    const entries = codeEntries(ctx, visit, this)
    const { pushed } = visit
    const session = ctx.oidc.session!
    const seen = sessions.seen(ctx, session, this.clientId)
    visit.listed = true
    const [value] = await Promise.all([save.call(this), visit.grant?.save(), sessions.saveAhead(session)])
    if (pushed)
      await transaction(db, async (tx) => {
        await live.note(tx, seen, ...entries)
        await usePushed(pushed, ctx.oidc.entities.Interaction?.uid)
      })
    else await live.note(db, seen, ...entries)
    return value
  }

  async function usePushed({ jti }: PushedAuthorizationRequest, interaction: string | undefined): Promise<void> {
    const outcome = await artifacts.consume('pushed-request', jti, seconds(clock), PUSHED_REQUEST_KEPT)
    if (outcome === 'consumed' && interaction === undefined) return
    const found = interaction === undefined ? undefined : await artifacts.get('pushed-request', jti)
    const value = (found?.value ?? {}) as { readonly [key: string]: Json }
    if (outcome === 'consumed')
      await artifacts.put('pushed-request', jti, { ...value, usedBy: interaction }, PUSHED_REQUEST_KEPT)
    else if (interaction === undefined || value.usedBy !== interaction)
      throw new errors.InvalidRequestUri('request_uri was already used')
  }
}
