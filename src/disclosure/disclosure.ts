import type { AuditLog } from '../audit/log.ts'
import type { Client } from '../clients/client.ts'
import { clientId, type RequestId } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Agreement, AgreementValues } from './agreements.ts'
import { type Consents, openConsents } from './consents.ts'
import { type Decision, decide, type Requested } from './decide.ts'
import * as store from './store.ts'

// Who may be told what. Owns the table of claims, the agreements, the consents and the decision; does not own who the
// relying parties are (clients) nor how a claim travels (oidc). Called by oidc before every consent and every release,
// by the citizen's own page, and by the operator's import.

export interface Case {
  readonly client: Client
  readonly person: Person
  readonly requested: Requested
}

export interface Disclosure {
  /** The client's present agreement, whether in force or not. */
  agreement(db: Db, client: Client): Promise<Agreement | undefined>
  /** The decision alone: for the consent page and for knowing whether one is needed. Nothing may leave on it. */
  weigh(db: Db, about: Case): Promise<Decision>
  /** The decision with its audit entry, which names the claims and never their values: what it releases may leave. */
  release(db: Db, about: Case & { readonly request?: RequestId }): Promise<Decision>
  readonly consents: Consents
}

export interface Needs {
  readonly audit: AuditLog
  readonly clock: Clock
}

export function openDisclosure({ audit, clock }: Needs): Disclosure {
  // A version of an agreement never changes, so that this can't be out of date: the client says which version counts.
  const kept = new Map<string, Agreement>()
  const consents = openConsents({ audit, clock })

  async function agreement(db: Db, client: Client): Promise<Agreement | undefined> {
    if (client.agreement === undefined) return undefined
    const known = kept.get(client.id)
    if (known?.version === client.agreement) return known
    const row = await store.agreement(db, client.id, client.agreement)
    if (row === undefined) return undefined
    const found = fromRow(row)
    kept.set(client.id, found)
    return found
  }

  async function weigh(db: Db, { client, person, requested }: Case): Promise<Decision> {
    const present = await agreement(db, client)
    const byConsent = present?.claims.some(({ ground }) => ground === 'consent') ?? false
    const standing = byConsent ? await consents.standing(db, person.key, client.id) : []
    return decide({ agreement: present, person, requested, consents: standing, now: clock.now() })
  }

  return {
    agreement,
    weigh,
    release: (db, about) =>
      transaction(db, async (tx) => {
        const decision = await weigh(tx, about)
        const claims = Object.keys(decision.release)
        if (claims.length > 0) {
          await audit.append(tx, {
            type: 'data.released',
            actor: { kind: 'relying-party', client: about.client.id },
            person: about.person.key,
            client: about.client.id,
            ...(about.request === undefined ? {} : { request: about.request }),
            detail: { claims, agreement: decision.agreement?.version },
          })
        }
        return decision
      }),
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
