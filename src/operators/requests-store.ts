import type { PersonKey } from '../identity/identifiers.ts'
import { type Db, rows } from '../platform/db.ts'
import type { RequestKind } from './request-kinds.ts'

export interface RequestRow {
  /** bigint: text on the wire. */
  readonly id: string
  readonly kind: RequestKind
  readonly person: PersonKey | null
  readonly act: Buffer | null
  readonly askedBy: string
  readonly askedKey: string | null
  readonly askedSignature: Buffer | null
  readonly askedAt: Date
  readonly reason: Buffer
  readonly expiresAt: Date
  readonly approvedBy: string | null
  readonly approvedAt: Date | null
  readonly approvedKey: string | null
  readonly approvedSignature: Buffer | null
  readonly refusedBy: string | null
  readonly refusedAt: Date | null
  readonly usedAt: Date | null
  readonly code: Buffer | null
  readonly browser: Buffer | null
}

const COLUMNS = `id, kind, person, act, asked_by as "askedBy", asked_key as "askedKey",
  asked_signature as "askedSignature", asked_at as "askedAt", reason, expires_at as "expiresAt",
  approved_by as "approvedBy", approved_at as "approvedAt", approved_key as "approvedKey",
  approved_signature as "approvedSignature", refused_by as "refusedBy", refused_at as "refusedAt",
  used_at as "usedAt", code, browser`

/** Taken before the row is written, because its values are sealed to it. */
export async function nextId(db: Db): Promise<string> {
  const [row] = await rows<{ id: string }>(
    db,
    "select nextval(pg_get_serial_sequence('operator_request', 'id'))::text as id",
  )
  return row!.id
}

type NewRequest = Pick<
  RequestRow,
  | 'id'
  | 'kind'
  | 'person'
  | 'act'
  | 'askedBy'
  | 'askedKey'
  | 'askedSignature'
  | 'askedAt'
  | 'reason'
  | 'expiresAt'
  | 'code'
>

export async function insert(db: Db, row: NewRequest): Promise<void> {
  await rows(
    db,
    `insert into operator_request
       (id, kind, person, act, asked_by, asked_key, asked_signature, asked_at, reason, expires_at, code)
     overriding system value
     values (cast(:id as bigint), :kind, :person, :act, :askedBy, :askedKey, :askedSignature, :askedAt, :reason,
             :expiresAt, :code)`,
    { ...row },
  )
}

/** @param lock until the transaction ends, nobody else decides about it. */
export async function find(db: Db, id: string, lock = false): Promise<RequestRow | undefined> {
  const found = await rows<RequestRow>(
    db,
    `select ${COLUMNS} from operator_request where id = cast(? as bigint)${lock ? ' for update' : ''}`,
    [id],
  )
  return found[0]
}

/** Neither allowed, refused nor too old. */
export function open(db: Db, now: Date): Promise<RequestRow[]> {
  return rows(
    db,
    `select ${COLUMNS} from operator_request
     where approved_by is null and refused_by is null and expires_at > ? order by id`,
    [now],
  )
}

export function ofPerson(db: Db, person: string): Promise<RequestRow[]> {
  return rows(db, `select ${COLUMNS} from operator_request where person = ? order by id desc`, [person])
}

export interface Approval {
  readonly by: string
  readonly at: Date
  readonly key: string | null
  readonly signature: Buffer | null
}

export async function approve(db: Db, id: string, { by, at, key, signature }: Approval): Promise<void> {
  await rows(
    db,
    `update operator_request set approved_by = ?, approved_at = ?, approved_key = ?, approved_signature = ?
     where id = cast(? as bigint)`,
    [by, at, key, signature, id],
  )
}

export async function refuse(db: Db, id: string, by: string, at: Date): Promise<void> {
  await rows(db, 'update operator_request set refused_by = ?, refused_at = ? where id = cast(? as bigint)', [
    by,
    at,
    id,
  ])
}

/** Compare-and-set: of any number of browsers at once with the right code, one. */
export async function openDesk(
  db: Db,
  id: string,
  codes: readonly Buffer[],
  browser: Buffer,
  since: Date,
): Promise<boolean> {
  const changed = await rows(
    db,
    `update operator_request set browser = ?
     where id = cast(? as bigint) and code = any(?::bytea[]) and browser is null and used_at is null and approved_at > ? returning 1`,
    [browser, id, codes, since],
  )
  return changed.length === 1
}

/** Compare-and-set: a request is used once. */
export async function use(db: Db, id: string, at: Date): Promise<boolean> {
  const changed = await rows(
    db,
    `update operator_request set used_at = ?
     where id = cast(? as bigint) and approved_at is not null and used_at is null returning 1`,
    [at, id],
  )
  return changed.length === 1
}

export async function purge(db: Db, before: Date): Promise<number> {
  const gone = await rows(db, 'delete from operator_request where asked_at < ? returning 1', [before])
  return gone.length
}
