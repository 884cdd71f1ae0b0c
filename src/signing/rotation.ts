import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { type Dated, type Did, datesOf, duesOf } from './due.ts'
import { type Asked, type By, openSteps, type WentBack } from './steps.ts'
import * as store from './store.ts'
import * as uptake from './uptake-store.ts'
import { type Algorithm, USUAL, type Vault } from './vault.ts'
import { before, faresWorse, RETURNS, seenOf, type Taking, takingOf } from './verdict.ts'
import { EVERY_DAYS, type NextStep, nextStep, type Plan, type Schedule, type Waits } from './waits.ts'

// How a key comes to sign and ceases to: every step is one transaction with its audit entry, after which all nodes hear of
// it. Steps that would make somebody's verification fail are refused until the waits (waits.ts) have passed, unless it is
// an emergency. Called by the operator's command and by the schedule.

export type { Dated } from './due.ts'
export type { By, WentBack } from './steps.ts'
export type { KeyLife } from './store.ts'
export type { Standing, Taking } from './verdict.ts'
export type { NextStep, Schedule, Waits } from './waits.ts'

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
  /** No such agency, or none of its relying parties asks for the key's algorithm. */
  | { readonly because: 'agency'; readonly agency: string }
  /** These relying parties went back from it when it signed for them. */
  | { readonly because: 'went-back'; readonly clients: readonly string[] }
  /** It still signs for these. */
  | { readonly because: 'in-use'; readonly clients: readonly string[] }
  /** `why`: a sentence of the vault's. */
  | { readonly because: 'lacking'; readonly why: string }

export type Done =
  | {
      readonly ok: true
      readonly kid: string
      /** Epoch ms: until then somebody may refuse what they should take. Absent where the waits were kept. */
      readonly breaksUntil?: number
      /** Whom alone it is about. */
      readonly clients?: readonly string[]
    }
  | ({ readonly ok: false } & Refusal)

export interface Revoked {
  readonly kid: string
  /** The key that signs in its place, where it was the one that signed. */
  readonly successor?: string
  /** From when to when it signed, epoch ms; absent where it never did. */
  readonly signed?: { readonly from: number; readonly to: number }
  /** For whom it may have signed in that time. */
  readonly clients: readonly string[]
}

export interface Shown {
  readonly life: store.KeyLife
  readonly next?: NextStep
  /** The only relying parties that it signs for, where others are signed for by another key. */
  readonly signsFor?: readonly string[]
  /** How each relying party gets on with it; present for a key that follows another. */
  readonly uptake?: readonly Taking[]
}

/** What the schedule has done. */
export interface Step {
  readonly kid: string
  readonly did: Did
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

export interface Rotation {
  /** Every key ever, the newest first. */
  list(db: Db): Promise<readonly Shown[]>
  /** A new key that everybody may fetch, and that signs nothing yet. */
  announce(db: Db, by: By, alg?: Algorithm): Promise<Done>
  /** Announces the first key of each algorithm that has none, or nothing where one of them can't be had. */
  provide(db: Db, algs: Iterable<Algorithm>, by: By): Promise<readonly Provided[]>
  /**
   * The announced key signs from now on; without `kid` the only one that is announced. For all, or for the relying parties
   * of these agencies alone: then it may also be a key that signs already, or has until now.
   */
  promote(db: Db, kid: string | undefined, by: Asked, agencies?: readonly string[]): Promise<Done>
  /** Takes a key that signs no more out of the key set. */
  retire(db: Db, kid: string, by: Asked): Promise<Done>
  /**
   * It leaked, or may have: out of the key set, and nothing that it signed counts, from now on. Its private half is destroyed
   * by `clear`, which must not come before `db`'s transaction has committed.
   */
  revoke(db: Db, kid: string, by: By): Promise<Revoked | Refusal>
  /** Destroys the private halves of removed keys; what it misses, `advance` does a minute later. */
  clear(db: Db): Promise<void>
  schedule(db: Db): Promise<Schedule>
  setSchedule(db: Db, days: number, by: By): Promise<void>
  /** What is to come, in order, as far as it can be said now. */
  calendar(db: Db): Promise<readonly Dated[]>
  /** Does every step that is due; `retry`-safe, on as many nodes as there are. */
  advance(db: Db, actor: Actor): Promise<readonly Step[]>
  /** Takes back what agencies don't get on with. Safe to call on every node at any time. */
  judge(db: Db, actor: Actor): Promise<readonly WentBack[]>
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
  const steps = openSteps({ vaults, audit })

  /** One at a time over all nodes, with the ring as it is. */
  const changing = <T>(db: Db, work: (tx: Db, all: readonly store.KeyLife[], now: number) => Promise<T>): Promise<T> =>
    transaction(db, async (tx) => {
      await store.lock(tx)
      const done = await work(tx, await store.lives(tx), clock.now())
      await store.tell(tx)
      return done
    })

  const planOf = async (db: Db): Promise<Plan> => ({
    waits,
    schedule: await scheduleOf(db),
    apart: await uptake.apart(db),
  })
  const scheduleOf = async (db: Db): Promise<Schedule> => (await store.schedule(db)) ?? { days: EVERY_DAYS }

  async function inUse(db: Db): Promise<ReadonlySet<Algorithm>> {
    return new Set([USUAL, ...(await parties(db)).map(({ alg }) => alg)])
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
      const [seen, everybody] = [seenOf(await uptake.uptakes(db)), await parties(db)]
      return all
        .map((life): Shown => {
          const next = nextStep(life, all, plan)
          const some = plan.apart.filter(({ kid }) => kid === life.kid).map(({ client }) => client)
          const tried = plan.apart.filter((one) => one.kid === life.kid || awayFrom(one) === life.kid)
          const line = everybody.filter(({ alg }) => alg === life.alg).map(({ client }) => client)
          const taking = followersOf(life, all, tried, line)?.map((client) =>
            takingOf(client, life, before(life, all), seen, plan.apart),
          )
          return {
            life,
            ...(next && { next }),
            ...(life.state !== 'signing' && some.length > 0 && { signsFor: some }),
            ...(taking && { uptake: taking }),
          }
        })
        .toReversed()
    },
    announce: (db, by, alg = USUAL) =>
      changing(db, async (tx, all, now) => {
        const before = all.find((key) => key.state === 'announced' && key.alg === alg)
        if (before) return { ok: false, because: 'announced', kid: before.kid }
        const why = await makes.lacks(alg)
        if (why !== undefined) return { ok: false, because: 'lacking', why }
        return { ok: true, kid: await steps.announceIn(tx, alg, by, now) }
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
        for (const alg of lacking) await steps.announceIn(tx, alg, by, now)
        return wanted.map((alg) => {
          if (stateOf(alg, 'signing')) return { alg }
          return { alg, from: (stateOf(alg, 'announced')?.announcedAt.getTime() ?? now) + waits.announced }
        })
      })
    },
    promote: (db, named, by, agencies) =>
      changing(db, async (tx, all, now) => {
        const announced = all.filter(({ state }) => state === 'announced')
        if (named === undefined && announced.length > 1)
          return { ok: false, because: 'several', kids: announced.map(({ kid }) => kid) }
        const key = named === undefined ? announced[0] : all.find(({ kid }) => kid === named)
        // A key that agencies know already may sign for some of them anew.
        const known = agencies && (key?.state === 'signing' || key?.state === 'retiring')
        const earliest = ({ announcedAt }: store.KeyLife) => announcedAt.getTime() + waits.announced
        const refusal = known ? {} : refusalOf(key, 'announced', earliest, by, now)
        if ('because' in refusal) return { ok: false, ...refusal }
        const { kid, alg } = key!
        if (!agencies) {
          const away = (await uptake.apart(tx)).filter((one) => awayFrom(one) === kid)
          if (away.length > 0 && !by.emergency)
            return { ok: false, because: 'went-back', clients: away.map(({ client }) => client) }
          await steps.promoteIn(tx, key!, by, now)
          return { ok: true, kid, ...refusal }
        }
        const line = (await parties(tx)).filter((party) => party.alg === alg)
        const nobody = agencies.find((agency) => !line.some((party) => party.agency === agency))
        if (nobody !== undefined) return { ok: false, because: 'agency', agency: nobody }
        const clients = line.filter(({ agency }) => agencies.includes(agency)).map(({ client }) => client)
        await steps.promoteForSome(tx, key!, clients, by, now)
        return { ok: true, kid, clients, ...refusal }
      }),
    retire: (db, kid, by) =>
      changing(db, async (tx, all, now) => {
        const key = all.find((one) => one.kid === kid)
        const earliest = (one: store.KeyLife) =>
          one.state === 'retiring' ? one.retiringAt.getTime() + waits.retiring : now
        const using = (await uptake.apart(tx)).filter((one) => one.kid === kid).map(({ client }) => client)
        const refusal = refusalOf(key, 'retiring', using.length > 0 ? () => now + waits.retiring : earliest, by, now)
        if (using.length > 0 && !by.emergency) return { ok: false, because: 'in-use', clients: using }
        if ('because' in refusal) return { ok: false, ...refusal }
        await uptake.endApart(tx, kid)
        await steps.retireIn(tx, kid, by, now)
        return { ok: true, kid, ...refusal }
      }),
    revoke: (db, kid, by) =>
      changing(db, async (tx, all, now): Promise<Revoked | Refusal> => {
        const key = all.find((one) => one.kid === kid)
        if (!key) return { because: 'unknown' }
        if (key.state === 'removed') return { because: 'state', state: key.state }
        const successor = key.state === 'signing' ? await steps.succeed(tx, key.alg, all, by, now) : undefined
        const some = (await uptake.apart(tx)).filter((one) => one.kid === kid).map(({ client }) => client)
        const line = (await parties(tx)).filter(({ alg }) => alg === key.alg).map(({ client }) => client)
        await steps.revokeIn(tx, kid, successor, by, now)
        const signed = signedDuring(key, some.length > 0, now)
        const clients = key.state === 'announced' ? some : line
        return { kid, clients, ...(successor !== undefined && { successor }), ...(signed && { signed }) }
      }),
    clear: (db) => steps.destroyRemoved(db),
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
      const taken: Step[] = []
      // Looked at without the lock first: nearly always there is nothing to do.
      while (await firstDue(await store.lives(db))) {
        const did = await changing(db, async (tx, all, now): Promise<Step | undefined> => {
          const due = await firstDue(all)
          if (!due) return undefined
          if (due.did === 'announced') return { kid: await steps.announceIn(tx, due.alg, by, now), did: due.did }
          const { life, did } = due
          if (did === 'promoted') await steps.promoteIn(tx, life, by, now)
          if (did === 'withdrawn') await steps.withdrawIn(tx, life, { actor, why: UNUSED }, now)
          if (did === 'retired') await steps.retireIn(tx, life.kid, by, now)
          if (did === 'removed') await steps.removeIn(tx, life.kid, by, now)
          return { kid: life.kid, did }
        })
        if (!did) break
        taken.push(did)
      }
      await steps.destroyRemoved(db)
      return taken
    },
    async judge(db, actor) {
      const worse = async (tx: Db, lives: readonly store.KeyLife[], now: number): Promise<WentBack[]> => {
        const all = await uptake.uptakes(tx, RETURNS)
        const seen = seenOf(all)
        const apart = await uptake.apart(tx)
        return lives.flatMap((key) => {
          const old = key.state === 'retiring' ? undefined : before(key, lives)
          if (!old || now >= (key.watchedUntil?.getTime() ?? 0)) return []
          return all
            .filter((one) => one.kid === key.kid && faresWorse(one.client, key.kid, old.kid, seen))
            .filter(({ client }) => {
              const own = apart.find((one) => one.client === client && one.alg === key.alg)
              return own ? own.kid === key.kid : key.state === 'signing'
            })
            .map(({ client }) => ({ client, from: key.kid, to: old.kid }))
        })
      }
      // Looked at without the lock first: nearly always there is nothing to do.
      if ((await worse(db, await store.lives(db), clock.now())).length === 0) return []
      return changing(db, async (tx, all, now) => {
        const back = await worse(tx, all, now)
        for (const one of back)
          await steps.takeBackIn(tx, all.find(({ kid }) => kid === one.from)!.alg, one, { actor, why: WORSE }, now)
        return back
      })
    },
    async faults(db) {
      const all = await store.lives(db)
      const used = [...(await inUse(db))]
      const has = (alg: Algorithm, state: string) => all.some((key) => key.alg === alg && key.state === state)
      const unsigned = used.filter((alg) => !has(alg, 'signing') && !has(alg, 'announced'))
      const lacking = await Promise.all(used.map((alg) => makes.lacks(alg)))
      const back = (await uptake.apart(db)).filter(({ because }) => because === 'back')
      return [
        ...back.map(({ client, kid }) => `${client} went back to the key ${kid.slice(0, 10)}, and keeps it in use.`),
        ...unsigned.map((alg) => `No key signs with ${alg}.`),
        ...lacking.flatMap((why) => (why === undefined ? [] : [`Agencies ask for what can't be made anew: ${why}.`])),
      ]
    },
  }
}

const UNUSED = 'no agency asks for its algorithm'
const WORSE = 'its citizens came straight back under the new key'

const awayFrom = (one: uptake.Apart): string | undefined => (one.because === 'back' ? one.awayFrom : undefined)

/** Whose taking up of this key is to be seen; nobody's where it is the first of its line, or a key of yesterday. */
function followersOf(
  life: store.KeyLife,
  all: readonly store.KeyLife[],
  tried: readonly uptake.Apart[],
  line: readonly string[],
): readonly string[] | undefined {
  if (life.state === 'signing' && before(life, all)) return line
  if (life.state !== 'announced' || !life.firstSignsAt) return undefined
  return line.filter((client) => tried.some((one) => one.client === client))
}

/** `forSome`: it signs for some still. */
function signedDuring(key: store.KeyLife, forSome: boolean, now: number): Revoked['signed'] {
  const first = key.firstSignsAt?.getTime() ?? Number.POSITIVE_INFINITY
  if (key.state === 'signing') return { from: Math.min(first, key.signingAt.getTime()), to: now }
  if (key.state === 'retiring')
    return { from: Math.min(first, key.signingAt.getTime()), to: forSome ? now : key.retiringAt.getTime() }
  return key.firstSignsAt ? { from: first, to: now } : undefined
}
