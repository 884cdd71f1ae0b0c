import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Part } from '../platform/at-once.ts'
import { type Db, rows } from '../platform/db.ts'

/** Who strong stood behind it; null: nobody did. */
export type Confirmed = 'desk' | 'substantial' | 'high'

/** What a list of somebody's means needs; no secret. */
export interface HeldRow {
  readonly id: string
  readonly method: MethodId
  readonly lastStep: string
  readonly enrolledAt: Date
  readonly enrolledBy: string
  readonly confirmed: Confirmed | null
}

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

/** Every active one of theirs. */
export async function held(db: Db, person: PersonKey): Promise<HeldRow[]> {
  return rows(
    db,
    `select id, method, last_step as "lastStep", enrolled_at as "enrolledAt", enrolled_by as "enrolledBy", confirmed
     from credential where person = ? and state = 'active' order by enrolled_at, method`,
    [person],
  )
}

/** Erases what nobody strong ever confirmed. @returns their methods. */
export async function wipe(db: Db, person: PersonKey): Promise<MethodId[]> {
  const gone = await rows<{ method: MethodId }>(
    db,
    `update credential set state = 'revoked', secret = null
     where person = ? and state = 'active' and confirmed is null returning method`,
    [person],
  )
  return gone.map(({ method }) => method)
}

export async function putWiped(db: Db, person: PersonKey, at: Date, methods: readonly MethodId[]): Promise<void> {
  await rows(
    db,
    `insert into wiped_means (person, wiped_at, methods) values (?, ?, ?)
     on conflict (person) do update set wiped_at = excluded.wiped_at, methods = excluded.methods`,
    [person, at, methods],
  )
}

export async function findWiped(
  db: Db,
  person: PersonKey,
): Promise<{ readonly at: Date; readonly methods: readonly MethodId[] } | undefined> {
  const [row] = await rows<{ at: Date; methods: MethodId[] }>(
    db,
    'select wiped_at as at, methods from wiped_means where person = ?',
    [person],
  )
  return row
}

export async function removeWiped(db: Db, person: PersonKey): Promise<void> {
  await rows(db, 'delete from wiped_means where person = ?', [person])
}

/** Compare-and-set: of any number of parallel callers with the same step, one. */
export const advance = (id: string, step: number): Part => ({
  sql: `update credential set last_step = ? where id = ? and state = 'active' and last_step < ? and {only} returning 1`,
  values: [step, id, step],
})

/** @returns whether there was an active one before. */
export async function replace(
  db: Db,
  row: Omit<CredentialRow, 'lastStep'> & {
    readonly lastStep: number
    readonly enrolledBy: string
    readonly confirmed: Confirmed | null
  },
): Promise<boolean> {
  // The old row is locked and read first, so that two enrolments at once each say rightly what they replaced.
  const former = await rows(
    db,
    `select 1 from credential where person = ? and method = ? and state = 'active' for update`,
    [row.person, row.method],
  )
  await rows(
    db,
    `insert into credential (person, method, id, state, secret, last_step, enrolled_at, enrolled_by, confirmed)
     values (?, ?, ?, 'active', ?, ?, ?, ?, ?)
     on conflict (person, method) do update set id = excluded.id, state = 'active', secret = excluded.secret,
       last_step = excluded.last_step, enrolled_at = excluded.enrolled_at, enrolled_by = excluded.enrolled_by,
       confirmed = excluded.confirmed`,
    [row.person, row.method, row.id, row.secret, row.lastStep, row.enrolledAt, row.enrolledBy, row.confirmed],
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
export async function useLetter(db: Db, person: PersonKey, codes: readonly Buffer[], now: Date): Promise<boolean> {
  const changed = await rows(
    db,
    `update activation_letter set used_at = ? where person = ? and code = any(?::bytea[]) and used_at is null and expires_at > ?
     returning 1`,
    [now, person, codes, now],
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
