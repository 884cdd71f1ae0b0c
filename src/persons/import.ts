import { createHash } from 'node:crypto'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { type PersonKey, personKey } from '../identity/identifiers.ts'
import type { Clock } from '../platform/clock.ts'
import { copyRows } from '../platform/copy.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { Indexer, Sealer } from '../platform/seal.ts'
import type { FileRow } from './csv.ts'
import { blindIndex, type Details, openDetails, sealDetails } from './details.ts'
import { type EachRow, openPersonFile, type PersonFile } from './file.ts'
import type { Names } from './person.ts'
import { type PersonRow, readRow, rowText } from './row.ts'
import { openSeen } from './seen.ts'
import * as store from './store.ts'

// Takes a whole register into ours, in one transaction: rows are read, judged, sealed and indexed here by the thousand
// while PostgreSQL writes the thousand before. A row for a known person changes that person and keeps the version
// before it; a row that says what it said last time changes nothing.

export interface ImportNeeds {
  readonly sealer: Sealer
  readonly indexer: Indexer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}

export interface ImportProgress {
  /** Read so far, and in all where that is known. */
  readonly bytes: number
  readonly size?: number
  readonly rows: number
  readonly rejected: number
  /** Rows per second since the beginning. */
  readonly rate: number
  /** Where the size of the file is known. */
  readonly secondsLeft?: number
}

export interface ImportJob {
  readonly source: AsyncIterable<Uint8Array>
  /** For the audit: the file's name, or `-`. */
  readonly name: string
  /** Bytes, where known. */
  readonly size?: number
  /** One bad row and nothing is loaded. */
  readonly strict: boolean
  readonly actor: Actor
  /** Takes the rows that are set aside, as lines of the file they go to. */
  readonly rejected: { line(text: string): void; flushed(): Promise<void> }
  readonly progress?: (progress: ImportProgress) => void
  /** Rows written at a time. */
  readonly batch?: number
  /** Ends the import before its next step: nothing has changed then. */
  readonly signal?: AbortSignal
}

export interface ImportResult {
  /** Also on every version that this import replaced, and in its audit entry. */
  readonly id: string
  readonly sha256: string
  readonly rows: number
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  readonly rejected: number
  /** False when `strict` and a row was bad: nothing has changed. */
  readonly loaded: boolean
}

/** Somebody asked it to stop; nothing has changed. */
export class ImportInterrupted extends Error {
  constructor() {
    super('The import was interrupted. Nothing has changed.')
  }
}

/** Another import holds the register. */
export class ImportBusy extends Error {
  constructor() {
    super('Another import is running. Nothing has changed; try again when it has ended.')
  }
}

/** A row understood, with what finds and recognises it. */
interface Candidate {
  readonly file: FileRow
  readonly row: PersonRow
  readonly blinds: readonly Buffer[]
  readonly digest: Buffer
}

interface Gathered {
  readonly batch: readonly Candidate[]
  readonly known: Promise<store.Known[]>
}

/** Large enough to make the round trips cheap, small enough that writing begins at once and memory stays flat. */
const BATCH = 5_000
const PROGRESS_EVERY = 100
/** Below this the planner's own upkeep is soon enough. */
const WORTH_ANALYZING = 10_000

/**
 * Runs an import from its first byte to its commit.
 * @param db opened without a limit of patience where the file may be large.
 * @throws UnusableFile, ImportInterrupted, ImportBusy; whatever it throws, nothing has changed.
 */
export function importPersons(needs: ImportNeeds, db: Db, job: ImportJob): Promise<ImportResult> {
  const { sealer, indexer, audit, clock, random } = needs
  const begun = clock.now()
  const today = new Date(begun).toISOString().slice(0, 10)
  const stamp: store.Stamp = { import: random.uuid(), by: job.actor, at: new Date(begun) }
  const keyStart = timedStart(begun)
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8')
  const file = openPersonFile()
  const seenCodes = openSeen()
  const seenPersons = openSeen()
  const counts = { bytes: 0, rows: 0, created: 0, changed: 0, unchanged: 0, rejected: 0 }
  const rows = { created: copyRows(), identifiers: copyRows(), changed: copyRows() }
  let register: 'empty' | 'filled' = 'filled'
  let pending: Candidate[] = []

  const reject = (row: FileRow, reason: string): void => {
    if (counts.rejected === 0) heading(file, job)
    counts.rejected += 1
    job.rejected.line(file.rejectedRow(row, reason))
  }

  const take: EachRow = (row, said) => {
    counts.rows += 1
    if ('mistake' in said) {
      reject(row, said.mistake)
      return
    }
    const read = readRow(said.texts, said.identifiers, today)
    if ('mistake' in read) {
      reject(row, read.mistake)
      return
    }
    const blinds = read.row.identifiers.map(({ scheme, code }) => blindIndex(indexer, scheme, code))
    for (const blind of blinds) {
      const earlier = seenCodes.note(blind, row.line)
      if (earlier !== 0) {
        reject(row, `lines ${earlier} and ${row.line} are about the same code; the first one was taken`)
        return
      }
    }
    const candidate = { file: row, row: read.row, blinds, digest: indexer.index(`row|${rowText(read.row)}`) }
    if (register === 'empty') create(candidate)
    else pending.push(candidate)
  }

  function create({ file, row, blinds, digest }: Candidate): void {
    const details = mergedDetails({ identifiers: [], names: {} }, row)
    if (Object.keys(details.names).length === 0) {
      reject(file, 'a new person needs a name')
      return
    }
    const key = personKey(keyStart + random.uuid().slice(15))
    rows.created.row(7)
    rows.created.uuid(key)
    rows.created.integer(1)
    rows.created.text(row.kind ?? 'citizen')
    rows.created.text(row.status ?? 'active')
    rows.created.bytes(sealDetails(sealer, key, details))
    rows.created.bytes(digest)
    rows.created.time(begun)
    for (const [at, blind] of blinds.entries()) addIdentifier(blind, row.identifiers[at]!.scheme, key)
    counts.created += 1
  }

  function addIdentifier(blind: Buffer, scheme: string, key: PersonKey): void {
    rows.identifiers.row(3)
    rows.identifiers.bytes(blind)
    rows.identifiers.text(scheme)
    rows.identifiers.uuid(key)
  }

  /** `known`: for each identifier of the row whom it belongs to, if anybody. */
  function merge({ file, row, blinds, digest }: Candidate, known: readonly (store.Known | undefined)[]): void {
    const person = known.find((found) => found !== undefined)
    if (!person) throw new Error('import: merge without a person')
    if (known.some((found) => found && found.key !== person.key)) {
      reject(file, 'the identifiers of the row belong to different persons of the register')
      return
    }
    const earlier = seenPersons.note(Buffer.from(person.key.replaceAll('-', ''), 'hex'), file.line)
    if (earlier !== 0) {
      reject(file, `lines ${earlier} and ${file.line} are about the same person; the first one was taken`)
      return
    }
    if (person.details === null) {
      counts.unchanged += 1
      return
    }
    const key = personKey(person.key)
    const before = openDetails(sealer, key, person.details)
    const details = mergedDetails(before, row)
    // What the file has newly to say counts; what it repeats doesn't undo an operator's change since then.
    const kind = row.kind === undefined || row.kind === before.imported?.kind ? person.kind : row.kind
    const status = row.status === undefined || row.status === before.imported?.status ? person.status : row.status
    if (kind === person.kind && status === person.status && JSON.stringify(details) === JSON.stringify(before)) {
      counts.unchanged += 1
      return
    }
    rows.changed.row(5)
    rows.changed.uuid(key)
    rows.changed.text(kind)
    rows.changed.text(status)
    rows.changed.bytes(sealDetails(sealer, key, details))
    rows.changed.bytes(digest)
    for (const [at, found] of known.entries()) if (!found) addIdentifier(blinds[at]!, row.identifiers[at]!.scheme, key)
    counts.changed += 1
  }

  const progress = reporter(job, clock, begun, counts)

  /** Whatever is under way on the connection; the transaction must not end before it has. */
  let last: Promise<unknown> = Promise.resolve()

  async function run(tx: Db): Promise<ImportResult> {
    const found = await store.beginImport(tx)
    if (found === 'busy') throw new ImportBusy()
    register = found
    // One connection, so one thing after another on it; reading and sealing go on meanwhile.
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const next = last.then(work)
      // Whoever awaits `next` learns of its failure; until then it must not count as unhandled.
      next.catch(() => undefined)
      last = next
      return next
    }
    let gathered: Gathered | undefined
    // The batch being written, and the one waiting behind it, so that the database never waits for us.
    let writing: Promise<void> = Promise.resolve()
    let waiting: Promise<void> = Promise.resolve()

    async function send(): Promise<void> {
      const batch: store.Batch = {
        created: rows.created.rows > 0 ? rows.created.take() : undefined,
        identifiers: rows.identifiers.rows > 0 ? rows.identifiers.take() : undefined,
        changed: rows.changed.rows > 0 ? rows.changed.take() : undefined,
      }
      await writing
      writing = waiting
      waiting = inTurn(() => store.write(tx, batch, stamp))
    }

    async function settle(): Promise<void> {
      if (!gathered) return
      const { batch, known } = gathered
      gathered = undefined
      const owners = new Map((await known).map((found) => [found.at, found]))
      let at = 0
      for (const candidate of batch) {
        const found = candidate.blinds.map((_, n) => owners.get(at + n))
        at += candidate.blinds.length
        if (found.some((owner) => owner !== undefined)) merge(candidate, found)
        else create(candidate)
      }
      await send()
    }

    async function flush(): Promise<void> {
      if (rows.created.rows > 0 && register === 'empty') await send()
      if (pending.length === 0) return
      const batch = pending
      pending = []
      const blinds = Buffer.concat(batch.flatMap((candidate) => candidate.blinds))
      const digests = Buffer.concat(batch.flatMap(({ blinds, digest }) => blinds.map(() => digest)))
      const known = inTurn(() => store.lookUp(tx, blinds, digests))
      await settle()
      gathered = { batch, known }
    }

    for await (const chunk of job.source) {
      if (job.signal?.aborted) throw new ImportInterrupted()
      hash.update(chunk)
      counts.bytes += chunk.length
      file.push(decoder.decode(chunk, { stream: true }), take)
      if (pending.length + rows.created.rows >= (job.batch ?? BATCH)) await flush()
      await job.rejected.flushed()
      progress(false)
    }
    file.push(decoder.decode(), take)
    file.end(take)
    await flush()
    await settle()
    await waiting
    if (job.signal?.aborted) throw new ImportInterrupted()
    const { bytes: _bytes, ...result } = { id: stamp.import, sha256: hash.digest('hex'), ...counts }
    progress(true)
    await job.rejected.flushed()
    if (job.strict && counts.rejected > 0) throw new Unwanted({ ...result, loaded: false })
    if (counts.created + counts.changed >= WORTH_ANALYZING) await store.endImport(tx)
    await audit.append(tx, {
      type: 'person.imported',
      actor: job.actor,
      detail: { ...result, file: job.name, strict: job.strict },
    })
    return { ...result, loaded: true }
  }

  async function runWhole(tx: Db): Promise<ImportResult> {
    try {
      return await run(tx)
    } finally {
      await last.catch(() => undefined)
    }
  }

  return transaction(db, runWhole).catch((fault: unknown) => {
    if (fault instanceof Unwanted) return fault.result
    throw fault
  })
}

/** Rolls a strict import back on the way out. */
class Unwanted extends Error {
  readonly result: ImportResult
  constructor(result: ImportResult) {
    super('strict import with bad rows')
    this.result = result
  }
}

function heading(file: PersonFile, job: ImportJob): void {
  const line = file.rejectedHeading()
  if (line !== undefined) job.rejected.line(line)
}

/** What is sealed for a person after this row; keys always in the same order, so that two can be compared as text. */
function mergedDetails(before: Details, row: PersonRow): Details {
  const identifiers = before.identifiers.map((old) => {
    const given = row.identifiers.find(({ scheme, code }) => scheme === old.scheme && code === old.code)
    return given?.validityTold ? withoutNote(given) : old
  })
  for (const given of row.identifiers)
    if (!before.identifiers.some(({ scheme, code }) => scheme === given.scheme && code === given.code))
      identifiers.push(withoutNote(given))
  const names: { -readonly [name in keyof Names]: string } = {}
  for (const name of ['given', 'family', 'givenLatin', 'familyLatin'] as const) {
    const value = row.names[name] ?? before.names[name]
    if (value) names[name] = value
  }
  const birthDate = row.birthDate ?? before.birthDate
  const kind = row.kind ?? before.imported?.kind
  const status = row.status ?? before.imported?.status
  return {
    identifiers,
    names,
    ...(birthDate && { birthDate }),
    imported: { ...(kind && { kind }), ...(status && { status }) },
  }
}

const withoutNote = ({ scheme, code, validFrom, validTo }: PersonRow['identifiers'][number]) => ({
  scheme,
  code,
  ...(validFrom && { validFrom }),
  ...(validTo && { validTo }),
})

/** The beginning of a UUID that carries the time (RFC 9562 §5.7, version 7): a bulk load then fills its index from one end. */
function timedStart(time: number): string {
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7`
}

function reporter(
  { progress, size }: ImportJob,
  clock: Clock,
  begun: number,
  counts: { readonly bytes: number; readonly rows: number; readonly rejected: number },
): (final: boolean) => void {
  let told = begun
  return (final) => {
    const now = clock.now()
    if (!progress || (!final && now - told < PROGRESS_EVERY)) return
    told = now
    const seconds = Math.max(now - begun, 1) / 1000
    const { bytes, rows, rejected } = counts
    progress({
      bytes,
      rows,
      rejected,
      rate: rows / seconds,
      ...(size !== undefined && bytes > 0 && { size, secondsLeft: Math.max(0, ((size - bytes) / bytes) * seconds) }),
    })
  }
}
