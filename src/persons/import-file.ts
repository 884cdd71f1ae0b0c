import { once } from 'node:events'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { link, rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/db.ts'
import type { FileForm } from './file.ts'
import { ImportInterrupted, type ImportNeeds, type ImportProgress, type ImportResult, importPersons } from './import.ts'
import type { Era } from './row.ts'

// An import from a file on this machine, or from a stream, with the bad rows set aside beside it.

export interface FileJob {
  /** `-`: standard input, handed over as `stdin`. */
  readonly path: string
  readonly stdin?: Readable
  /** Where bad rows go; `<path>.rejected` if not said. */
  readonly rejectedPath?: string
  readonly form?: FileForm
  readonly era?: Era
  readonly demo?: boolean
  readonly strict: boolean
  readonly actor: Actor
  readonly progress?: (progress: ImportProgress) => void
  readonly signal?: AbortSignal
}

/** `rejectedPath` stands where there are rejected rows. */
export type FileResult = ImportResult & { readonly rejectedPath?: string }

const CHUNK = 1 << 17

/**
 * Imports persons and leaves `<path>.rejected` (readable by its owner alone: it holds personal data) when rows were bad. One that
 * is there already, mended perhaps, stays as it is: the new one is then called `<path>.rejected-2`, and so on.
 * @throws what `importPersons` throws, and the file system's errors; then neither register nor files have changed.
 */
export async function importPersonsFile(needs: ImportNeeds, db: Db, job: FileJob): Promise<FileResult> {
  const fromStdin = job.path === '-'
  const rejectedPath = job.rejectedPath ?? `${fromStdin ? 'stdin' : job.path}.rejected`
  const size = fromStdin ? undefined : (await stat(job.path)).size
  const source = fromStdin ? job.stdin : createReadStream(job.path, { highWaterMark: CHUNK })
  if (!source) throw new Error('import from standard input without one')
  // Wakes an import that waits for a pipe in which nothing comes.
  if (job.signal) addAbortSignal(job.signal, source)
  const aside = openAside(`${rejectedPath}.partial`)
  try {
    const result = await importPersons(needs, db, {
      source,
      name: basename(job.path),
      ...(size !== undefined && { size }),
      ...(job.form && { form: job.form }),
      ...(job.era && { era: job.era }),
      ...(job.demo && { demo: job.demo }),
      strict: job.strict,
      actor: job.actor,
      rejected: aside,
      ...(job.progress && { progress: job.progress }),
      ...(job.signal && { signal: job.signal }),
    })
    return (await aside.close()) ? { ...result, rejectedPath: await moved(aside.path, rejectedPath) } : result
  } catch (fault) {
    await aside.close().catch(() => undefined)
    await rm(aside.path, { force: true })
    throw job.signal?.aborted ? new ImportInterrupted() : fault
  } finally {
    source.destroy()
  }
}

/** To this name, or to the first one behind it that is free. @returns which. */
async function moved(from: string, wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const path = n === 1 ? wanted : `${wanted}-${n}`
    try {
      await link(from, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    await rm(from)
    return path
  }
}

interface Aside {
  readonly path: string
  line(text: string): void
  /** Resolves when what was written so far no longer fills the memory. */
  flushed(): Promise<void>
  /** @returns whether anything was set aside. */
  close(): Promise<boolean>
}

function openAside(path: string): Aside {
  let stream: WriteStream | undefined
  return {
    path,
    line(text) {
      if (!stream) {
        stream = createWriteStream(path, { mode: 0o600, flush: true })
        // Told by the next flushed() or close().
        stream.on('error', () => undefined)
      }
      stream.write(`${text}\n`)
    },
    async flushed() {
      if (stream?.errored) throw stream.errored
      if (stream?.writableNeedDrain) await once(stream, 'drain')
    },
    async close() {
      if (!stream) return false
      stream.end()
      await finished(stream)
      return true
    },
  }
}
