import type { Actor } from '../identity/actor.ts'
import { type ClientId, type PersonKey, personKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Sealer } from '../platform/seal.ts'
import { payloadBinding } from './log.ts'
import * as store from './store.ts'
import { type Needs, type Progress, type Verdict, verifyAudit } from './verify.ts'

// Reading the log. Every reading is an entry itself, written before anything is shown. Who a person was is shown only
// when asked for, and that it was asked for is in the entry.

export interface Filter {
  readonly since?: Date
  readonly type?: string
  readonly client?: string
  readonly request?: string
  /** A person's key. */
  readonly person?: string
  /** 100 unless said. */
  readonly limit?: number
  /** Show person keys, actors and all details. */
  readonly persons?: boolean
  /** Why; kept with the entry about the reading. */
  readonly reason?: string
}

export interface ReadEntry {
  readonly id: string
  readonly at: Date
  readonly type: string
  readonly client?: string
  readonly request?: string
  /** Who did it, in one word (`citizen`, `operator` …). Absent when erased. */
  readonly by?: string
  readonly detail: Readonly<Record<string, Json>>
  /** Past its retention: only the bare facts are left. */
  readonly erased: boolean
  /** Only when asked for. */
  readonly person?: string
  readonly actor?: Json
}

/** Details that say what happened and nothing about whom. */
const PLAIN = ['code', 'method', 'acr', 'amr', 'need', 'rows', 'erased', 'faulty', 'from', 'to', 'version']
const LIMIT = 100

export interface AuditReading {
  /** The newest that match, in the order in which they happened. */
  read(db: Db, actor: Actor, filter: Filter): Promise<readonly ReadEntry[]>
  /** How many times each relying party was given tokens in that time, epoch ms, the most first. */
  issuedBetween(db: Db, actor: Actor, from: number, to: number): Promise<readonly Issued[]>
  /** Which of these relying parties have met which of these persons: were given a code about them, however long ago. */
  acquainted(
    db: Db,
    persons: readonly PersonKey[],
    clients: readonly ClientId[],
  ): Promise<ReadonlyMap<PersonKey, ReadonlySet<string>>>
  /** See verify.ts. */
  verify(db: Db, actor: Actor, progress?: Progress): Promise<Verdict>
}

export interface Issued {
  readonly client: string
  readonly times: number
}

export function openAuditReading(needs: Needs): AuditReading {
  return {
    read: (db, actor, filter) => readAudit(db, needs, actor, filter),
    issuedBetween: (db, actor, from, to) =>
      transaction(db, async (tx) => {
        const [since, until] = [new Date(from), new Date(to)]
        const found = await store.issuedBetween(tx, since, until)
        const detail = {
          type: 'tokens.issued',
          since: since.toISOString(),
          until: until.toISOString(),
          rows: found.length,
        }
        await needs.audit.append(tx, { type: 'audit.read', actor, detail })
        return found
      }),
    async acquainted(db, persons, clients) {
      const met = new Map<PersonKey, Set<string>>()
      for (const { person, client } of await store.acquainted(db, persons, clients)) {
        const key = personKey(person)
        met.set(key, (met.get(key) ?? new Set()).add(client))
      }
      return met
    },
    verify: (db, actor, progress) => verifyAudit(db, needs, actor, progress),
  }
}

/** The entry about the reading commits with it: what can't be put on record isn't shown. */
async function readAudit(
  db: Db,
  { sealer, audit }: Needs,
  actor: Actor,
  filter: Filter,
): Promise<readonly ReadEntry[]> {
  const { persons = false, limit = LIMIT, reason, ...wanted } = filter
  return transaction(db, async (tx) => {
    const found = await store.newest(tx, { ...wanted, limit })
    await audit.append(tx, {
      type: 'audit.read',
      actor,
      detail: { ...wanted, since: wanted.since?.toISOString(), limit, persons, reason, rows: found.length },
    })
    return found.toReversed().map((row) => entryOf(row, sealer, persons))
  })
}

function entryOf(row: store.StoredRow, sealer: Sealer, persons: boolean): ReadEntry {
  const body = bodyOf(row, sealer)
  const detail = Object.entries(body?.detail ?? {}).filter(([name]) => persons || PLAIN.includes(name))
  return {
    id: row.id,
    at: row.at,
    type: row.type,
    ...(row.client !== null && { client: row.client }),
    ...(row.request !== null && { request: row.request }),
    ...(body && { by: body.actor.kind }),
    detail: Object.fromEntries(detail),
    erased: row.payload === null,
    ...(persons && row.person !== null && { person: row.person }),
    ...(persons && body && { actor: body.actor }),
  }
}

interface Body {
  readonly actor: { readonly kind: string }
  readonly detail?: Readonly<Record<string, Json>>
}

/** A row whose payload doesn't open is shown bare: `verify` is what says so. */
function bodyOf(row: store.StoredRow, sealer: Sealer): Body | undefined {
  if (row.payload === null) return undefined
  try {
    return JSON.parse(sealer.open(row.payload, payloadBinding(row.event)).toString('utf8')) as Body
  } catch {
    return undefined
  }
}
