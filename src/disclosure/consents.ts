import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { type ClientId, clientId, type PersonKey, type RequestId } from '../identity/identifiers.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Agreement } from './agreements.ts'
import type { ClaimName } from './claims.ts'
import * as store from './store.ts'

// What citizens agreed to, for the claims whose ground is consent. Each act is a row and an audit entry; nothing is
// written over. A consent counts for its claims while it stands and while the agreement keeps the purpose it was given for.

export interface Consent {
  readonly client: ClientId
  readonly agreement: number
  readonly claims: readonly string[]
  readonly givenAt: Date
  readonly withdrawnAt?: Date
}

/** Whose consent, and towards whom. */
export interface Act {
  readonly person: PersonKey
  readonly client: ClientId
  readonly request?: RequestId
}

export interface Consents {
  /** Records those of `claims` that the agreement asks consent for and that don't stand yet; answers with them. */
  give(db: Db, act: Act, agreement: Agreement, claims: readonly ClaimName[]): Promise<ClaimName[]>
  /** The citizen said no: nothing changes, but it is on record that they were asked. */
  deny(db: Db, act: Act, claims: readonly ClaimName[]): Promise<void>
  /**
   * Ends every standing consent towards the client; answers with the claims it covered.
   * @param actor the operator to whom the citizen said it; the citizen, if not said. Nobody gives a consent for another.
   */
  withdraw(db: Db, act: Act, actor?: Actor): Promise<string[]>
  standing(db: Db, person: PersonKey, client: ClientId): Promise<Consent[]>
  /** All of them, the newest first, ended ones too: for the citizen's own page. */
  ofPerson(db: Db, person: PersonKey): Promise<Consent[]>
}

export function openConsents({ audit, clock }: { readonly audit: AuditLog; readonly clock: Clock }): Consents {
  const entry = (act: Act, actor: Actor = { kind: 'citizen', person: act.person }) => ({
    actor,
    person: act.person,
    client: act.client,
    ...(act.request === undefined ? {} : { request: act.request }),
  })

  return {
    give: (db, act, agreement, claims) =>
      transaction(db, async (tx) => {
        const before = await store.standing(tx, act.person, act.client)
        const standing = new Set(
          before.filter((row) => row.agreement >= agreement.purposeSince).flatMap((row) => row.claims),
        )
        const askable = new Set(agreement.claims.flatMap(({ names, ground }) => (ground === 'consent' ? names : [])))
        const given = [...new Set(claims)].filter((claim) => askable.has(claim) && !standing.has(claim))
        if (given.length === 0) return []
        const row = { person: act.person, client: act.client, agreement: agreement.version, claims: given }
        await store.give(tx, row, new Date(clock.now()))
        await audit.append(tx, {
          ...entry(act),
          type: 'consent.given',
          detail: { claims: given, agreement: agreement.version },
        })
        return given
      }),
    deny: (db, act, claims) => audit.append(db, { ...entry(act), type: 'consent.denied', detail: { claims } }),
    withdraw: (db, act, actor) =>
      transaction(db, async (tx) => {
        const ended = await store.withdraw(tx, act.person, act.client, new Date(clock.now()))
        if (ended.length > 0)
          await audit.append(tx, { ...entry(act, actor), type: 'consent.withdrawn', detail: { claims: ended } })
        return ended
      }),
    standing: async (db, person, client) => (await store.standing(db, person, client)).map(fromRow),
    ofPerson: async (db, person) => (await store.ofPerson(db, person)).map(fromRow),
  }
}

const fromRow = (row: store.ConsentRow): Consent => ({
  client: clientId(row.client),
  agreement: row.agreement,
  claims: row.claims,
  givenAt: row.given_at,
  ...(row.withdrawn_at === null ? {} : { withdrawnAt: row.withdrawn_at }),
})
