import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { nobodySeals } from '../platform/bulk-sealing.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { type Origin, SECRET_NAMES, type SecretName, versionBinding } from '../platform/secrets.ts'
import type { Kind, Kinds } from './kinds.ts'
import type { Secrets } from './live.ts'
import * as store from './store.ts'

// How a secret goes from one version to the next while everything runs: announced (every process holds it, nobody seals
// with it) → in force → former (opens and verifies still) → dropped. Every step is one transaction with its audit entry. Called by
// the operator's command and, for what lapses by itself, by the schedule.

export interface By {
  readonly actor: Actor
  readonly why: string
}

export type State = 'announced' | 'in force' | 'former'

export interface Version {
  readonly version: number
  readonly state: State
  readonly madeAt: number
  /** Absent while it is announced. */
  readonly since?: number
}

/** What is still under versions before the one in force, by place: `person.details`, `pin`, `files on node-2`. */
export type Left = Readonly<Record<string, number>>

export interface Shown {
  readonly name: SecretName
  readonly kind: Kind
  /** Newest first. */
  readonly versions: readonly Version[]
  readonly left: Left
  /** Epoch ms: when the former versions have lapsed. */
  readonly lapsesAt?: number
  /** Processes that don't hold the announced version yet. */
  readonly waitsFor: readonly string[]
  readonly everyDays?: number
}

export type Refusal =
  | { readonly because: 'never'; readonly reason: string }
  /** Another version is announced already. */
  | { readonly because: 'under-way'; readonly version: number }
  /** The master key is being changed: a version made now could not be opened by everybody. */
  | { readonly because: 'master' }
  /** It is not announced; or, to drop, there is nothing before the one in force. */
  | { readonly because: 'nothing' }
  | { readonly because: 'waits'; readonly processes: readonly string[] }
  /** An import, which follows no change, is running. */
  | { readonly because: 'busy' }
  | { readonly because: 'too-early'; readonly until: number; readonly breaks?: string }
  | { readonly because: 'in-use'; readonly left: Left }
  /** All numbers from 1 to 255 are taken. */
  | { readonly because: 'full' }

export type Outcome<T> = ({ readonly ok: true } & T) | ({ readonly ok: false } & Refusal)

export interface SecretRotation {
  list(db: Db): Promise<readonly Shown[]>
  /** A new version, which every process learns; it seals nothing yet. */
  announce(db: Db, name: SecretName, by: By): Promise<Outcome<{ readonly version: number }>>
  /**
   * The announced version seals from now on, where every process that runs holds it.
   * @param by `indexed`: the register is, under that version; wanted for what it is indexed by.
   */
  bringIntoForce(
    db: Db,
    name: SecretName,
    by: By & { readonly indexed?: true },
  ): Promise<Outcome<{ readonly version: number }>>
  /** Destroys the versions before the one in force, where nothing needs them any more. */
  drop(
    db: Db,
    name: SecretName,
    by: By & { readonly emergency?: boolean | undefined },
  ): Promise<Outcome<{ readonly versions: readonly number[]; readonly breaks?: string }>>
  /** @param days 0: never by itself. */
  setSchedule(db: Db, name: SecretName, days: number, by: By): Promise<Outcome<object>>
  /** Every step that is due; on as many nodes as there are. */
  advance(db: Db, actor: Actor): Promise<readonly Step[]>
}

export interface Step {
  readonly name: SecretName
  readonly did: 'announced' | 'in-force' | 'dropped'
  readonly version: number
}

export interface Needs {
  readonly secrets: Pick<Secrets, 'masters' | 'refresh'>
  readonly origin: Origin
  readonly kinds: Kinds
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly random: Random
  /** How much of what a secret seals lies under other versions than this one. */
  left(db: Db, name: SecretName, version: number): Promise<Left>
}

/** After every process seals with the next version, what one of them had in hand has been written. */
const SETTLED = 60_000
const MOST = 255

export function openSecretRotation({ secrets, origin, kinds, audit, clock, random, left }: Needs): SecretRotation {
  /** One at a time over all processes. */
  const changing = <T>(db: Db, work: (tx: Db, all: readonly store.VersionRow[]) => Promise<T>): Promise<T> =>
    transaction(db, async (tx) => {
      await store.lock(tx)
      const done = await work(tx, await store.all(tx))
      await store.tell(tx)
      return done
    })

  const ofName = (all: readonly store.VersionRow[], name: SecretName) => {
    const own = all.filter((row) => row.name === name)
    const active = own.filter(({ activeAt }) => activeAt !== null)
    return {
      announced: own.find(({ activeAt }) => activeAt === null),
      current: active.at(-1),
      former: active.slice(0, -1),
    }
  }

  async function announceIn(tx: Db, all: readonly store.VersionRow[], name: SecretName, by: By) {
    const kind = kinds[name]
    if (kind.how === 'never') return { ok: false, because: 'never', reason: kind.because } as const
    const { announced, former } = ofName(all, name)
    if (announced) return { ok: false, because: 'under-way', version: announced.version } as const
    if (kind.how === 'index' && former.length > 0) return { ok: false, because: 'in-use', left: {} } as const
    const names = new Set(all.flatMap(({ wraps }) => wraps.map(({ master }) => master)))
    const [master] = secrets.masters()
    if (names.size !== 1 || !names.has(master.name)) return { ok: false, because: 'master' } as const
    const version = numberAfter(all.filter((row) => row.name === name))
    if (version === undefined) return { ok: false, because: 'full' } as const
    const sealed = master.sealer.seal(random.bytes(32), versionBinding(origin, name, version))
    const at = new Date(clock.now())
    await store.insert(tx, { name, version, at, active: false, wraps: [{ master: master.name, sealed }] })
    await audit.append(tx, { type: 'secret.announced', actor: by.actor, detail: { name, version, why: by.why } })
    return { ok: true, version } as const
  }

  async function intoForceIn(
    tx: Db,
    all: readonly store.VersionRow[],
    name: SecretName,
    by: By & { readonly indexed?: true },
  ) {
    const { announced } = ofName(all, name)
    if (!announced) return { ok: false, because: 'nothing' } as const
    const { version } = announced
    if (kinds[name].how === 'index' && !by.indexed) return { ok: false, because: 'in-use', left: {} } as const
    const processes = without(await store.holders(tx), name, version)
    if (processes.length > 0) return { ok: false, because: 'waits', processes } as const
    if (!(await nobodySeals(tx))) return { ok: false, because: 'busy' } as const
    await store.activate(tx, name, version, new Date(clock.now()))
    await audit.append(tx, { type: 'secret.in-force', actor: by.actor, detail: { name, version, why: by.why } })
    return { ok: true, version } as const
  }

  async function dropIn(
    tx: Db,
    all: readonly store.VersionRow[],
    name: SecretName,
    by: By & { readonly emergency?: boolean | undefined },
  ): Promise<Outcome<{ readonly versions: readonly number[]; readonly breaks?: string }>> {
    const kind = kinds[name]
    const { current, former } = ofName(all, name)
    if (!current?.activeAt || former.length === 0) return { ok: false, because: 'nothing' }
    const holders = await store.holders(tx)
    const behind = holders.filter(({ holds }) => holds[name]?.at(-1) !== current.version).map(nameOf)
    if (behind.length > 0) return { ok: false, because: 'waits', processes: behind }
    const lapses = kind.how === 'lapses'
    const until = current.activeAt.getTime() + (lapses ? kind.after : SETTLED)
    const early = clock.now() < until
    const skipped = early && lapses && by.emergency === true
    if (early && !skipped) return { ok: false, because: 'too-early', until, ...(lapses && { breaks: kind.breaks }) }
    if (!(await nobodySeals(tx))) return { ok: false, because: 'busy' }
    const rest = { ...(await left(tx, name, current.version)), ...filesOf(holders, name, current.version) }
    if (Object.keys(rest).length > 0) return { ok: false, because: 'in-use', left: rest }
    const versions = former.map(({ version }) => version)
    for (const version of versions) await store.remove(tx, name, version)
    const detail = { name, versions, why: by.why, ...(skipped && { emergency: true }) }
    await audit.append(tx, { type: 'secret.dropped', actor: by.actor, detail })
    return { ok: true, versions, ...(skipped && { breaks: kind.breaks }) }
  }

  function dueOf(
    all: readonly store.VersionRow[],
    schedules: readonly store.Scheduled[],
    name: SecretName,
  ): Step['did'] | undefined {
    const { announced, current, former } = ofName(all, name)
    const kind = kinds[name]
    if (kind.how !== 'lapses' || !current?.activeAt) return undefined
    const age = clock.now() - current.activeAt.getTime()
    if (announced) return 'in-force'
    if (former.length > 0 && age >= kind.after) return 'dropped'
    const every = schedules.find((one) => one.name === name)?.days
    return every !== undefined && age >= every * 86_400_000 ? 'announced' : undefined
  }

  return {
    async list(db) {
      const all = await store.all(db)
      const holders = await store.holders(db)
      const schedules = await store.schedules(db)
      return Promise.all(
        SECRET_NAMES.map(async (name): Promise<Shown> => {
          const { announced, current, former } = ofName(all, name)
          const kind = kinds[name]
          const everyDays = schedules.find((one) => one.name === name)?.days
          const versions = [...former, current, announced].filter((row) => row !== undefined)
          return {
            name,
            kind,
            versions: versions.toReversed().map(({ version, madeAt, activeAt }) => ({
              version,
              state: activeAt === null ? 'announced' : version === current?.version ? 'in force' : 'former',
              madeAt: madeAt.getTime(),
              ...(activeAt && { since: activeAt.getTime() }),
            })),
            left:
              former.length > 0 || (announced && kind.how === 'index')
                ? {
                    ...(await left(db, name, (kind.how === 'index' && announced ? announced : current!).version)),
                    ...filesOf(holders, name, current!.version),
                  }
                : {},
            ...(former.length > 0 &&
              kind.how === 'lapses' &&
              current?.activeAt && { lapsesAt: current.activeAt.getTime() + kind.after }),
            waitsFor: announced ? without(holders, name, announced.version) : [],
            ...(everyDays !== undefined && { everyDays }),
          }
        }),
      )
    },
    async announce(db, name, by) {
      const done = await changing(db, (tx, all) => announceIn(tx, all, name, by))
      await secrets.refresh()
      return done
    },
    async bringIntoForce(db, name, by) {
      const done = await changing(db, (tx, all) => intoForceIn(tx, all, name, by))
      if (done.ok) await secrets.refresh()
      return done
    },
    async drop(db, name, by) {
      await secrets.refresh()
      const done = await changing(db, (tx, all) => dropIn(tx, all, name, by))
      if (done.ok) await secrets.refresh()
      return done
    },
    setSchedule: (db, name, days, { actor, why }) =>
      changing(db, async (tx) => {
        const kind = kinds[name]
        if (kind.how === 'never') return { ok: false, because: 'never', reason: kind.because }
        if (kind.how !== 'lapses') return { ok: false, because: 'in-use', left: {} }
        await store.setSchedule(tx, name, days, new Date(clock.now()))
        await audit.append(tx, { type: 'secret.schedule-set', actor, detail: { name, days, why } })
        return { ok: true }
      }),
    async advance(db, actor) {
      const by = { actor, why: 'the schedule' }
      const due = async (on: Db) => {
        const all = await store.all(on)
        const schedules = await store.schedules(on)
        return SECRET_NAMES.map((name) => ({ name, did: dueOf(all, schedules, name) }))
      }
      // Looked at without the lock first: nearly always there is nothing to do.
      if ((await due(db)).every(({ did }) => did === undefined)) return []
      return changing(db, async (tx, all) => {
        const steps: Step[] = []
        for (const { name, did } of await due(tx)) {
          if (did === undefined) continue
          if (did === 'dropped') {
            const done = await dropIn(tx, all, name, by)
            if (done.ok) steps.push(...done.versions.map((version) => ({ name, did, version })))
            continue
          }
          const done = await (did === 'announced' ? announceIn : intoForceIn)(tx, all, name, by)
          if (done.ok) steps.push({ name, did, version: done.version })
        }
        return steps
      })
    },
  }
}

/** The one after the last that was made, from 1 to 255 and again: one that is still there is none. */
function numberAfter(own: readonly store.VersionRow[]): number | undefined {
  const last = own.toSorted((a, b) => a.madeAt.getTime() - b.madeAt.getTime()).at(-1)?.version ?? 0
  const next = (last % MOST) + 1
  return own.some(({ version }) => version === next) ? undefined : next
}

const nameOf = ({ host, process }: store.Holder): string => `${host} (${process.slice(0, 8)})`

const without = (holders: readonly store.Holder[], name: SecretName, version: number): string[] =>
  holders.filter(({ holds }) => !holds[name]?.includes(version)).map(nameOf)

/** Signing keys that lie in files: each machine has its own. */
const filesOf = (holders: readonly store.Holder[], name: SecretName, version: number): Left =>
  name === 'signing-keys'
    ? Object.fromEntries(
        holders
          .map(
            (holder) => [`files on ${nameOf(holder)}`, holder.files.filter((one) => one !== version).length] as const,
          )
          .filter(([, count]) => count > 0),
      )
    : {}
