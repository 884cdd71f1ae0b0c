import type { Clients } from '../clients/client.ts'
import type { Client } from '../clients/relying-party.ts'
import type { Queue } from '../jobs/queue.ts'
import type { Attempt, Attempted, Kind } from '../jobs/worker.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { GuardedFetch } from '../platform/fetch.ts'
import type { Notice } from '../sessions/live.ts'
import type { Ring } from '../signing/ring.ts'
import { pairwise, signedFor } from './client-metadata.ts'
import { signedToken } from './own-token.ts'

// Telling agencies that somebody's session has ended (OpenID Connect Back-Channel Logout 1.0). Each is a row of the queue,
// committed before the session ends and due when it has, so that no crash loses one and no agency hears of it early. Any
// node delivers, with a fresh token at every try; how tries are made and kept is the queue's, the session is session-model's.

export interface Needs {
  readonly issuer: string
  readonly ring: Pick<Ring, 'check' | 'keyFor'>
  readonly clients: Pick<Clients, 'find'>
  readonly pairwiseSalt: Buffer
  /** The guarded client. */
  readonly ask: GuardedFetch['ask']
  readonly clock: Clock
}

export const LOGOUT = 'logout'
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** After the first, which is at once; then hourly for a day. */
export const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR]
/** The four short waits, and 24 hours. */
export const LASTS = 24 * HOUR + 13 * MINUTE
export const RECEIPT = 182 * 24 * HOUR
/** §2.4 recommends two minutes at most. */
const LIFE_SECONDS = 120
/** The session ends in between; whoever ends it says so. */
const AFTER = SECOND

/** What is left of a notice when it is delivered; the rest is the receipt's. */
type Told = Pick<Notice, 'client' | 'person' | 'sid'>

const addressOf = (client: Client | undefined): string | undefined => {
  const address = client?.metadata.backchannel_logout_uri
  return typeof address === 'string' ? address : undefined
}

/** Puts them on record, with `tx`; of what an agency doesn't want to hear nothing is kept. */
export async function announceLogouts(
  { queue, clients }: { readonly queue: Queue; readonly clients: Pick<Clients, 'find'> },
  tx: Db,
  notices: readonly Notice[],
): Promise<void> {
  const wanted = notices.filter(({ client }) => addressOf(clients.find(client)) !== undefined)
  const jobs = wanted.map(({ session, why, ...told }) => ({
    ...{ kind: LOGOUT, destination: told.client, payload: { ...told }, after: AFTER },
    ...{ person: told.person, session, about: why },
  }))
  if (jobs.length > 0) await queue.putAll(tx, jobs)
}

/** What the queue does with them. */
export function openLogoutDelivery(needs: Needs): Kind {
  const { issuer, ring, clients, pairwiseSalt, ask, clock } = needs

  /** §2.4. */
  async function token(client: Client, { person, sid }: Told, jti: string): Promise<string> {
    await ring.check(signedFor(client))
    const iat = Math.floor(clock.now() / 1000)
    return signedToken(ring.keyFor(signedFor(client)), 'logout+jwt', {
      iss: issuer,
      aud: client.id,
      iat,
      exp: iat + LIFE_SECONDS,
      jti,
      sub: pairwise(pairwiseSalt, client.sector, person),
      // A name that its ID tokens never had would keep it from finding anybody.
      ...(sid !== undefined && client.metadata.backchannel_logout_session_required === true && { sid }),
      events: { [EVENT]: {} },
    })
  }

  /** §2.8: 200 (and 204) is done, 400 is a no; what leads elsewhere is not followed. */
  async function attempt({ id, payload, signal }: Attempt): Promise<Attempted> {
    const notice = payload as unknown as Told
    const client = clients.find(notice.client)
    const address = addressOf(client)
    if (!client || client.disabled || address === undefined) return 'refused'
    // The same `jti` at every try: an agency that has taken the first can tell the second.
    const body = new URLSearchParams({ logout_token: await token(client, notice, id) }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    try {
      const { status } = await ask(address, { method: 'POST', headers, body, signal })
      if (status === 200 || status === 204) return 'done'
      return status === 400 ? 'refused' : 'failed'
    } catch {
      return 'failed'
    }
  }

  return { name: LOGOUT, waits: WAITS, lasts: LASTS, keep: RECEIPT, attempt }
}
