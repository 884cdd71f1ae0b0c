import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import * as store from './queue-store.ts'

// Work that must outlive the request that causes it: put in with the cause's own transaction, so that either both are
// there or neither. Owns how a job is kept; worker.ts says when it is tried, and each kind what trying means.

export interface NewJob {
  /** The name of a kind that a worker knows. */
  readonly kind: string
  /** Who is spoken to (a host, a relying party): one that is down holds up nobody else. Never personal data. */
  readonly destination: string
  /** Sealed; erased when the job has ended. */
  readonly payload: Json
  /** Milliseconds before the first try; none unless said. */
  readonly after?: number
}

export interface Queue {
  /** @returns the job's id, which stays the same over all its tries: a receiver tells a repetition by it. */
  put(tx: Db, job: NewJob): Promise<string>
}

export interface Needs {
  readonly sealer: Sealer
  readonly clock: Clock
  readonly random: Pick<Random, 'uuid'>
}

export const payloadBinding = (id: string): string => cell('job', 'payload', id)

export function openQueue({ sealer, clock, random }: Needs): Queue {
  return {
    async put(tx, { kind, destination, payload, after = 0 }) {
      const id = random.uuid()
      const now = clock.now()
      const [at, due] = [new Date(now), new Date(now + after)]
      const sealed = sealer.seal(JSON.stringify(payload), payloadBinding(id))
      await store.insert(tx, { id, kind, destination, payload: sealed, at, due })
      return id
    },
  }
}
