import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Part } from '../platform/at-once.ts'
import { type Db, rows } from '../platform/db.ts'

export interface CredentialRow {
  readonly id: string
  readonly person: PersonKey
  readonly method: MethodId
  readonly secret: Buffer
  /** PostgreSQL's bigint comes as text. */
  readonly lastStep: string
  readonly enrolledAt: Date
}

const COLUMNS = 'id, person, method, secret, last_step as "lastStep", enrolled_at as "enrolledAt"'

/** The active one. */
export async function find(db: Db, person: PersonKey, method: MethodId): Promise<CredentialRow | undefined> {
  const found = await rows<CredentialRow>(
    db,
    `select ${COLUMNS} from credential where person = ? and method = ? and state = 'active'`,
    [person, method],
  )
  return found[0]
}

/** Compare-and-set: of any number of parallel callers with the same step, one. */
export const advance = (id: string, step: number): Part => ({
  sql: (only) =>
    `update credential set last_step = ? where id = ? and state = 'active' and last_step < ? and ${only} returning 1`,
  values: [step, id, step],
})

/** @returns whether there was an active one before. */
export async function replace(
  db: Db,
  row: Omit<CredentialRow, 'lastStep'> & { readonly enrolledBy: string },
): Promise<boolean> {
  // The old row is locked and read first, so that two enrolments at once each say rightly what they replaced.
  const former = await rows(
    db,
    `select 1 from credential where person = ? and method = ? and state = 'active' for update`,
    [row.person, row.method],
  )
  await rows(
    db,
    `insert into credential (person, method, id, state, secret, last_step, enrolled_at, enrolled_by)
     values (?, ?, ?, 'active', ?, 0, ?, ?)
     on conflict (person, method) do update set id = excluded.id, state = 'active', secret = excluded.secret,
       last_step = 0, enrolled_at = excluded.enrolled_at, enrolled_by = excluded.enrolled_by`,
    [row.person, row.method, row.id, row.secret, row.enrolledAt, row.enrolledBy],
  )
  return former.length === 1
}

export async function revoke(db: Db, person: PersonKey, method: MethodId): Promise<boolean> {
  const changed = await rows(
    db,
    `update credential set state = 'revoked', secret = null where person = ? and method = ? and state = 'active'
     returning 1`,
    [person, method],
  )
  return changed.length === 1
}

export async function putLetter(db: Db, person: PersonKey, code: Buffer, issued: Date, expires: Date): Promise<void> {
  await rows(
    db,
    `insert into activation_letter (person, code, issued_at, expires_at, used_at) values (?, ?, ?, ?, null)
     on conflict (person) do update set code = excluded.code, issued_at = excluded.issued_at,
       expires_at = excluded.expires_at, used_at = null`,
    [person, code, issued, expires],
  )
}

/** Compare-and-set: of any number of parallel callers with the right code, one. */
export async function useLetter(db: Db, person: PersonKey, code: Buffer, now: Date): Promise<boolean> {
  const changed = await rows(
    db,
    `update activation_letter set used_at = ? where person = ? and code = ? and used_at is null and expires_at > ?
     returning 1`,
    [now, person, code, now],
  )
  return changed.length === 1
}

export async function purgeLetters(db: Db, now: Date): Promise<number> {
  const found = await rows<{ gone: string }>(
    db,
    `with gone as (delete from activation_letter where used_at is not null or expires_at <= ? returning 1)
     select count(*) as gone from gone`,
    [now],
  )
  return Number(found[0]?.gone)
}
