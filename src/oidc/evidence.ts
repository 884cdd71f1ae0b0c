import type { Client } from '../clients/relying-party.ts'
import { signedFor } from './client-metadata.ts'
import type { Hint } from './hints.ts'
import { RETURNS_WITHIN } from './lifetimes.ts'
import type { Needs } from './needs.ts'
import type { Ctx } from './visit.ts'

// What an agency's requests say of whether it accepts tokens under a new key (signing/uptake). While no key is new, and
// that is nearly always, nothing here costs more than a look at this node's copy of the ring; while one is, a redeemed code
// leaves a mark in the sessions store, and an authorization request of somebody who is signed in looks for it. Nobody
// waits for either, and nothing fails where one fails: of evidence a little may be lost.

export interface Evidence {
  /** The answer to a request of the protocol's is ready. */
  answered(ctx: Ctx): void
  /** A code was redeemed, by tokens that were signed for the client as they are now. */
  redeemed(client: Client, session: string | undefined): void
  /** A token of that time, epoch seconds, was used at UserInfo. */
  used(client: Client, issuedAt: number | undefined): void
  showed(hint: Hint): void
}

type Parts = Pick<Needs, 'artifacts' | 'clients' | 'clock' | 'uptake'>

/** What a redeemed code leaves; `at` in epoch ms. */
interface Mark {
  readonly kid: string
  readonly at: number
}

export function openEvidence({ artifacts, clients, clock, uptake }: Parts): Evidence {
  const nameOf = (session: string, client: Client): string => `${session} ${client.id}`

  function redeemed(client: Client, session: string | undefined): void {
    const who = signedFor(client)
    const watched = uptake.watched(who)
    if (!watched) return
    uptake.redeemed(who, watched.kid)
    if (session === undefined) return
    const mark = { kid: watched.kid, at: clock.now() }
    artifacts.put('redeemed', nameOf(session, client), mark, RETURNS_WITHIN).catch(() => undefined)
  }

  async function lookForReturn(client: Client, session: string): Promise<void> {
    const who = signedFor(client)
    if (!uptake.watched(who)) return
    const found = await artifacts.get('redeemed', nameOf(session, client))
    const mark = found?.value as Mark | undefined
    if (!mark || clock.now() - mark.at > RETURNS_WITHIN * 1000) return
    // Each code counts once.
    await artifacts.remove('redeemed', nameOf(session, client))
    uptake.returned(who, mark.kid)
  }

  return {
    answered({ oidc, status }) {
      const client = oidc.client && clients.find(oidc.client.clientId)
      if (!client) return
      const { AuthorizationCode: code, RotatedRefreshToken: refreshed, AccessToken: token } = oidc.entities
      if (oidc.route === 'token' && status === 200) {
        if (code) redeemed(client, code.sessionUid)
        else if (refreshed) uptake.used(signedFor(client), refreshed.iat)
      } else if (oidc.route === 'userinfo' && status === 200) uptake.used(signedFor(client), token?.iat)
      else if (oidc.route === 'authorization' && oidc.session?.accountId)
        lookForReturn(client, oidc.session.uid).catch(() => undefined)
    },
    redeemed,
    used: (client, issuedAt) => uptake.used(signedFor(client), issuedAt),
    showed(hint) {
      const client = clients.find(hint.client)
      if (client && typeof hint.header.kid === 'string') uptake.showed(signedFor(client), hint.header.kid)
    },
  }
}
