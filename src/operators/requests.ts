import { hash } from 'node:crypto'
import type { AuditLog } from '../audit/log.ts'
import { isSigned, type OperatorKeys, type Signer } from '../audit/signature.ts'
import { canonicalJson } from '../formats/canonical-json.ts'
import type { Actor } from '../identity/actor.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Indexer, type Sealer } from '../platform/seal.ts'
import { KINDS, type RequestKind } from './request-kinds.ts'
import * as store from './requests-store.ts'

// What one operator may not do alone: one asks and says why, another allows it within a day. Both sign the same digest of
// exactly what is asked for, and whatever is done then looks at both signatures again: a row that somebody changed
// meanwhile is worth nothing. Owns the requests; does not own what is done (a desk's passkey, a recovery, a revoked key, a
// further operator). Each step is on record in the audit. Where there are no operators yet, accounts stand in for them.

export type OperatorActor = Extract<Actor, { kind: 'operator' }>

export interface OperatorRequest {
  /** A small number, to be said on the telephone. */
  readonly id: string
  readonly kind: RequestKind
  /** Whom it is about, if anybody. */
  readonly person?: PersonKey
  /** What exactly, where kind and person don't say it all. */
  readonly act?: Json
  readonly askedBy: string
  /** Epoch milliseconds, as all times here. */
  readonly askedAt: number
  readonly reason: string
  readonly expiresAt: number
  readonly approved?: { readonly by: string; readonly at: number }
  readonly refused?: { readonly by: string; readonly at: number }
  readonly usedAt?: number
  /** Of all that is asked for; what both sign. */
  readonly digest: string
}

/** Why a request can't be decided. `own`: one's own; `changed`: it isn't what its asker signed; `role`: another's to allow. */
export type NotDecided = 'unknown' | 'decided' | 'expired' | 'own' | 'changed' | 'role'

export type Decided =
  | { readonly ok: true; readonly request: OperatorRequest }
  | { readonly ok: false; readonly because: NotDecided }

export interface Requests {
  /**
   * With its audit entry. A desk's comes with the code that opens it once, after it is allowed: 12 digits, which only
   * whoever asked is told. Allowing alone opens nothing, and neither does asking.
   */
  ask(db: Db, wish: Wish): Promise<{ readonly request: OperatorRequest; readonly code?: string }>
  /** Waiting for another operator, the oldest first. */
  waiting(db: Db): Promise<readonly OperatorRequest[]>
  find(db: Db, id: string): Promise<OperatorRequest | undefined>
  /** All that is kept about a person, the newest first. */
  about(db: Db, person: PersonKey): Promise<readonly OperatorRequest[]>
  /** With its audit entry; of two at once, one. */
  approve(db: Db, id: string, by: OperatorActor): Promise<Decided>
  /** As `approve`; one's own may be taken back this way. */
  refuse(db: Db, id: string, by: OperatorActor): Promise<Decided>
  /**
   * The code, brought to a browser that holds `browser` from now on: once, within 15 minutes of the approval.
   * @returns undefined when any of that is not so.
   */
  openDesk(db: Db, id: string, code: string, browser: string): Promise<OperatorRequest | undefined>
  /** Whether this browser opened it, and it is neither used nor too old. */
  atDesk(db: Db, id: string, browser: string): Promise<OperatorRequest | undefined>
  /** With its audit entry. @returns false when it was used before, not allowed by two, or isn't what they signed. */
  use(db: Db, request: OperatorRequest): Promise<boolean>
  /** Forgets what was asked for more than a year ago. @returns how many. */
  purge(db: Db): Promise<number>
}

export interface Wish {
  readonly kind: RequestKind
  readonly person?: PersonKey
  readonly act?: Json
  readonly reason: string
  readonly by: OperatorActor
}

/** In milliseconds. */
export const REQUEST_LIFE = 24 * 3_600_000
export const DESK_LIFE = 15 * 60_000
const KEPT = 365 * 86_400_000
const CODE_DIGITS = 12

const REQUEST = 'pratu-operator-request-v1'
/** An asker's signature is worth nothing as an approval. */
const textOf = (digest: string, half: 'asks' | 'allows'): Buffer => Buffer.from(`pratu-operator-${half}-v1 ${digest}`)

export interface Needs {
  readonly sealer: Sealer
  /** Keyed hashes of codes and browsers. */
  readonly indexer: Indexer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
  /** As the audit has them; absent: accounts alone. */
  readonly operators?: { readonly keys: OperatorKeys; readonly signer?: Signer | undefined }
}

export const requestBinding = (id: string, column: 'reason' | 'act'): string => cell('operator_request', column, id)

export function openRequests({ sealer, indexer, audit, clock, random, operators }: Needs): Requests {
  const codeText = (id: string, code: string): string => `desk code|${id}|${code}`
  const browserText = (id: string, browser: string): string => `desk browser|${id}|${browser}`

  function requestOf(row: store.RequestRow): OperatorRequest {
    const { id, kind, person, askedBy, askedKey, code } = row
    const reason = sealer.open(row.reason, requestBinding(id, 'reason')).toString('utf8')
    const act = row.act && (JSON.parse(sealer.open(row.act, requestBinding(id, 'act')).toString('utf8')) as Json)
    const [askedAt, expiresAt] = [row.askedAt.getTime(), row.expiresAt.getTime()]
    const asked = { id, kind, person, act, askedBy, askedKey, askedAt, reason, expiresAt }
    return {
      id,
      kind,
      ...(person !== null && { person }),
      ...(act !== null && { act }),
      askedBy,
      askedAt,
      reason,
      expiresAt,
      ...(row.approvedBy !== null && { approved: { by: row.approvedBy, at: row.approvedAt!.getTime() } }),
      ...(row.refusedBy !== null && { refused: { by: row.refusedBy, at: row.refusedAt!.getTime() } }),
      ...(row.usedAt && { usedAt: row.usedAt.getTime() }),
      digest: hash('sha256', `${REQUEST}${canonicalJson({ ...asked, code: code?.toString('base64') ?? null })}`, 'hex'),
    }
  }

  const proofOf = async (digest: string, half: 'asks' | 'allows') => {
    const signer = operators?.signer
    return { key: signer?.key ?? null, signature: signer ? await signer.sign(textOf(digest, half)) : null }
  }

  /** Whether that operator, who is one still and has the role, signed this half of exactly this request. */
  async function signedBy(db: Db, keys: OperatorKeys, { kind, digest }: OperatorRequest, half: Half): Promise<boolean> {
    if (half.key === null || half.signature === null) return false
    const holder = await keys.holder(db, half.key)
    if (holder?.name !== half.by || !holder.roles.includes(KINDS[kind])) return false
    return isSigned(holder.publicKey, textOf(digest, half.half), half.signature)
  }

  /** Where there are no operators there is nothing to sign with. */
  const inForce = async (db: Db): Promise<OperatorKeys | undefined> =>
    operators && (await operators.keys.any(db)) ? operators.keys : undefined

  const askedHalf = (row: store.RequestRow): Half => ({
    half: 'asks',
    by: row.askedBy,
    key: row.askedKey,
    signature: row.askedSignature,
  })

  async function isSound(db: Db, row: store.RequestRow): Promise<boolean> {
    const keys = await inForce(db)
    if (!keys) return true
    const request = requestOf(row)
    const { approvedBy: by, approvedKey: key, approvedSignature: signature } = row
    return (
      row.askedKey !== key &&
      (await signedBy(db, keys, request, askedHalf(row))) &&
      (await signedBy(db, keys, request, { half: 'allows', by, key, signature }))
    )
  }

  /** Whoever allows it must be able to see that it is what was asked for, and have the role. */
  async function notSigned(tx: Db, row: store.RequestRow): Promise<NotDecided | undefined> {
    const keys = await inForce(tx)
    if (!keys) return undefined
    const own = operators?.signer && (await keys.holder(tx, operators.signer.key))
    if (!own?.roles.includes(KINDS[row.kind])) return 'role'
    return (await signedBy(tx, keys, requestOf(row), askedHalf(row))) ? undefined : 'changed'
  }

  function decide(on: Db, id: string, by: OperatorActor, { approves }: { readonly approves: boolean }) {
    return transaction(on, async (tx): Promise<Decided> => {
      const row = await store.find(tx, id, true)
      const now = clock.now()
      if (!row) return { ok: false, because: 'unknown' }
      if (row.approvedBy !== null || row.refusedBy !== null) return { ok: false, because: 'decided' }
      if (now >= row.expiresAt.getTime()) return { ok: false, because: 'expired' }
      const key = operators?.signer?.key ?? null
      const own = row.askedBy === by.name || (key !== null && row.askedKey === key)
      if (approves && own) return { ok: false, because: 'own' }
      const because = approves ? await notSigned(tx, row) : undefined
      if (because) return { ok: false, because }
      const at = new Date(now)
      const { digest } = requestOf(row)
      if (approves) await store.approve(tx, id, { by: by.name, at, ...(await proofOf(digest, 'allows')) })
      else await store.refuse(tx, id, by.name, at)
      await audit.append(tx, {
        type: approves ? 'operators.approved' : 'operators.refused',
        actor: by,
        ...(row.person !== null && { person: row.person }),
        detail: { operatorRequest: id, kind: row.kind, askedBy: row.askedBy, digest },
      })
      const mark = approves ? { approvedBy: by.name, approvedAt: at } : { refusedBy: by.name, refusedAt: at }
      return { ok: true, request: requestOf({ ...row, ...mark }) }
    })
  }

  const found = async (db: Db, id: string): Promise<store.RequestRow | undefined> =>
    isId(id) ? store.find(db, id) : undefined

  return {
    ask: (on, { kind, person, act, reason, by }) =>
      transaction(on, async (tx) => {
        const id = await store.nextId(tx)
        const now = clock.now()
        const code = kind === 'desk-passkey' ? random.digits(CODE_DIGITS) : undefined
        const row: store.RequestRow = {
          id,
          kind,
          person: person ?? null,
          act: act === undefined ? null : sealer.seal(canonicalJson(act), requestBinding(id, 'act')),
          askedBy: by.name,
          askedKey: operators?.signer?.key ?? null,
          askedAt: new Date(now),
          reason: sealer.seal(reason, requestBinding(id, 'reason')),
          expiresAt: new Date(now + REQUEST_LIFE),
          code: code === undefined ? null : indexer.index(codeText(id, code)),
          ...UNDECIDED,
        }
        const request = requestOf(row)
        const { digest } = request
        await store.insert(tx, { ...row, askedSignature: (await proofOf(digest, 'asks')).signature })
        await audit.append(tx, {
          type: 'operators.asked',
          actor: by,
          ...(person !== undefined && { person }),
          detail: { operatorRequest: id, kind, reason, act, digest },
        })
        return { request, ...(code !== undefined && { code }) }
      }),
    waiting: async (db) => (await store.open(db, new Date(clock.now()))).map(requestOf),
    about: async (db, person) => (await store.ofPerson(db, person)).map(requestOf),
    async find(db, id) {
      const row = await found(db, id)
      return row && requestOf(row)
    },
    approve: (db, id, by) => (isId(id) ? decide(db, id, by, { approves: true }) : unknown()),
    refuse: (db, id, by) => (isId(id) ? decide(db, id, by, { approves: false }) : unknown()),
    async openDesk(db, id, code, browser) {
      const row = await found(db, id)
      if (!row || !(await isSound(db, row))) return undefined
      const since = new Date(clock.now() - DESK_LIFE)
      const opened = await store.openDesk(
        db,
        id,
        indexer.all(codeText(id, code)),
        indexer.index(browserText(id, browser)),
        since,
      )
      return opened ? requestOf(row) : undefined
    },
    async atDesk(db, id, browser) {
      const row = await found(db, id)
      const late = !row?.approvedAt || clock.now() > row.approvedAt.getTime() + DESK_LIFE
      if (!row?.browser || row.usedAt || late) return undefined
      const { browser: hash } = row
      const same = indexer.all(browserText(id, browser)).some((one) => one.equals(hash))
      return same && (await isSound(db, row)) ? requestOf(row) : undefined
    },
    use: (on, { id, digest }) =>
      transaction(on, async (tx) => {
        const row = await store.find(tx, id, true)
        if (!row || requestOf(row).digest !== digest || !(await isSound(tx, row))) return false
        if (!(await store.use(tx, id, new Date(clock.now())))) return false
        const { kind, person, askedBy, approvedBy } = row
        await audit.append(tx, {
          type: 'operators.used',
          actor: { kind: 'service', part: 'two-operators' },
          ...(person !== null && { person }),
          detail: { operatorRequest: id, kind, askedBy, approvedBy },
        })
        return true
      }),
    purge: (db) => store.purge(db, new Date(clock.now() - KEPT)),
  }
}

interface Half {
  readonly half: 'asks' | 'allows'
  readonly by: string | null
  readonly key: string | null
  readonly signature: Buffer | null
}

const UNDECIDED = {
  askedSignature: null,
  approvedBy: null,
  approvedAt: null,
  approvedKey: null,
  approvedSignature: null,
  refusedBy: null,
  refusedAt: null,
  usedAt: null,
  browser: null,
} as const

/** What bigint takes. */
const isId = (text: string): boolean => /^[1-9]\d{0,17}$/.test(text)

const unknown = async (): Promise<Decided> => ({ ok: false, because: 'unknown' })
