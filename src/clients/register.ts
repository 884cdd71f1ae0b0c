import { canonicalJson } from '../formats/canonical-json.ts'
import { agencyId, clientId } from '../identity/identifiers.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { Registration } from './metadata.ts'
import type { Client } from './relying-party.ts'
import { hashSecret, newSecret } from './secret.ts'
import * as store from './store.ts'

// The register open for writing: what is there, and the verbs that change it, within one transaction. Says of each
// write whether it changed anything, so that the caller records changes and nothing else.

export type Outcome = 'new' | 'changed' | 'same'

export interface AgencyValues {
  readonly id: string
  readonly name: store.AgencyRow['name']
  readonly officer: string
  readonly sector: string
}

export interface Register {
  /** As they were when the register was opened. */
  readonly agencies: ReadonlyMap<string, AgencyValues>
  readonly clients: ReadonlyMap<string, Client>
  /** @throws the database's error when the sector would change; callers look first and say it better. */
  putAgency(agency: AgencyValues): Promise<Outcome>
  /** `secret`: one was needed and made here. It is told once, now, and only its hash is kept. */
  put(agency: string, registration: Registration): Promise<{ outcome: Outcome; secret?: string }>
  setAgreement(id: string, version: number | null): Promise<void>
  setDisabled(id: string, disabled: boolean): Promise<void>
}

export async function openRegister(db: Db, random: Random): Promise<Register> {
  const next = ((await store.lockVersion(db)) + 1n).toString()
  const agencies = new Map((await store.agencies(db)).map((row) => [row.id, row]))
  const clients = new Map((await store.all(db)).map((row) => [row.id, fromRow(row)]))
  let moved = false

  async function version(): Promise<string> {
    if (!moved) await store.moveTo(db, next)
    moved = true
    return next
  }

  return {
    agencies,
    clients,
    async putAgency(agency) {
      const before = agencies.get(agency.id)
      if (before && canonicalJson({ ...before }) === canonicalJson({ ...agency })) return 'same'
      await store.putAgency(db, agency)
      // Every relying party carries its agency's name: all of them have changed.
      if (before) await store.touchAgency(db, agency.id, await version())
      return before ? 'changed' : 'new'
    },
    async put(agency, { id, name, metadata, secret }) {
      const before = clients.get(id)
      const made =
        secret === undefined && before?.secretHash === undefined && needsSecret(metadata)
          ? newSecret(random)
          : undefined
      const hash = needsSecret(metadata) ? hashOf(secret ?? made, before) : null
      const same =
        before !== undefined &&
        canonicalJson([before.agency.id, before.name, before.metadata, before.secretHash ?? null]) ===
          canonicalJson([agency, name, metadata, hash])
      if (same) return { outcome: 'same' }
      const secretHash = hash === null ? null : Buffer.from(hash, 'base64url')
      await store.putClient(db, { id, agency, name, metadata, secretHash }, await version())
      return { outcome: before ? 'changed' : 'new', ...(made === undefined ? {} : { secret: made }) }
    },
    setAgreement: async (id, agreement) => store.setAgreement(db, id, agreement, await version()),
    setDisabled: async (id, disabled) => store.setDisabled(db, id, disabled, await version()),
  }
}

const needsSecret = (metadata: Registration['metadata']): boolean =>
  metadata.token_endpoint_auth_method === 'client_secret_basic'

const hashOf = (secret: string | undefined, before: Client | undefined): string | null =>
  secret === undefined ? (before?.secretHash ?? null) : hashSecret(secret)

export function fromRow(row: store.ClientRow): Client {
  return {
    id: clientId(row.id),
    agency: { id: agencyId(row.agency), name: row.agency_name, officer: row.officer },
    name: row.name,
    sector: row.sector,
    metadata: row.metadata,
    ...(row.secret_hash === null ? {} : { secretHash: row.secret_hash.toString('base64url') }),
    disabled: row.disabled,
    ...(row.agreement === null ? {} : { agreement: row.agreement }),
    version: BigInt(row.version),
  }
}
