import type { AuditLog } from '../audit/log.ts'
import { type Clock, type pause as Pause, pause as realPause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Sealer } from '../platform/seal.ts'
import type { SecretName } from '../platform/secrets.ts'
import * as store from './reseal-store.ts'
import type { By, Left } from './rotation.ts'

// Seals anew what lies under versions before the one in force, while everything runs: some rows at a time, each some in a
// transaction of its own, so that it may be ended or killed at any moment and goes on where it was. What is under the new
// version tells itself: no list of what is done is kept. Whoever changes a row meanwhile isn't kept waiting and loses
// nothing, for rows that somebody holds are left for the next round.

/** Cells sealed under one secret. */
export interface SealedCells extends store.Place {
  readonly secret: SecretName
  /** What the cell of this row is sealed to; the row has the columns of `key` and `more`. */
  bound(row: Readonly<Record<string, unknown>>): string
}

export interface Resealed {
  /** How many were sealed anew. */
  readonly done: number
  /** What is left under former versions; only where it was ended before. */
  readonly left: Left
  /** Cells that can't be opened, by place: nothing was done to them. */
  readonly unreadable: Left
}

export interface Job {
  /** How many there are to do, once at the beginning; then how many are done, after every some. */
  readonly progress?: (done: number, of: number) => void
  readonly signal?: AbortSignal
}

export interface Reseal {
  reseal(db: Db, name: SecretName, by: By, job?: Job): Promise<Resealed>
  left(db: Db, name: SecretName, version: number): Promise<Left>
  /** Whether anything in the database is sealed with it. */
  seals(name: SecretName): boolean
}

export interface Needs {
  readonly cells: readonly SealedCells[]
  readonly sealerOf: (name: SecretName) => Sealer
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly pause?: typeof Pause
  /** For tests: how many rows at a time. */
  readonly atOnce?: number
}

/** Held for some hundredths of a second. */
const AT_ONCE = 400
/** Rests as long as this part of the time that the last some took: sign-ins come first on a machine that has both. */
const REST = 0.5
/** Between two rounds, when others held what was left. */
const ROUND = 250

export function openReseal({ cells, sealerOf, audit, clock, pause = realPause, atOnce = AT_ONCE }: Needs): Reseal {
  const ofSecret = (name: SecretName) => cells.filter(({ secret }) => secret === name)
  const placeName = ({ table, column }: SealedCells): string => `${table}.${column}`

  async function left(db: Db, name: SecretName, version: number): Promise<Left> {
    const found: Record<string, number> = {}
    for (const place of ofSecret(name)) {
      const count = await store.count(db, place, version)
      if (count > 0) found[placeName(place)] = count
    }
    return found
  }

  /** Once through the table. @returns how many were done, and how many can't be opened. */
  async function round(db: Db, place: SealedCells, sealer: Sealer, job: Job, tell: (more: number) => void) {
    let done = 0
    let unreadable = 0
    let after: readonly unknown[] | undefined
    while (!job.signal?.aborted) {
      const began = clock.now()
      const some = await transaction(db, async (tx) => {
        const found = await store.next(tx, place, sealer.version(), after, atOnce)
        const good: store.Row[] = []
        const sealed: Buffer[] = []
        for (const row of found) {
          const binding = place.bound(row)
          const plain = opened(sealer, row.sealed, binding)
          if (!plain) continue
          good.push(row)
          sealed.push(sealer.seal(plain, binding))
          plain.fill(0)
        }
        if (good.length > 0) await store.replace(tx, place, good, sealed)
        return { found, good: good.length }
      })
      const last = some.found.at(-1)
      if (!last) break
      after = place.key.map(([column]) => last[column])
      done += some.good
      unreadable += some.found.length - some.good
      tell(some.good)
      await pause((clock.now() - began) * REST, job.signal)
    }
    return { done, unreadable }
  }

  return {
    left,
    seals: (name) => ofSecret(name).length > 0,
    async reseal(db, name, by, job = {}) {
      const sealer = sealerOf(name)
      const version = sealer.version()
      const todo = await left(db, name, version)
      const of = Object.values(todo).reduce((sum, count) => sum + count, 0)
      job.progress?.(0, of)
      let done = 0
      const tell = (more: number): void => {
        done += more
        job.progress?.(done, of)
      }
      const unreadable: Record<string, number> = {}
      for (const place of ofSecret(name)) {
        for (;;) {
          const one = await round(db, place, sealer, job, tell)
          if (one.unreadable > 0) unreadable[placeName(place)] = one.unreadable
          if (job.signal?.aborted || (await store.count(db, place, version)) <= one.unreadable) break
          await pause(ROUND, job.signal)
        }
      }
      const rest = job.signal?.aborted ? await left(db, name, version) : {}
      const detail = { name, version, done, left: { ...rest }, unreadable, why: by.why }
      await audit.append(db, { type: 'secret.resealed', actor: by.actor, detail })
      return { done, left: rest, unreadable }
    },
  }
}

function opened(sealer: Sealer, sealed: Buffer, binding: string): Buffer | undefined {
  try {
    return sealer.open(sealed, binding)
  } catch {
    return undefined
  }
}
