import type { Json } from '../identity/json.ts'
import type { Words } from '../identity/language.ts'
import { type Db, rows } from '../platform/db.ts'

export interface AgencyRow {
  readonly id: string
  readonly name: Words
  readonly officer: string
  readonly sector: string
}

export interface ClientRow {
  readonly id: string
  readonly name: Words
  readonly metadata: Readonly<Record<string, Json>>
  readonly secret_hash: Buffer | null
  readonly disabled: boolean
  readonly agreement: number | null
  /** bigint: text on the wire. */
  readonly version: string
  readonly agency: string
  readonly agency_name: Words
  readonly officer: string
  readonly sector: string
}

const SELECT = `select r.id, r.name, r.metadata, r.secret_hash, r.disabled, r.agreement, r.version,
    r.agency, a.name as agency_name, a.officer, a.sector
  from relying_party r join agency a on a.id = r.agency`

export function changedSince(db: Db, version: bigint): Promise<ClientRow[]> {
  return rows(db, `${SELECT} where r.version > ? order by r.version`, [version.toString()])
}

export function all(db: Db): Promise<ClientRow[]> {
  return rows(db, `${SELECT} order by r.agency, r.id`)
}

export interface AlgorithmRow {
  readonly client: string
  readonly agency: string
  readonly alg: string | null
}

export function algorithms(db: Db): Promise<AlgorithmRow[]> {
  return rows(
    db,
    `select id as client, agency, metadata->>'id_token_signed_response_alg' as alg from relying_party order by agency, id`,
  )
}

export function agencies(db: Db): Promise<AgencyRow[]> {
  return rows(db, 'select id, name, officer, sector from agency order by id')
}

/** Takes the writers' turn, to the end of this transaction: versions are committed in their order. */
export async function lockVersion(db: Db): Promise<bigint> {
  const [row] = await rows<{ version: string }>(db, 'select version from client_change for update')
  return BigInt(row!.version)
}

export async function moveTo(db: Db, version: string): Promise<void> {
  await rows(db, 'update client_change set version = ?', [version])
}

export async function putAgency(db: Db, agency: AgencyRow): Promise<void> {
  await rows(
    db,
    `insert into agency (id, name, officer, sector) values (?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, officer = excluded.officer, sector = excluded.sector`,
    [agency.id, JSON.stringify(agency.name), agency.officer, agency.sector],
  )
}

export async function touchAgency(db: Db, agency: string, version: string): Promise<void> {
  await rows(db, 'update relying_party set version = ? where agency = ?', [version, agency])
}

export interface ClientValues {
  readonly id: string
  readonly agency: string
  readonly name: Words
  readonly metadata: Readonly<Record<string, Json>>
  readonly secretHash: Buffer | null
}

export async function putClient(db: Db, client: ClientValues, version: string): Promise<void> {
  await rows(
    db,
    `insert into relying_party (id, agency, name, metadata, secret_hash, version) values (?, ?, ?, ?, ?, ?)
     on conflict (id) do update set agency = excluded.agency, name = excluded.name, metadata = excluded.metadata,
       secret_hash = excluded.secret_hash, version = excluded.version`,
    [
      client.id,
      client.agency,
      JSON.stringify(client.name),
      JSON.stringify(client.metadata),
      client.secretHash,
      version,
    ],
  )
}

export async function setAgreement(db: Db, id: string, agreement: number | null, version: string): Promise<void> {
  await rows(db, 'update relying_party set agreement = ?, version = ? where id = ?', [agreement, version, id])
}

export async function setDisabled(db: Db, id: string, disabled: boolean, version: string): Promise<void> {
  await rows(db, 'update relying_party set disabled = ?, version = ? where id = ?', [disabled, version, id])
}
