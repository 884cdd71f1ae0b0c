import type { PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import * as store from './queue-store.ts'

// Work that must outlive the request that causes it: put in with the cause's own transaction, so that either both are
// there or neither. Owns how a job is kept; worker.ts says when it is tried, receipts.ts what has become of it, and each
// kind what trying means.

export interface NewJob {
  /** The name of a kind that a worker knows. */
  readonly kind: string
  /** Who is spoken to (a host, a relying party): one that is down holds up nobody else. Never personal data. */
  readonly destination: string
  /** Sealed; erased when the job has ended. */
  readonly payload: Json
  /** Milliseconds before the first try; none unless said. */
  readonly after?: number
  /** For the receipt: whom it is about, in which session (by its name for others), and why, in one word. */
  readonly person?: PersonKey
  readonly session?: string
  readonly about?: string
}

export interface Queue {
  /** @returns the job's id, which stays the same over all its tries: a receiver tells a repetition by it. */
  put(tx: Db, job: NewJob): Promise<string>
  /** Many in one statement; their ids in the same order. */
  putAll(tx: Db, jobs: readonly NewJob[]): Promise<readonly string[]>
  /** The same as a part of another statement, where `only` holds: SQL whose values are given with each job. */
  part(only: string): (job: NewJob, values: readonly unknown[]) => Part
  /** These sessions have ended: what is about them may be tried now, on whichever node. */
  releaseOf(db: Db, sessions: readonly string[]): Promise<void>
}

export interface Needs {
  readonly sealer: Sealer
  readonly clock: Clock
  readonly random: Pick<Random, 'uuid'>
}

export const payloadBinding = (id: string): string => cell('job', 'payload', id)

export function openQueue({ sealer, clock, random }: Needs): Queue {
  function made({ kind, destination, payload, after = 0, person, session, about }: NewJob): store.NewRow {
    const now = clock.now()
    const id = random.uuid()
    return {
      ...{ id, kind, destination },
      payload: sealer.seal(JSON.stringify(payload), payloadBinding(id)),
      ...{ at: new Date(now), due: new Date(now + after) },
      ...{ person: person ?? null, session: session ?? null, about: about ?? null },
    }
  }

  async function putAll(tx: Db, jobs: readonly NewJob[]): Promise<readonly string[]> {
    const rows = jobs.map(made)
    await store.insert(tx, rows)
    return rows.map(({ id }) => id)
  }

  return {
    putAll,
    part(only) {
      const insertion = store.insertion(only)
      return (job, values) => insertion(made(job), values)
    },
    put: async (tx, job) => (await putAll(tx, [job]))[0]!,
    async releaseOf(db, sessions) {
      if (sessions.length > 0) await store.releaseOf(db, sessions, new Date(clock.now()))
    },
  }
}
