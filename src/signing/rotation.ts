import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import * as store from './store.ts'
import type { Algorithm, Vault } from './vault.ts'
import { announcementOf, EVERY_DAYS, type NextStep, nextStep, type Plan, type Schedule, type Waits } from './waits.ts'

// How a key comes to sign and ceases to: every step is one transaction with its audit entry, after which all nodes hear of
// it. Steps that would make somebody's verification fail are refused until the waits (waits.ts) have passed, unless it is
// an emergency. Called by the operator's command and by the schedule.

export type { KeyLife } from './store.ts'
export type { NextStep, Schedule, Waits } from './waits.ts'

export interface By {
  readonly actor: Actor
  readonly why: string
}

export interface Asked extends By {
  /** Skips the waits, and says what that breaks. */
  readonly emergency?: boolean | undefined
}

export type Refusal =
  | { readonly because: 'unknown' }
  /** `state`: what it is in, from which this step does not lead on. */
  | { readonly because: 'state'; readonly state: store.KeyLife['state'] }
  /** `until`: epoch ms. */
  | { readonly because: 'too-early'; readonly until: number }
  /** There is one already that has not signed yet. */
  | { readonly because: 'announced'; readonly kid: string }

export type Done =
  | {
      readonly ok: true
      readonly kid: string
      /** Epoch ms: until then somebody may refuse what they should take. Absent where the waits were kept. */
      readonly breaksUntil?: number
    }
  | ({ readonly ok: false } & Refusal)

export interface Revoked {
  readonly kid: string
  /** The key that signs in its place, where it was the one that signed. */
  readonly successor?: string
  /** From when to when it signed, epoch ms; absent where it never did. */
  readonly signed?: { readonly from: number; readonly to: number }
}

export interface Shown {
  readonly life: store.KeyLife
  readonly next?: NextStep
}

/** What the schedule has done. */
export interface Step {
  readonly kid: string
  readonly did: 'announced' | 'promoted' | 'retired' | 'removed'
}

/** What comes next, for agencies to read. */
export interface Dated {
  readonly at: number
  readonly alg: Algorithm
  readonly event: 'announce' | 'sign' | 'retire' | 'remove'
  /** Absent for a key that has yet to be made. */
  readonly kid?: string
}

export interface Rotation {
  /** Every key ever, the newest first. */
  list(db: Db): Promise<readonly Shown[]>
  /** A new key that everybody may fetch, and that signs nothing yet. */
  announce(db: Db, by: By): Promise<Done>
  /** The announced key signs from now on. Without `kid` the only one that is announced. */
  promote(db: Db, kid: string | undefined, by: Asked): Promise<Done>
  /** Takes a key that signs no more out of the key set. */
  retire(db: Db, kid: string, by: Asked): Promise<Done>
  /** It leaked, or may have: out of the key set, and nothing that it signed counts, from now on. */
  revoke(db: Db, kid: string, by: By): Promise<Revoked | Refusal>
  schedule(db: Db): Promise<Schedule>
  setSchedule(db: Db, days: number, by: By): Promise<void>
  /** What is to come, in order, as far as it can be said now. */
  calendar(db: Db): Promise<readonly Dated[]>
  /** Does every step that is due; `retry`-safe, on as many nodes as there are. */
  advance(db: Db, actor: Actor): Promise<readonly Step[]>
  readonly waits: Waits
}

export interface Needs {
  /** The first makes new keys; all may hold some. */
  readonly vaults: readonly [Vault, ...Vault[]]
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly waits: Waits
}

const ALG: Algorithm = 'ES256'

export function openRotation({ vaults, audit, clock, waits }: Needs): Rotation {
  const [makes] = vaults

  /** One at a time over all nodes, with the ring as it is. */
  const changing = <T>(db: Db, work: (tx: Db, all: readonly store.KeyLife[], now: number) => Promise<T>): Promise<T> =>
    transaction(db, async (tx) => {
      await store.lock(tx)
      const done = await work(tx, await store.lives(tx), clock.now())
      await store.tell(tx)
      return done
    })

  const planOf = async (db: Db): Promise<Plan> => ({ waits, schedule: await scheduleOf(db) })
  const scheduleOf = async (db: Db): Promise<Schedule> => (await store.schedule(db)) ?? { days: EVERY_DAYS }

  async function announceIn(tx: Db, by: By, now: number): Promise<string> {
    const { kid, publicJwk } = await makes.create(ALG)
    await store.insertAnnounced(tx, { kid, alg: ALG, publicJwk, vault: makes.name, at: new Date(now) })
    const detail = { kid, alg: ALG, vault: makes.name, why: by.why }
    await audit.append(tx, { type: 'key.announced', actor: by.actor, detail })
    return kid
  }

  async function promoteIn(tx: Db, { kid, alg }: store.KeyLife, by: Asked, now: number): Promise<void> {
    const replaced = await store.replace(tx, alg, new Date(now))
    await store.sign(tx, kid, new Date(now))
    const detail = { kid, replaces: replaced, why: by.why, ...(by.emergency && { emergency: true }) }
    await audit.append(tx, { type: 'key.promoted', actor: by.actor, detail })
  }

  async function retireIn(tx: Db, kid: string, by: Asked, now: number): Promise<void> {
    await store.retire(tx, kid, new Date(now))
    const detail = { kid, why: by.why, ...(by.emergency && { emergency: true }) }
    await audit.append(tx, { type: 'key.retired', actor: by.actor, detail })
  }

  /** After the commit, and once more whenever the schedule looks: a crash in between must not leave one behind. */
  async function destroyRemoved(db: Db): Promise<void> {
    const gone = new Set((await store.lives(db)).filter(({ state }) => state === 'removed').map(({ kid }) => kid))
    for (const vault of vaults) for (const { kid } of await vault.held()) if (gone.has(kid)) await vault.destroy(kid)
  }

  /** A step that is asked for: whether it may be taken now. */
  function refusalOf(
    key: store.KeyLife | undefined,
    from: 'announced' | 'retiring',
    earliest: (key: store.KeyLife) => number,
    { emergency }: Asked,
    now: number,
  ): Refusal | { readonly breaksUntil?: number } {
    if (!key) return { because: 'unknown' }
    if (key.state !== from) return { because: 'state', state: key.state }
    const until = earliest(key)
    if (now >= until) return {}
    return emergency ? { breaksUntil: until } : { because: 'too-early', until }
  }

  return {
    waits,
    async list(db) {
      const all = await store.lives(db)
      const plan = await planOf(db)
      return all
        .map((life) => {
          const next = nextStep(life, all, plan)
          return next ? { life, next } : { life }
        })
        .toReversed()
    },
    announce: (db, by) =>
      changing(db, async (tx, all, now) => {
        const before = all.find(({ state, alg }) => state === 'announced' && alg === ALG)
        if (before) return { ok: false, because: 'announced', kid: before.kid }
        return { ok: true, kid: await announceIn(tx, by, now) }
      }),
    promote: (db, named, by) =>
      changing(db, async (tx, all, now) => {
        const key = all.find(({ kid, state }) => (named === undefined ? state === 'announced' : kid === named))
        const earliest = ({ announcedAt }: store.KeyLife) => announcedAt.getTime() + waits.announced
        const refusal = refusalOf(key, 'announced', earliest, by, now)
        if ('because' in refusal) return { ok: false, ...refusal }
        await promoteIn(tx, key!, by, now)
        return { ok: true, kid: key!.kid, ...refusal }
      }),
    retire: (db, kid, by) =>
      changing(db, async (tx, all, now) => {
        const key = all.find((one) => one.kid === kid)
        const earliest = (one: store.KeyLife) =>
          one.state === 'retiring' ? one.retiringAt.getTime() + waits.retiring : now
        const refusal = refusalOf(key, 'retiring', earliest, by, now)
        if ('because' in refusal) return { ok: false, ...refusal }
        await retireIn(tx, kid, by, now)
        return { ok: true, kid, ...refusal }
      }),
    async revoke(db, kid, by) {
      const done = await changing(db, async (tx, all, now): Promise<Revoked | Refusal> => {
        const key = all.find((one) => one.kid === kid)
        if (!key) return { because: 'unknown' }
        if (key.state === 'removed') return { because: 'state', state: key.state }
        const successor = key.state === 'signing' ? await succeed(tx, all, by, now) : undefined
        await store.remove(tx, kid, new Date(now), true)
        await audit.append(tx, { type: 'key.revoked', actor: by.actor, detail: { kid, successor, why: by.why } })
        const signed = signedDuring(key, now)
        return { kid, ...(successor !== undefined && { successor }), ...(signed && { signed }) }
      })
      if (!('because' in done)) await destroyRemoved(db)
      return done
    },
    schedule: scheduleOf,
    setSchedule: (db, days, { actor, why }) =>
      changing(db, async (tx, _all, now) => {
        await store.setSchedule(tx, days, new Date(now))
        await audit.append(tx, { type: 'key.schedule-set', actor, detail: { days, why } })
      }),
    async calendar(db) {
      const all = await store.lives(db)
      const plan = await planOf(db)
      const now = clock.now()
      return all
        .flatMap((life) => datesOf(life, all, plan))
        .map((dated) => ({ ...dated, at: Math.max(now, dated.at) }))
        .toSorted((one, other) => one.at - other.at)
    },
    async advance(db, actor) {
      const by = { actor, why: 'the schedule' }
      const plan = await planOf(db)
      const isDue = (all: readonly store.KeyLife[]) => all.some((life) => dueOf(life, all, plan, clock.now()))
      const steps: Step[] = []
      // Looked at without the lock first: nearly always there is nothing to do.
      while (isDue(await store.lives(db))) {
        const did = await changing(db, async (tx, all, now): Promise<Step | undefined> => {
          for (const life of all) {
            const due = dueOf(life, all, plan, now)
            if (due === undefined) continue
            const { kid } = life
            if (due === 'announced') return { kid: await announceIn(tx, by, now), did: due }
            if (due === 'promoted') await promoteIn(tx, life, by, now)
            if (due === 'retired') await retireIn(tx, kid, by, now)
            if (due === 'removed') {
              await store.remove(tx, kid, new Date(now), false)
              await audit.append(tx, { type: 'key.removed', actor, detail: { kid, why: by.why } })
            }
            return { kid, did: due }
          }
          return undefined
        })
        if (!did) break
        steps.push(did)
      }
      await destroyRemoved(db)
      return steps
    },
  }

  /** Somebody must sign: the key that is announced, were it a minute ago, or else a new one. */
  async function succeed(tx: Db, all: readonly store.KeyLife[], by: By, now: number): Promise<string> {
    const announced = all.find(({ state }) => state === 'announced')
    if (announced) {
      await promoteIn(tx, announced, { ...by, emergency: true }, now)
      return announced.kid
    }
    const kid = await announceIn(tx, by, now)
    const fresh = (await store.lives(tx)).find((one) => one.kid === kid)!
    await promoteIn(tx, fresh, { ...by, emergency: true }, now)
    return kid
  }
}

/** What the schedule would do to this key, or for its succession, now. */
function dueOf(life: store.KeyLife, all: readonly store.KeyLife[], plan: Plan, now: number): Step['did'] | undefined {
  const announcement = announcementOf(life, all, plan)
  if (announcement !== undefined && now >= announcement) return 'announced'
  const next = nextStep(life, all, plan)
  if (!next || now < next.at) return undefined
  if (next.to === 'retired' || next.to === 'removed') return next.to
  // A key that an operator has announced waits for the operator where nothing goes by itself.
  return next.to === 'signing' && plan.schedule.days > 0 ? 'promoted' : undefined
}

function datesOf(life: store.KeyLife, all: readonly store.KeyLife[], plan: Plan): Dated[] {
  const { alg, kid } = life
  const announcement = announcementOf(life, all, plan)
  const next = nextStep(life, all, plan)
  const event =
    next && ({ signing: 'sign', retiring: undefined, retired: 'retire', removed: 'remove' } as const)[next.to]
  return [
    ...(announcement === undefined ? [] : [{ at: announcement, alg, event: 'announce' as const }]),
    ...(announcement === undefined || !next ? [] : [{ at: next.at, alg, event: 'sign' as const }]),
    ...(next && event ? [{ at: next.at, alg, kid, event }] : []),
  ]
}

function signedDuring(key: store.KeyLife, now: number): Revoked['signed'] {
  if (key.state === 'signing') return { from: key.signingAt.getTime(), to: now }
  if (key.state === 'retiring') return { from: key.signingAt.getTime(), to: key.retiringAt.getTime() }
  return undefined
}
