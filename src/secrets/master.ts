import type { AuditLog } from '../audit/log.ts'
import { type Db, transaction } from '../platform/db.ts'
import { type Master, masterOf } from '../platform/master-key.ts'
import type { Random } from '../platform/random.ts'
import { type Origin, versionBinding } from '../platform/secrets.ts'
import type { Secrets } from './live.ts'
import type { By } from './rotation.ts'
import * as store from './store.ts'

// Another master key, in two steps: first every secret is sealed under both, so that a process may be started with either;
// then, when all have the next one, no longer under the former, which opens nothing from that moment. Each step is one
// transaction: whoever is cut off in between is before it or after it. What runs goes on, for it has everything open.

export type MasterRefusal =
  /** It is the one in use. */
  | { readonly because: 'same' }
  /** A change to another one is under way. */
  | { readonly because: 'under-way'; readonly master: string }
  /** A version of a secret is not everywhere yet: `pratu secrets list`. */
  | { readonly because: 'announced'; readonly name: string }
  /** A secret came meanwhile that isn't under the next one yet: begin again with the same. */
  | { readonly because: 'incomplete' }
  /** There is none under way. */
  | { readonly because: 'nothing' }
  /** They were started with the former one. */
  | { readonly because: 'waits'; readonly processes: readonly string[] }

export type MasterOutcome = { readonly ok: true; readonly master: string } | ({ readonly ok: false } & MasterRefusal)

export interface MasterStanding {
  readonly current: string
  /** While it changes. */
  readonly next?: string
  /** Processes that were started with the former. */
  readonly waitsFor: readonly string[]
}

export interface MasterChange {
  standing(db: Db): Promise<MasterStanding>
  /** Seals every secret under this one too. The same again does nothing more. */
  begin(db: Db, next: Buffer, by: By): Promise<MasterOutcome>
  /** The former opens nothing from now on. @param emergency while processes run that would not start again with it. */
  end(db: Db, by: By & { readonly emergency?: boolean | undefined }): Promise<MasterOutcome>
}

export interface Needs {
  readonly secrets: Pick<Secrets, 'masters' | 'refresh'>
  readonly origin: Origin
  readonly audit: Pick<AuditLog, 'append'>
  readonly random: Random
}

export function openMasterChange({ secrets, origin, audit, random }: Needs): MasterChange {
  const changing = <T>(db: Db, work: (tx: Db, all: readonly store.VersionRow[]) => Promise<T>): Promise<T> =>
    transaction(db, async (tx) => {
      await store.lock(tx)
      const done = await work(tx, await store.all(tx))
      await store.tell(tx)
      return done
    })

  async function standing(db: Db): Promise<MasterStanding> {
    const { current, next } = mastersOf(await store.all(db))
    const waitsFor =
      next === undefined
        ? []
        : (await store.holders(db))
            .filter(({ master }) => master !== next)
            .map(({ host, process }) => `${host} (${process.slice(0, 8)})`)
    return { current, ...(next !== undefined && { next }), waitsFor }
  }

  /** The key of a version, by a master key at hand. */
  function keyOf({ name, version, wraps }: store.VersionRow, masters: readonly Master[]): Buffer {
    for (const { name: master, sealer } of masters) {
      const wrap = wraps.find((one) => one.master === master)
      if (wrap) return sealer.open(wrap.sealed, versionBinding(origin, name, version))
    }
    throw new Error(`the secret ${name} is sealed under a master key that this process does not have`)
  }

  return {
    standing,
    async begin(db, master, by) {
      const next = masterOf(master, random)
      const done = await changing(db, async (tx, all): Promise<MasterOutcome> => {
        const before = mastersOf(all)
        if (before.next !== undefined && before.next !== next.name)
          return { ok: false, because: 'under-way', master: before.next }
        if (before.current === next.name) return { ok: false, because: 'same' }
        const announced = all.find(({ activeAt }) => activeAt === null)
        if (announced) return { ok: false, because: 'announced', name: announced.name }
        const lacking = all.filter(({ wraps }) => !wraps.some((wrap) => wrap.master === next.name))
        if (lacking.length === 0) return { ok: true, master: next.name }
        for (const row of lacking) {
          const binding = versionBinding(origin, row.name, row.version)
          const sealed = next.sealer.seal(keyOf(row, secrets.masters()), binding)
          await store.putWrap(tx, row.name, row.version, { master: next.name, sealed })
        }
        const detail = { from: before.current, to: next.name, why: by.why }
        await audit.append(tx, { type: 'secret.master-announced', actor: by.actor, detail })
        return { ok: true, master: next.name }
      })
      await secrets.refresh()
      return done
    },
    async end(db, by) {
      const done = await changing(db, async (tx, all): Promise<MasterOutcome> => {
        const { current, next } = mastersOf(all)
        if (next === undefined) return { ok: false, because: 'nothing' }
        if (!all.every(({ wraps }) => wraps.some(({ master }) => master === next)))
          return { ok: false, because: 'incomplete' }
        const { waitsFor } = await standing(tx)
        if (waitsFor.length > 0 && !by.emergency) return { ok: false, because: 'waits', processes: waitsFor }
        await store.dropWraps(tx, current)
        const detail = { from: current, to: next, why: by.why, ...(by.emergency && { emergency: true }) }
        await audit.append(tx, { type: 'secret.master-changed', actor: by.actor, detail })
        return { ok: true, master: next }
      })
      await secrets.refresh()
      return done
    },
  }
}

/** Which is in use, and which follows it while they change: the one that came later. */
function mastersOf(all: readonly store.VersionRow[]): { readonly current: string; readonly next?: string } {
  const wraps = all.flatMap((row) => row.wraps).toSorted((a, b) => a.sealedAt.getTime() - b.sealedAt.getTime())
  const [current = '', next] = new Set(wraps.map(({ master }) => master))
  return { current, ...(next !== undefined && { next }) }
}
