import { type Db, rows } from '../platform/db.ts'
import type { Algorithm, PublicJwk } from './vault.ts'

interface Common {
  readonly kid: string
  readonly alg: Algorithm
  readonly publicJwk: PublicJwk
  readonly vault: string
  readonly announcedAt: Date
}

/** One key's life. Each stage carries the moments that have passed and no others. */
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
  readonly state: KeyRow['state']
}

const LOCK = 0x6b657973 // 'keys': two nodes that start together make one first key

export async function lock(db: Db): Promise<void> {
  await rows(db, 'select pg_advisory_xact_lock(?)', [LOCK])
}

/** All keys ever, oldest first. */
export async function all(db: Db): Promise<KeyRow[]> {
  const found = await rows<Raw>(
    db,
    `select kid, alg, public_jwk, vault, announced_at, signing_at, retiring_at, retired_at, state
     from signing_key order by announced_at, kid`,
  )
  return found.map(fromRaw)
}

function fromRaw(raw: Raw): KeyRow {
  const { kid, alg, vault } = raw
  const common = { kid, alg, vault, publicJwk: raw.public_jwk, announcedAt: raw.announced_at }
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
