import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import * as store from './store.ts'
import { type Algorithm, USUAL, type Vault } from './vault.ts'
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
  /** Of more than one algorithm: which? */
  | { readonly because: 'several'; readonly kids: readonly string[] }
  /** `why`: a sentence of the vault's. */
  | { readonly because: 'lacking'; readonly why: string }

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
  /** `withdrawn`: no agency asks for its algorithm any more. */
  readonly did: 'announced' | 'promoted' | 'withdrawn' | 'retired' | 'removed'
}

/** A relying party, as far as signing is concerned with it; one that is switched off may come back at any moment. */
export interface Party {
  readonly client: string
  readonly agency: string
  readonly alg: Algorithm
}

/** What a relying party that wants an algorithm is told. */
export type Provided =
  | { readonly alg: Algorithm; readonly lacks: string }
  /** Epoch ms of its first key's first signature; absent where one signs already. */
  | { readonly alg: Algorithm; readonly from?: number }

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
  announce(db: Db, by: By, alg?: Algorithm): Promise<Done>
  /** Announces the first key of each algorithm that has none, or nothing where one of them can't be had. */
  provide(db: Db, algs: Iterable<Algorithm>, by: By): Promise<readonly Provided[]>
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
  /** What is wrong with the ring, a sentence each. */
  faults(db: Db): Promise<readonly string[]>
  readonly waits: Waits
}

export interface Needs {
  /** The first makes new keys; all may hold some. */
  readonly vaults: readonly [Vault, ...Vault[]]
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly waits: Waits
  /** Everybody for whom something is signed. */
  parties(db: Db): Promise<readonly Party[]>
}

export function openRotation({ vaults, audit, clock, waits, parties }: Needs): Rotation {
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

  async function inUse(db: Db): Promise<ReadonlySet<Algorithm>> {
    return new Set([USUAL, ...(await parties(db)).map(({ alg }) => alg)])
  }

  async function announceIn(tx: Db, alg: Algorithm, by: By, now: number): Promise<string> {
    const { kid, publicJwk } = await makes.create(alg)
    await store.insertAnnounced(tx, { kid, alg, publicJwk, vault: makes.name, at: new Date(now) })
    const detail = { kid, alg, vault: makes.name, why: by.why }
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

  /** Nobody asks for its algorithm any more: it signs no more, and no other follows it. */
  async function withdrawIn(tx: Db, { kid, alg, state }: store.KeyLife, by: By, now: number): Promise<void> {
    if (state === 'signing') await store.replace(tx, alg, new Date(now))
    else await store.remove(tx, kid, new Date(now), false)
    await audit.append(tx, { type: 'key.withdrawn', actor: by.actor, detail: { kid, alg, why: by.why } })
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
    announce: (db, by, alg = USUAL) =>
      changing(db, async (tx, all, now) => {
        const before = all.find((key) => key.state === 'announced' && key.alg === alg)
        if (before) return { ok: false, because: 'announced', kid: before.kid }
        const why = await makes.lacks(alg)
        if (why !== undefined) return { ok: false, because: 'lacking', why }
        return { ok: true, kid: await announceIn(tx, alg, by, now) }
      }),
    async provide(db, algs, by) {
      const signing = new Set((await store.lives(db)).filter(({ state }) => state === 'signing').map(({ alg }) => alg))
      // The very first key of all is the ring's to enter.
      const wanted = [...new Set(algs)].filter((alg) => alg !== USUAL)
      if (wanted.every((alg) => signing.has(alg))) return wanted.map((alg) => ({ alg }))
      return changing(db, async (tx, all, now): Promise<Provided[]> => {
        const stateOf = (alg: Algorithm, state: string) => all.find((key) => key.alg === alg && key.state === state)
        const lacking = wanted.filter((alg) => !stateOf(alg, 'signing') && !stateOf(alg, 'announced'))
        const answers = await Promise.all(lacking.map(async (alg) => ({ alg, lacks: await makes.lacks(alg) })))
        const refused = answers.filter((answer): answer is { alg: Algorithm; lacks: string } => !!answer.lacks)
        if (refused.length > 0) return refused
        for (const alg of lacking) await announceIn(tx, alg, by, now)
        return wanted.map((alg) => {
          if (stateOf(alg, 'signing')) return { alg }
          return { alg, from: (stateOf(alg, 'announced')?.announcedAt.getTime() ?? now) + waits.announced }
        })
      })
    },
    promote: (db, named, by) =>
      changing(db, async (tx, all, now) => {
        const announced = all.filter(({ state }) => state === 'announced')
        if (named === undefined && announced.length > 1)
          return { ok: false, because: 'several', kids: announced.map(({ kid }) => kid) }
        const key = named === undefined ? announced[0] : all.find(({ kid }) => kid === named)
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
        const successor = key.state === 'signing' ? await succeed(tx, key.alg, all, by, now) : undefined
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
      const used = await inUse(db)
      const firstDue = async (all: readonly store.KeyLife[]) => {
        // Where the vault can't make the next key, the one that signs goes on: `keys verify` says so.
        for (const due of duesOf(all, used, plan, clock.now()))
          if (due.did !== 'announced' || (await makes.lacks(due.alg)) === undefined) return due
        return undefined
      }
      const steps: Step[] = []
      // Looked at without the lock first: nearly always there is nothing to do.
      while (await firstDue(await store.lives(db))) {
        const did = await changing(db, async (tx, all, now): Promise<Step | undefined> => {
          const due = await firstDue(all)
          if (!due) return undefined
          if (due.did === 'announced') return { kid: await announceIn(tx, due.alg, by, now), did: due.did }
          const { life, did } = due
          if (did === 'promoted') await promoteIn(tx, life, by, now)
          if (did === 'withdrawn') await withdrawIn(tx, life, { actor, why: UNUSED }, now)
          if (did === 'retired') await retireIn(tx, life.kid, by, now)
          if (did === 'removed') {
            await store.remove(tx, life.kid, new Date(now), false)
            await audit.append(tx, { type: 'key.removed', actor, detail: { kid: life.kid, why: by.why } })
          }
          return { kid: life.kid, did }
        })
        if (!did) break
        steps.push(did)
      }
      await destroyRemoved(db)
      return steps
    },
    async faults(db) {
      const all = await store.lives(db)
      const used = [...(await inUse(db))]
      const has = (alg: Algorithm, state: string) => all.some((key) => key.alg === alg && key.state === state)
      const unsigned = used.filter((alg) => !has(alg, 'signing') && !has(alg, 'announced'))
      const lacking = await Promise.all(used.map((alg) => makes.lacks(alg)))
      return [
        ...unsigned.map((alg) => `No key signs with ${alg}.`),
        ...lacking.flatMap((why) => (why === undefined ? [] : [`Agencies ask for what can't be made anew: ${why}.`])),
      ]
    },
  }

  /** Somebody must sign: the key that is announced, were it a minute ago, or else a new one. */
  async function succeed(tx: Db, alg: Algorithm, all: readonly store.KeyLife[], by: By, now: number): Promise<string> {
    const announced = all.find((key) => key.state === 'announced' && key.alg === alg)
    if (announced) {
      await promoteIn(tx, announced, { ...by, emergency: true }, now)
      return announced.kid
    }
    const kid = await announceIn(tx, alg, by, now)
    const fresh = (await store.lives(tx)).find((one) => one.kid === kid)!
    await promoteIn(tx, fresh, { ...by, emergency: true }, now)
    return kid
  }
}

const UNUSED = 'no agency asks for its algorithm'

type Due =
  | { readonly did: 'announced'; readonly alg: Algorithm }
  | { readonly did: Exclude<Step['did'], 'announced'>; readonly life: store.KeyLife }

/** What the schedule would do now, the first first. */
function duesOf(all: readonly store.KeyLife[], used: ReadonlySet<Algorithm>, plan: Plan, now: number): Due[] {
  const lines = new Set(all.filter(({ state }) => state === 'announced' || state === 'signing').map(({ alg }) => alg))
  // The very first key of all is the ring's to enter.
  const lacking = [...used].filter((alg) => alg !== USUAL && !lines.has(alg))
  return [
    ...lacking.map((alg): Due => ({ did: 'announced', alg })),
    ...all.flatMap((life) => dueOf(life, all, used, plan, now) ?? []),
  ]
}

function dueOf(
  life: store.KeyLife,
  all: readonly store.KeyLife[],
  used: ReadonlySet<Algorithm>,
  plan: Plan,
  now: number,
): Due | undefined {
  const { alg, state } = life
  if (!used.has(alg) && (state === 'announced' || state === 'signing')) return { did: 'withdrawn', life }
  const announcement = announcementOf(life, all, plan)
  if (announcement !== undefined && now >= announcement) return { did: 'announced', alg }
  const next = nextStep(life, all, plan)
  if (!next || now < next.at) return undefined
  if (next.to === 'retired' || next.to === 'removed') return { did: next.to, life }
  if (next.to !== 'signing') return undefined
  // A key that an operator has announced waits for the operator where nothing goes by itself; an algorithm's first doesn't.
  const first = !all.some((key) => key.alg === alg && key.state === 'signing')
  return plan.schedule.days > 0 || first ? { did: 'promoted', life } : undefined
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
