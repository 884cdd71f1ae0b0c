import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { clientId } from '../identity/identifiers.ts'
import type { Db } from '../platform/db.ts'
import * as store from './store.ts'
import * as uptake from './uptake-store.ts'
import type { Algorithm, Vault } from './vault.ts'
import { WATCHED } from './waits.ts'

// The steps of a key's life, each a few statements with the audit entry that belongs to them, within a transaction that
// rotation.ts has opened and in which it has looked whether the step may be taken.

export interface By {
  readonly actor: Actor
  readonly why: string
}

export interface Asked extends By {
  /** Skips the waits, and says what that breaks. */
  readonly emergency?: boolean | undefined
}

/** A relying party fared so much worse under a new key that the one before signs for it again. */
export interface WentBack {
  readonly client: string
  readonly from: string
  readonly to: string
}

export interface Needs {
  /** The first makes new keys; all may hold some. */
  readonly vaults: readonly [Vault, ...Vault[]]
  readonly audit: Pick<AuditLog, 'append'>
}

export type Steps = ReturnType<typeof openSteps>

export function openSteps({ vaults, audit }: Needs) {
  const [makes] = vaults

  async function announceIn(tx: Db, alg: Algorithm, by: By, now: number): Promise<string> {
    const { kid, publicJwk } = await makes.create(alg)
    await store.insertAnnounced(tx, { kid, alg, publicJwk, vault: makes.name, at: new Date(now) })
    const detail = { kid, alg, vault: makes.name, why: by.why }
    await audit.append(tx, { type: 'key.announced', actor: by.actor, detail })
    return kid
  }

  const watchedUntil = ({ emergency }: Asked, now: number): Date | null => (emergency ? null : new Date(now + WATCHED))

  async function promoteIn(tx: Db, { kid, alg }: store.KeyLife, by: Asked, now: number): Promise<void> {
    const replaced = await store.replace(tx, alg, new Date(now))
    await uptake.endFirsts(tx, alg)
    // The first of its line follows nobody: there is nothing to go back to.
    await store.sign(tx, kid, new Date(now), replaced === undefined ? null : watchedUntil(by, now))
    const detail = { kid, replaces: replaced, why: by.why, ...(by.emergency && { emergency: true }) }
    await audit.append(tx, { type: 'key.promoted', actor: by.actor, detail })
  }

  /** For these alone; each begins anew with it. */
  async function promoteForSome(
    tx: Db,
    key: store.KeyLife,
    clients: readonly string[],
    by: Asked,
    now: number,
  ): Promise<void> {
    const { kid, alg } = key
    // One that has signed for everybody is known: nobody is watched who is put back on it.
    await store.signForSome(tx, kid, new Date(now), key.state === 'retiring' ? null : watchedUntil(by, now))
    for (const client of clients) {
      await uptake.setApart(tx, { client, alg, kid, since: new Date(now), because: 'first' })
      await uptake.forget(tx, kid, client)
    }
    await renewWaits(tx, alg, now)
    const detail = { kid, clients: [...clients], why: by.why, ...(by.emergency && { emergency: true }) }
    await audit.append(tx, { type: 'key.promoted', actor: by.actor, detail })
  }

  /** A key that has just signed for somebody waits as long as if it had signed for all. */
  async function renewWaits(tx: Db, alg: Algorithm, now: number): Promise<void> {
    for (const key of await store.lives(tx))
      if (key.alg === alg && key.state === 'retiring') await store.retireLater(tx, key.kid, new Date(now))
  }

  async function retireIn(tx: Db, kid: string, by: Asked, now: number): Promise<void> {
    await store.retire(tx, kid, new Date(now))
    const detail = { kid, why: by.why, ...(by.emergency && { emergency: true }) }
    await audit.append(tx, { type: 'key.retired', actor: by.actor, detail })
  }

  /** Nobody asks for its algorithm any more: it signs no more, and no other follows it. */
  async function withdrawIn(
    tx: Db,
    { kid, alg, state, firstSignsAt }: store.KeyLife,
    by: By,
    now: number,
  ): Promise<void> {
    await uptake.endApart(tx, kid)
    if (state === 'signing') await store.replace(tx, alg, new Date(now))
    else if (firstSignsAt) await store.retireAnnounced(tx, kid, new Date(now))
    else await store.remove(tx, kid, new Date(now), false)
    await audit.append(tx, { type: 'key.withdrawn', actor: by.actor, detail: { kid, alg, why: by.why } })
  }

  async function revokeIn(tx: Db, kid: string, successor: string | undefined, by: By, now: number): Promise<void> {
    await uptake.forgetKey(tx, kid)
    await store.remove(tx, kid, new Date(now), true)
    await audit.append(tx, { type: 'key.revoked', actor: by.actor, detail: { kid, successor, why: by.why } })
  }

  async function removeIn(tx: Db, kid: string, by: By, now: number): Promise<void> {
    await uptake.forgetKey(tx, kid)
    await store.remove(tx, kid, new Date(now), false)
    await audit.append(tx, { type: 'key.removed', actor: by.actor, detail: { kid, why: by.why } })
  }

  async function takeBackIn(
    tx: Db,
    alg: Algorithm,
    { client, from, to }: WentBack,
    by: By,
    now: number,
  ): Promise<void> {
    await uptake.setApart(tx, { client, alg, kid: to, since: new Date(now), because: 'back', awayFrom: from })
    const detail = { kid: from, to, why: by.why }
    await audit.append(tx, { type: 'key.went-back', actor: by.actor, client: clientId(client), detail })
  }

  /** After the commit, and once more whenever the schedule looks: a crash in between must not leave one behind. */
  async function destroyRemoved(db: Db): Promise<void> {
    const gone = new Set((await store.lives(db)).filter(({ state }) => state === 'removed').map(({ kid }) => kid))
    for (const vault of vaults) for (const { kid } of await vault.held()) if (gone.has(kid)) await vault.destroy(kid)
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

  return {
    announceIn,
    promoteIn,
    promoteForSome,
    retireIn,
    withdrawIn,
    revokeIn,
    removeIn,
    takeBackIn,
    succeed,
    destroyRemoved,
  }
}
