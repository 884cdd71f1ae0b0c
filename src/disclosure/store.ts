import type { PersonKey } from '../identity/identifiers.ts'
import type { Words } from '../identity/language.ts'
import { type Db, rows } from '../platform/db.ts'
import type { AgreementValues } from './agreements.ts'

/** What lies in `terms`: everything that no query looks into. */
export type Terms = Omit<AgreementValues, 'purpose' | 'officer' | 'validFrom' | 'validTo'>

export interface AgreementRow {
  readonly client: string
  readonly version: number
  readonly purpose_since: number
  readonly purpose: Words
  readonly officer: string
  readonly valid_from: Date
  readonly valid_to: Date
  readonly terms: Terms
}

const AGREEMENT = 'client, version, purpose_since, purpose, officer, valid_from, valid_to, terms'

/** Of each pair of relying party and version, the agreement. */
export function agreements(db: Db, wanted: readonly { client: string; version: number }[]): Promise<AgreementRow[]> {
  return rows(
    db,
    `select ${AGREEMENT} from agreement where (client, version) in (select * from unnest(?::text[], ?::integer[]))`,
    [wanted.map(({ client }) => client), wanted.map(({ version }) => version)],
  )
}

/** The last version of every relying party, in force or not. */
export function lastAgreements(db: Db): Promise<AgreementRow[]> {
  return rows(db, `select distinct on (client) ${AGREEMENT} from agreement order by client, version desc`)
}

export async function insertAgreement(db: Db, row: AgreementRow, madeAt: Date): Promise<void> {
  await rows(db, `insert into agreement (${AGREEMENT}, made_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.client,
    row.version,
    row.purpose_since,
    JSON.stringify(row.purpose),
    row.officer,
    row.valid_from,
    row.valid_to,
    JSON.stringify(row.terms),
    madeAt,
  ])
}

export interface ConsentRow {
  /** bigint: text on the wire. */
  readonly id: string
  readonly person: PersonKey
  readonly client: string
  readonly agreement: number
  readonly claims: string[]
  readonly given_at: Date
  readonly withdrawn_at: Date | null
}

const CONSENT = 'id, person, client, agreement, claims, given_at, withdrawn_at'

export function standing(db: Db, person: PersonKey, client: string): Promise<ConsentRow[]> {
  return rows(db, `select ${CONSENT} from consent where person = ? and client = ? and withdrawn_at is null`, [
    person,
    client,
  ])
}

export function ofPerson(db: Db, person: PersonKey): Promise<ConsentRow[]> {
  return rows(db, `select ${CONSENT} from consent where person = ? order by given_at desc, id desc`, [person])
}

export async function give(
  db: Db,
  consent: Pick<ConsentRow, 'person' | 'client' | 'agreement' | 'claims'>,
  at: Date,
): Promise<void> {
  await rows(db, 'insert into consent (person, client, agreement, claims, given_at) values (?, ?, ?, ?, ?)', [
    consent.person,
    consent.client,
    consent.agreement,
    consent.claims,
    at,
  ])
}

/** The claims of the consents that this ended. */
export async function withdraw(db: Db, person: PersonKey, client: string, at: Date): Promise<string[]> {
  const ended = await rows<{ claims: string[] }>(
    db,
    `update consent set withdrawn_at = greatest(?, given_at)
     where person = ? and client = ? and withdrawn_at is null returning claims`,
    [at, person, client],
  )
  return [...new Set(ended.flatMap(({ claims }) => claims))].toSorted()
}
