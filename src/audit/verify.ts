import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/db.ts'
import type { Sealer } from '../platform/seal.ts'
import { type AuditLog, commitmentOf, payloadBinding } from './log.ts'
import * as store from './store.ts'

// Recomputes every commitment from what the row's payload says, and holds the plain columns against the payload. Finds
// every changed byte of a row that is there. That no row is missing, and none was written later with the keys at hand,
// is what the tree and its witnesses will prove; the order (`id`) is theirs too.

export interface Fault {
  readonly id: string
  readonly what: string
}

export interface Verdict {
  readonly ok: boolean
  readonly rows: number
  /** Rows past their retention, whose payload was erased: their commitment can't be opened any more. */
  readonly erased: number
  readonly faulty: number
  /** The first hundred. */
  readonly faults: readonly Fault[]
}

/** Rows done, and about how many there are. */
export type Progress = (done: number, about: number) => void

export interface Needs {
  readonly sealer: Sealer
  readonly audit: AuditLog
}

const PAGE = 1_000
const SHOWN = 100

/**
 * Reads the whole log, a thousand rows at a time, as it stands now; the check itself is then audited.
 * @param progress called after every page with the rows done and about how many there are.
 */
export async function verifyAudit(
  db: Db,
  { sealer, audit }: Needs,
  actor: Actor,
  progress: Progress = () => {},
): Promise<Verdict> {
  const through = await store.lastId(db)
  let after = '0'
  let checked = 0
  let faulty = 0
  let erased = 0
  let lastErased = 0
  /** What the log itself says was erased: proved by entries whose commitments hold. */
  let erasedBefore = 0
  let nextLeaf: bigint | undefined = 0n
  const faults: Fault[] = []
  const fault = (id: string, what: string): void => {
    faulty++
    if (faults.length < SHOWN) faults.push({ id, what })
  }

  for (;;) {
    const page = await store.page(db, after, through, PAGE)
    if (page.length === 0) break
    for (const row of page) {
      const leaf = checkLeaf(row.leafIndex, nextLeaf)
      nextLeaf = leaf.next
      if (row.payload === null && row.salt === null && leaf.ok) {
        erased++
        lastErased = Math.max(lastErased, row.at.getTime())
        continue
      }
      const opened = check(row, sealer)
      if (!leaf.ok) fault(row.id, 'leaf_index')
      else if (typeof opened === 'string') fault(row.id, opened)
      else if (opened.type === 'audit.erased') erasedBefore = Math.max(erasedBefore, Date.parse(opened.before ?? ''))
    }
    checked += page.length
    after = page.at(-1)!.id
    progress(checked, Number(through))
  }
  if (erased > 0 && !(lastErased < erasedBefore))
    fault('-', 'rows were erased that no entry of the log says were past their retention')

  const verdict: Verdict = { ok: faulty === 0, rows: checked, erased, faulty, faults }
  await audit.append(db, { type: 'audit.verified', actor, detail: { rows: checked, erased, faulty } })
  return verdict
}

interface Opened {
  readonly type: string
  /** Of an `audit.erased` entry. */
  readonly before?: string
}

/** @returns what the payload says, or the name of what doesn't agree. */
function check(row: store.StoredRow, sealer: Sealer): Opened | string {
  if (row.payload === null || row.salt === null) return row.payload === null ? 'payload' : 'salt'
  let text: string
  try {
    text = sealer.open(row.payload, payloadBinding(row.event)).toString('utf8')
  } catch {
    return 'payload does not open under this event'
  }
  if (!commitmentOf(row.salt, text).equals(row.commitment)) return 'commitment'
  const body = JSON.parse(text) as {
    readonly [column: string]: unknown
    readonly detail?: { readonly before?: string }
  }
  const told: Record<string, string | null> = {
    event: row.event,
    at: row.at.toISOString(),
    type: row.type,
    person: row.person,
    client: row.client,
    request: row.request,
  }
  for (const [column, value] of Object.entries(told)) if ((body[column] ?? null) !== value) return column
  return { type: row.type, ...(body.detail?.before !== undefined && { before: body.detail.before }) }
}

/** Leaves are numbered 0, 1, 2 … in id order, up to where the sequencer has come; none after a row without one. */
function checkLeaf(leafIndex: string | null, next: bigint | undefined): { ok: boolean; next: bigint | undefined } {
  if (leafIndex === null) return { ok: true, next: undefined }
  const index = BigInt(leafIndex)
  return { ok: index === next, next: next === undefined ? undefined : index + 1n }
}
