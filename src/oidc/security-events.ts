import type { AuditReading } from '../audit/read.ts'
import type { Clients } from '../clients/client.ts'
import type { Client } from '../clients/relying-party.ts'
import type { EventName } from '../disclosure/agreements.ts'
import type { Disclosure } from '../disclosure/disclosure.ts'
import type { ClientId, PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Queue } from '../jobs/queue.ts'
import type { Attempt, Attempted, Kind } from '../jobs/worker.ts'
import type { MeansKind } from '../persons/means.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { GuardedFetch } from '../platform/fetch.ts'
import type { Ring } from '../signing/ring.ts'
import { pairwise, signedFor } from './client-metadata.ts'
import { LASTS, RECEIPT, WAITS } from './logout-delivery.ts'
import { signedToken } from './own-token.ts'

// Telling agencies what has become of somebody whom they know (Security Event Tokens, RFC 8417, pushed as RFC 8935 says): only
// those whose agreement names the event, only of people who have signed in to them, by the subject that they know. What it is
// now (a name, a code) is not said: who may know asks. Rows of the queue, like the ends of sessions.

export interface AgencyEvent {
  readonly event: EventName
  readonly person: PersonKey
  /** When it happened, epoch milliseconds. */
  readonly at: number
  /** Of `means-revoked`. */
  readonly means?: MeansKind
}

export interface SecurityEvents {
  /** On record with `tx`. */
  tell(tx: Db, events: readonly AgencyEvent[]): Promise<void>
  readonly kind: Kind
}

export interface Needs {
  readonly issuer: string
  readonly queue: Pick<Queue, 'putAll'>
  readonly ring: Pick<Ring, 'check' | 'keyFor'>
  readonly clients: Pick<Clients, 'find' | 'known'>
  readonly disclosure: Pick<Disclosure, 'agreementInForce'>
  readonly audit: Pick<AuditReading, 'acquainted'>
  readonly pairwiseSalt: Buffer
  /** The guarded client. */
  readonly ask: GuardedFetch['ask']
  readonly clock: Clock
}

export const SECURITY_EVENT = 'security-event'

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'

/** CAEP §3.3 names some; others are agreed (docs/integrate.md). */
const CREDENTIAL_TYPES: Readonly<Partial<Record<MeansKind, string>>> = {
  'sms-code': 'phone-sms',
  totp: 'app',
  pin: 'pin',
}

/** What §2.4 of RFC 8935 lets a receiver say that no repetition would change. Of our keys it may learn a minute later. */
const FINAL = ['invalid_request', 'invalid_issuer', 'invalid_audience', 'access_denied']

interface Payload extends AgencyEvent {
  readonly client: ClientId
}

export function openSecurityEvents(needs: Needs): SecurityEvents {
  const { issuer, queue, ring, clients, disclosure, audit, pairwiseSalt, ask, clock } = needs

  /** The event's type, and what is said of it (RFC 8417 §1.2). */
  function typed({ event, at, means }: AgencyEvent): { readonly [type: string]: Json } {
    const when = { event_timestamp: Math.floor(at / 1000) }
    if (event === 'disabled' || event === 'enabled') return { [`${RISC}account-${event}`]: when }
    if (event !== 'means-revoked') return { [`${issuer}/events/${event}`]: when }
    const type = means === undefined ? 'unknown' : (CREDENTIAL_TYPES[means] ?? means)
    return { [`${CAEP}credential-change`]: { ...when, credential_type: type, change_type: 'revoke' } }
  }

  /** The same at every try: a repetition is the same event, not another. */
  async function token(client: Client, payload: Payload, jti: string): Promise<string> {
    await ring.check(signedFor(client))
    const sub = pairwise(pairwiseSalt, client.sector, payload.person)
    return signedToken(ring.keyFor(signedFor(client)), 'secevent+jwt', {
      iss: issuer,
      aud: client.id,
      iat: Math.floor(clock.now() / 1000),
      jti,
      toe: Math.floor(payload.at / 1000),
      sub_id: { format: 'iss_sub', iss: issuer, sub },
      events: typed(payload),
    })
  }

  const agreed = (client: Client | undefined, event: EventName): boolean =>
    client !== undefined && (disclosure.agreementInForce(client)?.events?.includes(event) ?? false)

  async function attempt({ id, payload: stored, signal }: Attempt): Promise<Attempted> {
    const payload = stored as unknown as Payload
    const client = clients.find(payload.client)
    const address = addressOf(client)
    // What is not agreed any more is not told any more.
    if (!client || client.disabled || address === undefined || !agreed(client, payload.event)) return 'refused'
    const body = await token(client, payload, id)
    const headers = { 'content-type': 'application/secevent+jwt', accept: 'application/json' }
    try {
      const { status, body: said } = await ask(address, { method: 'POST', headers, body, signal })
      if (status === 400) return FINAL.includes(errorIn(said)) ? 'refused' : 'failed'
      return status === 202 || status === 200 || status === 204 ? 'done' : 'failed'
    } catch {
      return 'failed'
    }
  }

  return {
    async tell(tx, events) {
      const wanted = new Map<EventName, readonly Client[]>()
      const open = clients.known().filter((client) => !client.disabled && addressOf(client) !== undefined)
      for (const { event } of events)
        if (!wanted.has(event))
          wanted.set(
            event,
            open.filter((client) => agreed(client, event)),
          )
      const asking = [...new Set([...wanted.values()].flat())].map(({ id }) => id)
      const about = events.filter(({ event }) => wanted.get(event)!.length > 0)
      if (about.length === 0) return
      const persons = [...new Set(about.map(({ person }) => person))]
      const met = await audit.acquainted(tx, persons, asking)
      await queue.putAll(
        tx,
        about.flatMap((one) =>
          wanted
            .get(one.event)!
            .filter(({ id }) => met.get(one.person)?.has(id))
            .map(({ id: client }) => ({
              ...{ kind: SECURITY_EVENT, destination: client, payload: { ...one, client } },
              ...{ person: one.person, about: one.event },
            })),
        ),
      )
    },
    kind: { name: SECURITY_EVENT, waits: WAITS, lasts: LASTS, keep: RECEIPT, attempt },
  }
}

function addressOf(client: Client | undefined): string | undefined {
  const address = client?.metadata.security_event_uri
  return typeof address === 'string' ? address : undefined
}

/** RFC 8935 §2.3: what is no such answer says nothing. */
function errorIn(body: Buffer): string {
  try {
    const { err } = JSON.parse(body.toString('utf8')) as { err?: unknown }
    return typeof err === 'string' ? err : ''
  } catch {
    return ''
  }
}
