import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/db.ts'
import type { Sealer } from '../platform/seal.ts'
import { type AuditLog, commitmentOf, payloadBinding } from './log.ts'
import { operatorsOnRecord, type Told } from './operators-on-record.ts'
import type { OperatorKeys } from './signature.ts'
import * as store from './store.ts'

// Recomputes every commitment from what the row's payload says, holds the plain columns against the payload, and verifies
// each operator's signature by the key that the log itself says was theirs. Finds every changed byte of a row that is there. That no row is missing, and none was written later with the keys at hand,
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
  /** Signatures of operators that hold. */
  readonly signed: number
  /** The first hundred. */
  readonly faults: readonly Fault[]
}

/** Rows done, and about how many there are. */
export type Progress = (done: number, about: number) => void

export interface Needs {
  readonly sealer: Sealer
  readonly audit: AuditLog
  /** Absent: a log without operators. */
  readonly operatorKeys?: Pick<OperatorKeys, 'listed'>
}

const PAGE = 1_000
const SHOWN = 100

/**
 * Reads the whole log, a thousand rows at a time, as it stands now; the check itself is then audited.
 * @param progress called after every page with the rows done and about how many there are.
 */
export async function verifyAudit(
  db: Db,
  { sealer, audit, operatorKeys }: Needs,
  actor: Actor,
  progress: Progress = () => {},
): Promise<Verdict> {
  const listedBefore = await listed(db, operatorKeys)
  const through = await store.lastId(db)
  const operators = operatorsOnRecord()
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
        const unsigned = operators.seeErased(row)
        if (unsigned !== undefined) fault(row.id, unsigned)
        continue
      }
      const opened = check(row, sealer)
      if (!leaf.ok) fault(row.id, 'leaf_index')
      else if (typeof opened === 'string') fault(row.id, opened)
      else {
        const { before } = opened.detail ?? {}
        if (opened.type === 'audit.erased' && typeof before === 'string')
          erasedBefore = Math.max(erasedBefore, Date.parse(before))
        const unsigned = operators.see(row, opened)
        if (unsigned !== undefined) fault(row.id, unsigned)
      }
    }
    checked += page.length
    after = page.at(-1)!.id
    progress(checked, Number(through))
  }
  if (erased > 0 && !(lastErased < erasedBefore))
    fault('-', 'rows were erased that no entry of the log says were past their retention')

  // Whoever came or went meanwhile stands in one of the two.
  if (![listedBefore, await listed(db, operatorKeys)].some((table) => isSame(table, operators.inForce())))
    fault('-', 'the table of operators is not what the log says of them')

  const signed = operators.verified()
  const verdict: Verdict = { ok: faulty === 0, rows: checked, erased, faulty, signed, faults }
  await audit.append(db, { type: 'audit.verified', actor, detail: { rows: checked, erased, faulty } })
  return verdict
}

const listed = async (db: Db, keys: Needs['operatorKeys']): Promise<ReadonlySet<string>> =>
  new Set((await keys?.listed(db))?.map(({ name, key }) => `${name} ${key}`))

const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((member) => other.has(member))

/** @returns what the payload says, or the name of what doesn't agree. */
function check(row: store.StoredRow, sealer: Sealer): Told | string {
  if (row.payload === null || row.salt === null) return row.payload === null ? 'payload' : 'salt'
  let text: string
  try {
    text = sealer.open(row.payload, payloadBinding(row.event)).toString('utf8')
  } catch {
    return 'payload does not open under this event'
  }
  if (!commitmentOf(row.salt, text).equals(row.commitment)) return 'commitment'
  const body = JSON.parse(text) as Told & { readonly [column: string]: unknown }
  const told: Record<string, string | null> = {
    event: row.event,
    at: row.at.toISOString(),
    type: row.type,
    person: row.person,
    client: row.client,
    request: row.request,
  }
  for (const [column, value] of Object.entries(told)) if ((body[column] ?? null) !== value) return column
  return body
}

/** Leaves are numbered 0, 1, 2 … in id order, up to where the sequencer has come; none after a row without one. */
function checkLeaf(leafIndex: string | null, next: bigint | undefined): { ok: boolean; next: bigint | undefined } {
  if (leafIndex === null) return { ok: true, next: undefined }
  const index = BigInt(leafIndex)
  return { ok: index === next, next: next === undefined ? undefined : index + 1n }
}
