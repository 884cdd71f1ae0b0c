import { createHash } from 'node:crypto'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { personKey } from '../identity/identifiers.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { sealFormer } from './details.ts'
import { type FileForm, openPersonFile } from './file.ts'
import type { Era } from './row.ts'
import { sealRows } from './seal-rows.ts'
import * as store from './store.ts'
import {
  type Counts,
  type OpenBatch,
  openTransform,
  type Portion,
  type Transform,
  type TransformNeeds,
} from './transform.ts'
import { openTransformThread, type TransformKeys } from './transform-thread.ts'

// Takes a whole register into ours, in one transaction: what the transform has read, judged, sealed and indexed is
// written while it goes on with the next piece. A row for a known person changes that person and keeps the version
// before it; a row that says what it said last time changes nothing.

export interface ImportNeeds extends TransformNeeds {
  readonly audit: AuditLog
  readonly clock: Clock
  /** The same secrets as bytes: with them a large file is transformed on another core. */
  readonly keys?: () => TransformKeys
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
  readonly form?: FileForm
  readonly era?: Era
  /** Takes in rows that say of themselves that they are the demonstration's (`"demo": true`); otherwise they are set aside. */
  readonly demo?: boolean
  /** One bad row and nothing is loaded. */
  readonly strict: boolean
  readonly actor: Actor
  /** Takes the rows that are set aside, as lines of the file they go to. */
  readonly rejected: { line(text: string): void; flushed(): Promise<void> }
  readonly progress?: (progress: ImportProgress) => void
  /** Bytes of the file taken at a time. */
  readonly portion?: number
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

// Some thousand rows: enough to make the round trips cheap, few enough that writing begins at once and memory stays flat.
const PORTION = 1 << 19
/** Bytes from which another thread is worth its start; a file of unknown size is. */
const THREAD_FROM = 1 << 22
/** Pieces that the transform may have before it; and answers of the register that it may have. */
const AHEAD = 2
const PROGRESS_EVERY = 100
/** Below this the planner's own upkeep is soon enough. */
const WORTH_ANALYZING = 10_000

/**
 * Runs an import from its first byte to its commit.
 * @param db opened without a limit of patience where the file may be large.
 * @throws UnusableFile, ImportInterrupted, ImportBusy; whatever it throws, nothing has changed.
 */
export async function importPersons(needs: ImportNeeds, db: Db, job: ImportJob): Promise<ImportResult> {
  // What is wrong with the form is said here and not from another thread, where it would be a fault.
  openPersonFile(job.form)
  const { audit, clock, random } = needs
  const begun = clock.now()
  const stamp: store.Stamp = { import: random.uuid(), by: job.actor, at: new Date(begun) }
  const hash = createHash('sha256')
  const read = { bytes: 0 }
  let counts: Counts = { rows: 0, created: 0, changed: 0, unchanged: 0, rejected: 0 }
  const report = reporter(job, clock, begun)
  const progress = (final: boolean): void => report(final, read.bytes, counts)

  function open(register: 'empty' | 'filled'): Transform {
    const setup = { register, begun, form: job.form ?? {}, era: job.era ?? 'ce', demo: job.demo ?? false } as const
    const large = (job.size ?? Number.POSITIVE_INFINITY) >= THREAD_FROM
    return needs.keys && large ? openTransformThread({ keys: needs.keys(), setup }) : openTransform(needs, setup)
  }

  /** Whatever is under way on the connection; the transaction must not end before it has. */
  let last: Promise<unknown> = Promise.resolve()
  // One connection, so one thing after another on it; the transform goes on meanwhile.
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work)
    next.catch(noted)
    last = next
    return next
  }

  const sealed: store.SealFormer = (key, version, details) => sealFormer(needs.sealer, personKey(key), version, details)

  async function run(tx: Db, transform: Transform): Promise<ImportResult> {
    // The batch being written, and the one waiting behind it, so that the database never waits for us.
    const writes = inOrder<void>(1, () => Promise.resolve())
    async function write({ created, identifiers, changed }: OpenBatch): Promise<void> {
      if (!created && !identifiers && !changed) return
      const batch = {
        created: created && (await sealRows(needs.sealer, created)),
        identifiers,
        changed: changed && (await sealRows(needs.sealer, changed)),
      }
      await writes.add(inTurn(() => store.write(tx, batch, stamp, sealed)))
    }
    const merges = inOrder<Portion>(AHEAD, take)
    const reads = inOrder<Portion>(AHEAD, take)

    async function take(portion: Portion): Promise<void> {
      counts = portion.counts
      for (const line of portion.aside) job.rejected.line(line)
      await job.rejected.flushed()
      await write(portion.batch)
      const { lookUp } = portion
      if (!lookUp) return
      const known = inTurn(() => store.lookUp(tx, lookUp.blinds, lookUp.digests))
      await merges.add(known.then((found) => transform.merge(found)))
    }

    for await (const piece of pieces(job.source, job.portion ?? PORTION)) {
      if (job.signal?.aborted) throw new ImportInterrupted()
      hash.update(piece)
      read.bytes += piece.length
      await reads.add(answer(() => transform.read(piece)))
      progress(false)
    }
    await reads.add(answer(() => transform.end()))
    await reads.end()
    await merges.end()
    await writes.end()
    if (job.signal?.aborted) throw new ImportInterrupted()
    progress(true)
    const result = { id: stamp.import, sha256: hash.digest('hex'), ...counts }
    if (job.strict && counts.rejected > 0) throw new Unwanted({ ...result, loaded: false })
    if (counts.created + counts.changed >= WORTH_ANALYZING) await store.endImport(tx)
    if (counts.changed > 0) await store.wakeNodes(tx)
    await audit.append(tx, {
      type: 'person.imported',
      actor: job.actor,
      detail: { ...result, file: job.name, strict: job.strict },
    })
    return { ...result, loaded: true }
  }

  async function runWhole(tx: Db): Promise<ImportResult> {
    const found = await store.beginImport(tx)
    if (found === 'busy') throw new ImportBusy()
    const transform = open(found)
    try {
      return await run(tx, transform)
    } finally {
      await transform.close()
      await last.catch(noted)
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

/** Whoever awaits the promise learns of its failure; until then it must not count as unhandled. */
const noted = (): void => undefined

const answer = async (ask: () => Portion | Promise<Portion>): Promise<Portion> => ask()

interface InOrder<Value> {
  /** Resolves when no more than so many are under way. */
  add(coming: Promise<Value>): Promise<void>
  end(): Promise<void>
}

/** Takes what comes in the order in which it was added, with at most `ahead` under way. */
function inOrder<Value>(ahead: number, take: (value: Value) => Promise<void>): InOrder<Value> {
  const coming: Promise<Value>[] = []
  const next = async (): Promise<void> => take((await coming.shift()) as Value)
  return {
    async add(promise) {
      promise.catch(noted)
      coming.push(promise)
      if (coming.length > ahead) await next()
    },
    async end() {
      while (coming.length > 0) await next()
    },
  }
}

/** The source in pieces of at least so many bytes, each in memory of its own, which may be given away. */
async function* pieces(source: AsyncIterable<Uint8Array>, least: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let length = 0
  const piece = (): Buffer => {
    const whole = Buffer.allocUnsafeSlow(length)
    let at = 0
    for (const chunk of held) {
      whole.set(chunk, at)
      at += chunk.length
    }
    held = []
    length = 0
    return whole
  }
  for await (const chunk of source) {
    held.push(chunk)
    length += chunk.length
    if (length >= least) yield piece()
  }
  if (length > 0) yield piece()
}

function reporter({ progress, size }: ImportJob, clock: Clock, begun: number) {
  let told = begun
  return (final: boolean, bytes: number, { rows, rejected }: Counts): void => {
    const now = clock.now()
    if (!progress || (!final && now - told < PROGRESS_EVERY)) return
    told = now
    const seconds = Math.max(now - begun, 1) / 1000
    progress({
      bytes,
      rows,
      rejected,
      rate: rows / seconds,
      ...(size !== undefined && bytes > 0 && { size, secondsLeft: Math.max(0, ((size - bytes) / bytes) * seconds) }),
    })
  }
}
