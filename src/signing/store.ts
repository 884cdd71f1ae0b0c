import { type Db, rows } from '../platform/db.ts'
import type { Algorithm, PublicJwk } from './vault.ts'

interface Common {
  readonly kid: string
  readonly alg: Algorithm
  readonly publicJwk: PublicJwk
  readonly vault: string
  readonly announcedAt: Date
  /** When it first signed for some agencies, ahead of the others. */
  readonly firstSignsAt?: Date
  /** Until when it is watched how agencies take it up; absent in an emergency. */
  readonly watchedUntil?: Date
}

/** One key's life. Each stage carries the moments that have passed and no others. */
export type KeyLife =
  | KeyRow
  /** Its private half is destroyed; nothing that it signed counts any more. `revoked`: at once, for it had leaked. */
  | (Common & { readonly state: 'removed'; readonly removedAt: Date; readonly revoked: boolean })

/** One that still means something. */
export type KeyRow =
  | (Common & { readonly state: 'announced' })
  | (Common & { readonly state: 'signing'; readonly signingAt: Date })
  | (Common & { readonly state: 'retiring'; readonly signingAt: Date; readonly retiringAt: Date })
  | (Common & { readonly state: 'retired'; readonly retiredAt: Date })

interface Raw {
  readonly kid: string
  readonly alg: Algorithm
  readonly public_jwk: PublicJwk
  readonly vault: string
  readonly announced_at: Date
  readonly signing_at: Date | null
  readonly retiring_at: Date | null
  readonly retired_at: Date | null
  readonly removed_at: Date | null
  readonly revoked_at: Date | null
  readonly first_signs_at: Date | null
  readonly watched_until: Date | null
  readonly state: KeyRow['state']
}

const LOCK = 0x6b657973 // 'keys': two nodes that start together make one first key

export async function lock(db: Db): Promise<void> {
  await rows(db, 'select pg_advisory_xact_lock(?)', [LOCK])
}

const COLUMNS = `kid, alg, public_jwk, vault, announced_at, signing_at, retiring_at, retired_at, removed_at, revoked_at,
  first_signs_at, watched_until, state`

/** All keys ever, oldest first. */
export async function lives(db: Db): Promise<KeyLife[]> {
  const found = await rows<Raw>(db, `select ${COLUMNS} from signing_key order by announced_at, kid`)
  return found.map((raw) =>
    raw.removed_at
      ? { ...commonOf(raw), state: 'removed', removedAt: raw.removed_at, revoked: raw.revoked_at !== null }
      : fromRaw(raw),
  )
}

/** Those that still mean something, oldest first. */
export async function all(db: Db): Promise<KeyRow[]> {
  const found = await rows<Raw>(
    db,
    `select ${COLUMNS} from signing_key where removed_at is null order by announced_at, kid`,
  )
  return found.map(fromRaw)
}

const commonOf = ({ kid, alg, vault, public_jwk, announced_at, first_signs_at, watched_until }: Raw): Common => ({
  kid,
  alg,
  vault,
  publicJwk: public_jwk,
  announcedAt: announced_at,
  ...(first_signs_at && { firstSignsAt: first_signs_at }),
  ...(watched_until && { watchedUntil: watched_until }),
})

function fromRaw(raw: Raw): KeyRow {
  const common = commonOf(raw)
  switch (raw.state) {
    case 'announced':
      return { ...common, state: 'announced' }
    case 'signing':
      return { ...common, state: 'signing', signingAt: raw.signing_at! }
    case 'retiring':
      return { ...common, state: 'retiring', signingAt: raw.signing_at!, retiringAt: raw.retiring_at! }
    case 'retired':
      return { ...common, state: 'retired', retiredAt: raw.retired_at! }
  }
}

/** A key that signs from the start: right only while nobody can have fetched an older key set. */
export async function insertSigning(
  db: Db,
  key: { kid: string; alg: Algorithm; publicJwk: PublicJwk; vault: string; at: Date },
): Promise<void> {
  await rows(
    db,
    `insert into signing_key (kid, alg, public_jwk, vault, announced_at, signing_at) values (?, ?, ?, ?, ?, ?)`,
    [key.kid, key.alg, JSON.stringify(key.publicJwk), key.vault, key.at, key.at],
  )
}

interface NewRow {
  readonly kid: string
  readonly alg: Algorithm
  readonly publicJwk: PublicJwk
  readonly vault: string
  readonly at: Date
}

export async function insertAnnounced(db: Db, { kid, alg, publicJwk, vault, at }: NewRow): Promise<void> {
  await rows(db, 'insert into signing_key (kid, alg, public_jwk, vault, announced_at) values (?, ?, ?, ?, ?)', [
    kid,
    alg,
    JSON.stringify(publicJwk),
    vault,
    at,
  ])
}

/** The key that signs with this algorithm signs no more; undefined when none does. @returns its kid. */
export async function replace(db: Db, alg: Algorithm, at: Date): Promise<string | undefined> {
  const [row] = await rows<{ kid: string }>(
    db,
    "update signing_key set retiring_at = ? where alg = ? and state = 'signing' returning kid",
    [at, alg],
  )
  return row?.kid
}

/** `watchedUntil`: null where it is not watched how agencies take it up. */
export async function sign(db: Db, kid: string, at: Date, watchedUntil: Date | null): Promise<void> {
  await rows(db, 'update signing_key set signing_at = ?, retiring_at = null, watched_until = ? where kid = ?', [
    at,
    watchedUntil,
    kid,
  ])
}

/** It signs for some, while it is announced; or again for some, while another signs for all others. */
export async function signForSome(db: Db, kid: string, at: Date, watchedUntil: Date | null): Promise<void> {
  await rows(
    db,
    'update signing_key set first_signs_at = coalesce(first_signs_at, signing_at, ?), watched_until = ? where kid = ?',
    [at, watchedUntil, kid],
  )
}

/** The last for whom it signed alone is gone: what it signed until now is to be waited for anew. */
export async function retireLater(db: Db, kid: string, at: Date): Promise<void> {
  await rows(db, "update signing_key set retiring_at = ? where kid = ? and state = 'retiring'", [at, kid])
}

/** An announced key that has signed for some, and is to sign for nobody any more. */
export async function retireAnnounced(db: Db, kid: string, at: Date): Promise<void> {
  await rows(db, 'update signing_key set signing_at = first_signs_at, retiring_at = ? where kid = ?', [at, kid])
}

export async function retire(db: Db, kid: string, at: Date): Promise<void> {
  await rows(db, 'update signing_key set retired_at = ? where kid = ?', [at, kid])
}

/** `revoked`: it never verifies again, and did not go the usual way. */
export async function remove(db: Db, kid: string, at: Date, revoked: boolean): Promise<void> {
  await rows(
    db,
    `update signing_key set retired_at = coalesce(retired_at, ?), removed_at = ?, revoked_at = ? where kid = ?`,
    [at, at, revoked ? at : null, kid],
  )
}

/** All nodes hear it when this transaction is committed. */
export async function tell(db: Db): Promise<void> {
  await rows(db, "select pg_notify('pratu', 'keys')")
}

export async function schedule(db: Db): Promise<{ readonly days: number } | undefined> {
  const [row] = await rows<{ days: number }>(db, 'select days from key_schedule')
  return row
}

export async function setSchedule(db: Db, days: number, since: Date): Promise<void> {
  await rows(
    db,
    `insert into key_schedule (one, days, since) values (true, ?, ?)
     on conflict (one) do update set days = excluded.days, since = excluded.since`,
    [days, since],
  )
}
