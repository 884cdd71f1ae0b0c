import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { personKey } from '../identity/identifiers.ts'
import { type Clock, type pause as Pause, pause as realPause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { type Keys, openIndexer, type Sealer } from '../platform/seal.ts'
import { blindIndex, openDetails } from './details.ts'
import * as store from './reindex-store.ts'

// The register indexed anew under another key, while people sign in: each identifier gets a second row, under the new key,
// beside its first; when all have one, the new key takes over and the first ones go. Looked for are both as long as there
// are both keys. Imports wait meanwhile: they look people up by one. Ended or killed at any moment, it goes on where it was.

export interface Indexed {
  /** Persons whose identifiers were indexed. */
  readonly persons: number
  /** Whether every one is: only then may the former key go. */
  readonly whole: boolean
}

export interface Job {
  readonly version: number
  readonly by: { readonly actor: Actor; readonly why: string }
  /** The new key takes over. @returns false where it can't yet; nothing goes then. */
  readonly takeOver: () => Promise<boolean>
  readonly progress?: (done: number, of: number) => void
  readonly signal?: AbortSignal
}

export interface Reindex {
  /** How many persons there are, and how many seconds they will take, by a sample of them. */
  estimate(db: Db, version: number): Promise<{ readonly persons: number; readonly seconds: number }>
  /** @returns undefined while an import is running. */
  reindex(db: Db, job: Job): Promise<Indexed | undefined>
  /** Identifiers that are not under this version, or persons that are under none of it. */
  left(db: Db, version: number): Promise<number>
}

export interface Needs {
  readonly sealer: Sealer
  readonly keys: Keys
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly pause?: typeof Pause
}

const AT_ONCE = 1_000
const SAMPLE = 2_000
/** As long as this part of what the last some took is left to the sign-ins. */
const REST = 0.5

export function openReindex({ sealer, keys, audit, clock, pause = realPause }: Needs): Reindex {
  function indexerOf(version: number) {
    const key = keys().find((one) => one.version === version)
    if (!key) throw new Error(`there is no version ${version} of blind-index`)
    return openIndexer([key])
  }

  async function some(tx: Db, version: number, after: string | undefined, most: number) {
    const indexer = indexerOf(version)
    const found = await store.persons(tx, after, most)
    const blinds = found.flatMap(({ key, details }) =>
      openDetails(sealer, personKey(key), details).identifiers.map(({ scheme, code }) => ({
        blind: blindIndex(indexer, scheme, code),
        scheme,
        person: key,
      })),
    )
    await store.index(tx, version, blinds)
    return found
  }

  return {
    left: store.left,
    async estimate(db, version) {
      const persons = await store.count(db)
      let seconds = 0
      // Measured on the real thing, and taken back.
      await transaction(db, async (tx) => {
        const began = clock.now()
        const sample = await some(tx, version, undefined, SAMPLE)
        const each = (clock.now() - began) / 1000 / Math.max(1, sample.length)
        // What is indexed is removed again from under the former key, which costs about half as much.
        seconds = each * persons * (1 + REST) * 1.5
        throw new TakenBack()
      }).catch((error: unknown) => {
        if (!(error instanceof TakenBack)) throw error
      })
      return { persons, seconds }
    },
    reindex: (db, { version, by, takeOver, progress, signal }) =>
      // Holds the imports off, and nothing else: the work is done beside it, some at a time.
      transaction(db, async (turn) => {
        if (!(await store.keepImportsOff(turn))) return undefined
        const of = await store.count(db)
        let done = 0
        let after: string | undefined
        progress?.(0, of)
        const rested = async <T>(work: () => Promise<T>): Promise<T> => {
          const began = clock.now()
          const result = await work()
          await pause((clock.now() - began) * REST, signal)
          return result
        }
        const ended = (): boolean => signal?.aborted === true
        while (!ended()) {
          const found = await rested(() => transaction(db, (tx) => some(tx, version, after, AT_ONCE)))
          if (found.length === 0) break
          after = found.at(-1)!.key
          done += found.length
          progress?.(done, of)
        }
        let whole = !ended() && (await takeOver())
        let from: Buffer | undefined
        while (whole) {
          const last = await rested(() => store.removeFormer(db, version, from, AT_ONCE * 5))
          if (!last) break
          from = last
          if (ended()) whole = false
        }
        const detail = { name: 'blind-index', version, persons: done, whole, why: by.why }
        await audit.append(db, { type: 'secret.indexed-anew', actor: by.actor, detail })
        return { persons: done, whole }
      }),
  }
}

class TakenBack extends Error {}
