import { type Db, rows } from '../platform/db.ts'
import type { Algorithm } from './vault.ts'

// Which key signs for whom where it isn't everybody's, and what was seen of a new key at each relying party.

/** A relying party that is signed for by a key of its own. */
export type Apart = {
  readonly client: string
  readonly alg: Algorithm
  readonly kid: string
  readonly since: Date
} & ({ readonly because: 'first' } | { readonly because: 'back'; readonly awayFrom: string })

interface RawApart {
  readonly client: string
  readonly alg: Algorithm
  readonly kid: string
  readonly since: Date
  readonly because: Apart['because']
  readonly away_from: string | null
}

export async function apart(db: Db): Promise<Apart[]> {
  const found = await rows<RawApart>(
    db,
    'select client, alg, kid, since, because, away_from from signing_for order by client, alg',
  )
  return found.map(({ client, alg, kid, since, because, away_from }) => {
    const common = { client, alg, kid, since }
    return because === 'back' ? { ...common, because, awayFrom: away_from! } : { ...common, because }
  })
}

export async function setApart(db: Db, made: Apart): Promise<void> {
  const awayFrom = made.because === 'back' ? made.awayFrom : null
  await rows(
    db,
    `insert into signing_for (client, alg, kid, because, away_from, since) values (?, ?, ?, ?, ?, ?)
     on conflict (client, alg) do update set kid = excluded.kid, because = excluded.because,
       away_from = excluded.away_from, since = excluded.since`,
    [made.client, made.alg, made.kid, made.because, awayFrom, made.since],
  )
}

/** Those who were first are like everybody now; who went back stays where they are. */
export async function endFirsts(db: Db, alg: Algorithm): Promise<void> {
  await rows(db, "delete from signing_for where alg = ? and because = 'first'", [alg])
}

/** Whoever this key signed for alone is signed for like everybody. */
export async function endApart(db: Db, kid: string): Promise<void> {
  await rows(db, 'delete from signing_for where kid = ?', [kid])
}

/** What was counted since the last time. */
export interface Counted {
  readonly kid: string
  readonly client: string
  readonly redeemed: number
  readonly returned: number
  readonly proved: number
}

export interface Uptake extends Counted {
  /** The first sign of its being accepted. */
  readonly provedAt?: Date
}

/** Adds up over all nodes. A key that is gone meanwhile is left out. */
export async function add(db: Db, counted: readonly Counted[], at: Date): Promise<void> {
  // In one order on all nodes, so that two that write at once wait for each other once and not in a circle.
  await rows(
    db,
    `insert into key_uptake (kid, client, redeemed, returned, proved, proved_at)
     select kid, seen.client, sum(seen.redeemed), sum(seen.returned), sum(seen.proved),
       case when sum(seen.proved) > 0 then ?::timestamptz end
     from unnest(?::text[], ?::text[], ?::int[], ?::int[], ?::int[]) as seen (kid, client, redeemed, returned, proved)
     join signing_key using (kid) group by kid, seen.client order by kid, seen.client
     on conflict (kid, client) do update set
       redeemed = key_uptake.redeemed + excluded.redeemed,
       returned = key_uptake.returned + excluded.returned,
       proved = key_uptake.proved + excluded.proved,
       proved_at = coalesce(key_uptake.proved_at, excluded.proved_at)`,
    [
      at,
      counted.map(({ kid }) => kid),
      counted.map(({ client }) => client),
      counted.map(({ redeemed }) => redeemed),
      counted.map(({ returned }) => returned),
      counted.map(({ proved }) => proved),
    ],
  )
}

/** `returned`: only of relying parties of which under some key so many came back. */
export async function uptakes(db: Db, returned = 0): Promise<Uptake[]> {
  const found = await rows<Counted & { proved_at: Date | null }>(
    db,
    `select kid, client, redeemed, returned, proved, proved_at from key_uptake
     where client in (select client from key_uptake where returned >= ?) order by kid, client`,
    [returned],
  )
  return found.map(({ proved_at, ...counted }) => ({ ...counted, ...(proved_at && { provedAt: proved_at }) }))
}

/** It begins anew with this key. */
export async function forget(db: Db, kid: string, client: string): Promise<void> {
  await rows(db, 'delete from key_uptake where kid = ? and client = ?', [kid, client])
}

export async function forgetKey(db: Db, kid: string): Promise<void> {
  await rows(db, 'delete from key_uptake where kid = ?', [kid])
  await rows(db, 'delete from signing_for where kid = ?', [kid])
}
