import type { AuditLog } from '../audit/log.ts'
import type { Client } from '../clients/relying-party.ts'
import { clientId } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { type Agreement, type AgreementValues, isInForce } from './agreements.ts'
import { type Consents, openConsents } from './consents.ts'
import { type Decision, decide, type Requested } from './decide.ts'
import * as store from './store.ts'

// Who may be told what. Owns the table of claims, the agreements, the consents and the decision; does not own who the
// relying parties are (clients), how a claim travels nor the audit entry of its leaving (oidc, which knows when it leaves).
// Called by oidc before every consent and every release, by login for the terms of a sign-in, by the citizen's own page,
// and by the operator's import.

export interface Disclosure {
  /**
   * Reads the agreements of these clients, so that `agreement` can answer at once. The register of clients calls it
   * before it makes a changed client known (its `prepare`).
   */
  prepare(db: Db, clients: readonly Client[]): Promise<void>
  /** The client's present agreement, in force or not. @throws Error for a client that was not prepared. */
  agreement(client: Client): Agreement | undefined
  /** The same, while it is in force: what it allows beyond claims (refresh, resources, methods) ends with it. */
  agreementInForce(client: Client): Agreement | undefined
  /** As they were agreed then, of each relying party the versions named: what a release of long ago rested on. */
  past(db: Db, wanted: readonly { readonly client: string; readonly version: number }[]): Promise<readonly Agreement[]>
  /** What may be told now, what the person must agree to first, and what is refused. Reads consents, writes nothing. */
  weigh(db: Db, about: { client: Client; person: Person; requested: Requested }): Promise<Decision>
  readonly consents: Consents
}

export interface Needs {
  readonly audit: AuditLog
  readonly clock: Clock
}

export function openDisclosure({ audit, clock }: Needs): Disclosure {
  // By the client itself and not by its id: a request that began with an older copy of the client ends with its agreement.
  const kept = new WeakMap<Client, Agreement>()
  const consents = openConsents({ audit, clock })

  function agreement(client: Client): Agreement | undefined {
    if (client.agreement === undefined) return undefined
    const found = kept.get(client)
    if (found === undefined) throw new Error(`the agreement of client ${client.id} was not prepared`)
    return found
  }

  return {
    async prepare(db, clients) {
      const wanted = clients.flatMap(({ id, agreement }) =>
        agreement === undefined ? [] : [{ client: id, version: agreement }],
      )
      const found = wanted.length === 0 ? [] : await store.agreements(db, wanted)
      const byClient = new Map(found.map((row) => [row.client, fromRow(row)]))
      for (const client of clients) {
        const its = byClient.get(client.id)
        if (its !== undefined) kept.set(client, its)
      }
    },
    agreement,
    agreementInForce(client) {
      const present = agreement(client)
      return present !== undefined && isInForce(present, clock.now()) ? present : undefined
    },
    past: async (db, wanted) => (wanted.length === 0 ? [] : (await store.agreements(db, wanted)).map(fromRow)),
    async weigh(db, { client, person, requested }) {
      const present = agreement(client)
      const byConsent = present?.claims.some(({ ground }) => ground === 'consent') ?? false
      const standing = byConsent ? await consents.standing(db, person.key, client.id) : []
      return decide({ agreement: present, person, requested, consents: standing, now: clock.now() })
    },
    consents,
  }
}

export const valuesOf = (row: store.AgreementRow): AgreementValues => ({
  purpose: row.purpose,
  officer: row.officer,
  validFrom: row.valid_from.toISOString(),
  validTo: row.valid_to.toISOString(),
  ...row.terms,
})

const fromRow = (row: store.AgreementRow): Agreement => ({
  client: clientId(row.client),
  version: row.version,
  purposeSince: row.purpose_since,
  ...valuesOf(row),
})
