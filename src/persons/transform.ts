import { personKey } from '../identity/identifiers.ts'
import { type CopyRows, copyRows } from '../platform/copy.ts'
import type { Random } from '../platform/random.ts'
import type { Indexer, Sealer } from '../platform/seal.ts'
import type { FileRow } from './csv.ts'
import type { Names } from './details.ts'
import { blindIndex, type Details, openText } from './details.ts'
import { type EachRow, type FileForm, openPersonFile } from './file.ts'
import { openIdentifierRuns } from './identifier-runs.ts'
import { type Known, keyBytes, keyText, unpack } from './known.ts'
import { type Era, type PersonRow, readRow, rowText } from './row.ts'
import type { OpenRows } from './seal-rows.ts'
import { openSeen } from './seen.ts'

// From the bytes of a file to the rows of our tables: reads, judges, recognises, merges. What an import does without the
// database, so that it can be done on another core while PostgreSQL writes what was read before; sealing aside
// (seal-rows), which the waiting core has time for.

export interface TransformNeeds {
  readonly sealer: Sealer
  readonly indexer: Indexer
  readonly random: Random
}

/** Plain values: they travel to another thread. */
export interface TransformSetup {
  /** What the register holds: nobody yet, or people to merge with. */
  readonly register: 'empty' | 'filled'
  /** When the import began, milliseconds since 1970. */
  readonly begun: number
  readonly form: FileForm
  readonly era: Era
  /** Whether the demonstration's people may enter. */
  readonly demo: boolean
}

export interface Counts {
  readonly rows: number
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  readonly rejected: number
}

/** What is to be written, each as `copyRows` encodes it; absent where there is none. */
export interface OpenBatch {
  /** `key, version, kind, status, details, digest, changed_at` */
  readonly created?: OpenRows | undefined
  /** `blind, scheme, person, indexed_under` */
  readonly identifiers?: Buffer | undefined
  /** `key, kind, status, details, digest, told` */
  readonly changed?: OpenRows | undefined
}

/** What a piece of the file came to. */
export interface Portion {
  /** Since the beginning. */
  readonly counts: Counts
  /** Bad rows, as lines of the file they go to. */
  readonly aside: readonly string[]
  readonly batch: OpenBatch
  /** Whom the register must be asked about before the rest of the piece can go on: 32 bytes for each identifier. */
  readonly lookUp?: { readonly blinds: Buffer; readonly digests: Buffer }
}

type Answer = Portion | Promise<Portion>

export interface Transform {
  /** @throws UnusableFile. The piece is the transform's from now on. */
  read(piece: Uint8Array): Answer
  /** After the last piece. */
  end(): Answer
  /** What the register answered, look-up after look-up in the order in which they were asked for. */
  merge(known: Buffer): Answer
  close(): Promise<void>
}

/** A row understood, with what finds and recognises it. */
interface Candidate {
  readonly file: FileRow
  readonly row: PersonRow
  readonly blinds: readonly Buffer[]
  readonly digest: Buffer
}

export function openTransform(needs: TransformNeeds, { register, begun, form, era, demo }: TransformSetup): Transform {
  const { sealer, indexer, random } = needs
  const today = new Date(begun).toISOString().slice(0, 10)
  const keyStart = timedStart(begun)
  const file = openPersonFile(form)
  const seenCodes = openSeen()
  const seenPersons = openSeen()
  const counts = { rows: 0, created: 0, changed: 0, unchanged: 0, rejected: 0 }
  const rows = { created: copyRows(), changed: copyRows() }
  const identifiers = openIdentifierRuns(indexer.version())
  const asked: Candidate[][] = []
  let pending: Candidate[] = []
  let aside: string[] = []
  let ended = false

  const reject = (row: FileRow, reason: string): void => {
    const heading = counts.rejected === 0 ? file.rejectedHeading() : undefined
    if (heading !== undefined) aside.push(heading)
    counts.rejected += 1
    aside.push(file.rejectedRow(row, reason))
  }

  const take: EachRow = (row, said) => {
    counts.rows += 1
    if ('mistake' in said) {
      reject(row, said.mistake)
      return
    }
    if (said.invented && !demo) {
      reject(row, 'an invented person of the demonstration has no place in a real register')
      return
    }
    const read = readRow(said.texts, said.identifiers, today, era)
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
    const details = mergedDetails(NOBODY, row)
    if (Object.keys(details.names).length === 0) {
      reject(file, 'a new person needs a name')
      return
    }
    const key = personKey(keyStart + random.uuid().slice(15))
    const bytes = keyBytes(key)
    rows.created.row(7)
    rows.created.bytes(bytes)
    rows.created.integer(1)
    rows.created.text(row.kind ?? 'citizen')
    rows.created.text(row.status ?? 'active')
    rows.created.text(JSON.stringify(details))
    rows.created.bytes(digest)
    rows.created.time(begun)
    for (const [at, blind] of blinds.entries()) identifiers.add(blind, row.identifiers[at]!.scheme, bytes)
    counts.created += 1
  }

  /** `known`: for each identifier of the row whom it belongs to, if anybody. */
  function merge({ file, row, blinds, digest }: Candidate, known: readonly (Known | undefined)[]): void {
    const person = known.find((found) => found !== undefined)
    if (!person) throw new Error('import: merge without a person')
    if (known.some((found) => found && !found.key.equals(person.key))) {
      reject(file, 'the identifiers of the row belong to different persons of the register')
      return
    }
    const earlier = seenPersons.note(person.key, file.line)
    if (earlier !== 0) {
      reject(file, `lines ${earlier} and ${file.line} are about the same person; the first one was taken`)
      return
    }
    const { entry } = person
    if (!entry) {
      counts.unchanged += 1
      return
    }
    const key = personKey(keyText(person.key))
    const textBefore = openText(sealer, key, entry.details)
    const before = JSON.parse(textBefore) as Details
    const details = mergedDetails(before, row)
    const text = JSON.stringify(details)
    if (Object.keys(details.names).length === 0) {
      reject(file, 'the row would leave the person without any name')
      return
    }
    // What the file has newly to say counts; what it repeats doesn't undo an operator's change since then.
    const kind = row.kind === undefined || row.kind === before.imported?.kind ? entry.kind : row.kind
    const status = row.status === undefined || row.status === before.imported?.status ? entry.status : row.status
    if (kind === entry.kind && status === entry.status && text === textBefore) {
      counts.unchanged += 1
      return
    }
    rows.changed.row(6)
    rows.changed.bytes(person.key)
    rows.changed.text(kind)
    rows.changed.text(status)
    rows.changed.text(text)
    rows.changed.bytes(digest)
    const renamed = JSON.stringify(before.names) !== JSON.stringify(details.names)
    const recoded = JSON.stringify(before.identifiers) !== JSON.stringify(details.identifiers)
    rows.changed.integer((renamed ? RENAMED : 0) + (recoded ? RECODED : 0))
    for (const [at, found] of known.entries())
      if (!found) identifiers.add(blinds[at]!, row.identifiers[at]!.scheme, person.key)
    counts.changed += 1
  }

  function portion(): Portion {
    const lines = aside
    aside = []
    const lookUp = pending.length > 0 ? question(pending) : undefined
    if (lookUp) asked.push(pending)
    pending = []
    return {
      counts: { ...counts },
      aside: lines,
      batch: {
        created: taken(rows.created, 4),
        identifiers: ended && asked.length === 0 ? identifiers.rest() : identifiers.some(),
        changed: taken(rows.changed, 3),
      },
      ...(lookUp && { lookUp }),
    }
  }

  return {
    read(piece) {
      file.push(piece, take)
      return portion()
    },
    end() {
      file.end(take)
      ended = true
      return portion()
    },
    merge(known) {
      const batch = asked.shift()
      if (!batch) throw new Error('import: an answer without a question')
      const owners = new Map(unpack(known).map((found) => [found.at, found]))
      let at = 0
      for (const candidate of batch) {
        const found = candidate.blinds.map((_, n) => owners.get(at + n))
        at += candidate.blinds.length
        if (found.some((owner) => owner !== undefined)) merge(candidate, found)
        else create(candidate)
      }
      return portion()
    },
    close: () => Promise.resolve(),
  }
}

/** What of the sealed details others are told of (store.ts `write`), as bits. */
const RENAMED = 1
const RECODED = 2

const question = (batch: readonly Candidate[]) => ({
  blinds: Buffer.concat(batch.flatMap(({ blinds }) => blinds)),
  digests: Buffer.concat(batch.flatMap(({ blinds, digest }) => blinds.map(() => digest))),
})

/** @param details which field they are. */
function taken(rows: CopyRows, details: number): OpenRows | undefined {
  const count = rows.rows
  return count > 0 ? { open: rows.take(), rows: count, details } : undefined
}

const NOBODY: Details = { identifiers: [], names: {} }

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
