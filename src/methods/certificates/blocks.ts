import type { AuditLog } from '../../audit/log.ts'
import type { Certificate } from '../../formats/certificate.ts'
import type { Actor } from '../../identity/actor.ts'
import type { Json } from '../../identity/json.ts'
import type { Words } from '../../identity/language.ts'
import type { Clock, pause } from '../../platform/clock.ts'
import { type Db, transaction } from '../../platform/db.ts'
import { openFollower } from '../../platform/follow.ts'
import { type Block, blocks, type Conditions, countOf } from './block.ts'
import * as store from './blocks-store.ts'
import type { Issuer } from './trust.ts'

// Emergency blocks of cards: an operator stops a batch, a kind of key, an issuer or a list of cards, and every node stops
// them within seconds, without a restart. Owns the blocks in force and this node's copy of them; what a block means stands in
// block.ts. Asked by the validation for every card, written by the operator's command.

export interface CardBlocks {
  /** The block that covers the card, from this node's copy: at most a poll behind the database. */
  blocking(card: Certificate, issuer: Pick<Issuer, 'id'>): { readonly id: string; readonly reason: Words } | undefined
  /** Those in this node's copy that name an issuer which is none of these: they cover nobody here. */
  idle(issuers: readonly Pick<Issuer, 'id'>[]): readonly { readonly id: string; readonly issuer: string }[]
  /** Brings the copy up to what was committed before the call. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`. */
  watch(): Promise<void>
  close(): Promise<void>
  /** With its audit entry; `why` is for the record, the reason in `wish` for the cards' holders. */
  add(db: Db, wish: Conditions & { readonly reason: Words }, by: By): Promise<Block>
  /** With its audit entry. Undefined: there is no such block. */
  lift(db: Db, id: string, by: By): Promise<Block | undefined>
  /** In force, as the database has them. */
  list(db: Db): Promise<Block[]>
}

export interface By {
  readonly actor: Actor
  readonly why: string
}

export interface Needs {
  readonly db: Db
  readonly audit: AuditLog
  readonly clock: Clock
  /** A poll failed: the copy stays as it was and the next one tries again. */
  readonly onFault?: (fault: unknown) => void
  readonly pause?: typeof pause
}

export function openCardBlocks({ db, audit, clock, onFault, pause }: Needs): CardBlocks {
  let copy: readonly Block[] = []

  // A block never changes, so what is at hand needs no second look: lists of serial numbers are long.
  async function load(): Promise<void> {
    const present = await store.ids(db)
    const known = copy.filter(({ id }) => present.includes(id))
    const fresh = present.filter((id) => !known.some((block) => block.id === id))
    if (fresh.length === 0 && known.length === copy.length) return
    const read: Block[] = []
    for (const id of fresh) read.push(...(await store.some(db, [id])).map(asBlock))
    copy = [...known, ...read]
  }

  const follower = openFollower({ load, onFault, pause })

  return {
    blocking(card, issuer) {
      const found = copy.find((block) => blocks(block, card, issuer))
      return found && { id: found.id, reason: found.reason }
    },
    idle: (issuers) =>
      copy.flatMap(({ id, issuer }) =>
        issuer === undefined || issuers.some((one) => one.id === issuer) ? [] : [{ id, issuer }],
      ),
    refresh: follower.refresh,
    watch: follower.watch,
    close: follower.close,
    add: (on, { reason, ...conditions }, { actor, why }) =>
      transaction(on, async (tx) => {
        const madeAt = clock.now()
        const { issuer, issuedFrom, issuedBefore, keyType, serials } = conditions
        const id = await store.insert(tx, {
          issuer: issuer ?? null,
          issued_from: dateOf(issuedFrom),
          issued_before: dateOf(issuedBefore),
          key_type: keyType ?? null,
          serials: serials ?? null,
          reason,
          made_at: new Date(madeAt),
        })
        const block = { ...conditions, id, reason, madeAt }
        await audit.append(tx, { type: 'cards.blocked', actor, detail: { ...detailOf(block), why } })
        return block
      }),
    lift: (on, id, { actor, why }) =>
      transaction(on, async (tx) => {
        const row = await store.remove(tx, id)
        if (!row) return undefined
        const block = asBlock(row)
        await audit.append(tx, { type: 'cards.unblocked', actor, detail: { ...detailOf(block), why } })
        return block
      }),
    list: async (on) => (await store.some(on, await store.ids(on))).map(asBlock),
  }
}

const dateOf = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))

function asBlock(row: store.BlockRow): Block {
  const { issuer, issued_from, issued_before, key_type, serials } = row
  return {
    id: row.id,
    ...(issuer !== null && { issuer }),
    ...(issued_from && { issuedFrom: issued_from.getTime() }),
    ...(issued_before && { issuedBefore: issued_before.getTime() }),
    ...(key_type !== null && { keyType: key_type }),
    ...(serials && { serials }),
    reason: row.reason,
    madeAt: row.made_at.getTime(),
  }
}

function detailOf({ id, issuer, issuedFrom, issuedBefore, keyType, serials, reason }: Block): Record<string, Json> {
  const day = (ms: number) => new Date(ms).toISOString()
  return {
    block: id,
    ...(issuer !== undefined && { issuer }),
    ...(issuedFrom !== undefined && { issuedFrom: day(issuedFrom) }),
    ...(issuedBefore !== undefined && { issuedBefore: day(issuedBefore) }),
    ...(keyType !== undefined && { keyType }),
    ...(serials && { serials: countOf(serials) }),
    reason: { ...reason },
  }
}
