import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { Problem } from '../identity/trouble.ts'
import { type Clock, type pause, sinceStart } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import { algorithmOf } from './key-pair.ts'
import * as store from './store.ts'
import { type Apart, apart } from './uptake-store.ts'
import { type Algorithm, type PublicJwk, type Sign, USUAL, type Vault } from './vault.ts'

// The key ring: which keys this service signs with, has announced, and still vouches for. Owns the keys' states in the
// database and this node's copy of them; does not own private keys (a vault does) nor what is signed (oidc says that).
// Called by oidc, by the operator's command and by the demo's start. A key goes announced → signing → retiring → retired:
// announced before it signs, so that agencies have fetched it; retiring after, so that what it signed still verifies. Each
// algorithm that an agency asks for has a line of keys of its own.

export type KeyState = store.KeyRow['state']

export interface RingKey {
  readonly kid: string
  readonly alg: Algorithm
  readonly state: KeyState
  readonly publicJwk: PublicJwk
  /** Epoch ms: since when it signs for everybody, and until when it is watched how agencies take it up. */
  readonly signsSince?: number
  readonly watchedUntil?: number
  /** JWS signature; absent when the private key is not to be used, or this node can't. */
  readonly sign?: Sign
}

export type PublishedKey = PublicJwk & { readonly kid: string; readonly alg: Algorithm; readonly use: 'sig' }

/** Whom something is signed for. */
export interface SignedFor {
  readonly client: string
  /** As it is registered. */
  readonly alg: Algorithm
}

export interface Ring {
  /** The one that signs first, then retiring, announced, retired. */
  keys(): readonly RingKey[]
  /**
   * The key that signs for this relying party. Until the first key of its algorithm signs, one of everybody's algorithm
   * does: whoever accepts both notices nothing, and the others have been told from when on (`clients import`).
   */
  keyFor(who: SignedFor): RingKey | undefined
  /**
   * The same while it is watched how agencies take up a new key, or a new one is announced and it is to be known how they
   * fared before; with the moment from which on it signs for this one, epoch ms. Nearly always undefined.
   */
  watched(who: SignedFor): { readonly kid: string; readonly since: number } | undefined
  /** What agencies are shown (RFC 7517 §5): everything but the retired. */
  jwks(): { readonly keys: readonly PublishedKey[] }
  /** Brings this node's copy up to what was committed before the call. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`, so that all nodes follow within five. */
  watch(): Promise<void>
  /** Called after the copy has changed; answers how to stop. */
  onChange(listener: () => void): () => void
  /**
   * Tries the key that signs for `who`, else every key that signs; by a copy that is at most ten seconds old.
   * @throws Problem PRT-5003 when it can't sign now.
   */
  check(who?: SignedFor): Promise<void>
  /**
   * The very first key, which may sign at once: nobody has fetched a key set yet. The one that the vault holds
   * (`pratu keys init` made it, before there was a database), else a new one where `make` allows it.
   * Undefined when there are keys already, or none can be had.
   */
  enterFirstKey(db: Db, actor: Actor, make: boolean): Promise<string | undefined>
  close(): Promise<void>
}

export interface Needs {
  readonly db: Db
  /** The first makes new keys; all may hold some. */
  readonly vaults: readonly [Vault, ...Vault[]]
  readonly audit: AuditLog
  readonly clock: Clock
  /** A poll failed: the copy stays as it was and the next poll tries again. */
  readonly onFault?: (fault: unknown) => void
  readonly pause?: typeof pause
  /** Milliseconds that no clock's setting changes. */
  readonly passed?: () => number
}

/** How long a successful trial signature counts, in milliseconds: /token asks before every grant. */
const TRIED = 1_000
/** Five times as long as the copy can be old where the database answers. */
const CUT_OFF = 10_000
const ORDER: readonly KeyState[] = ['signing', 'retiring', 'announced', 'retired']

const nameOf = ({ alg, client }: SignedFor): string => `${alg} ${client}`

export function openRing(needs: Needs): Ring {
  const { db, vaults, audit, clock, onFault, pause, passed = sinceStart } = needs
  let copy: readonly RingKey[] = []
  /** Who is signed for by a key that isn't everybody's. */
  let own: ReadonlyMap<string, Apart> = new Map()
  let seen = ''
  const tried = new Map<string, number>()
  const listeners = new Set<() => void>()

  let loaded = Number.POSITIVE_INFINITY

  async function load(): Promise<void> {
    const asked = passed()
    const found = await store.all(db)
    const others = await apart(db)
    loaded = asked
    const signing = new Set(others.map(({ kid }) => kid))
    const keys = await Promise.all(found.map((row) => withSigner(row, signing.has(row.kid))))
    const now = JSON.stringify([keys.map(({ sign, ...key }) => [key, sign !== undefined]), others])
    if (now === seen) return
    own = new Map(others.map((one) => [nameOf(one), one]))
    copy = keys.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
    seen = now
    tried.clear()
    for (const listener of listeners) listener()
  }

  async function withSigner(row: store.KeyRow, forSome: boolean): Promise<RingKey> {
    const { kid, alg, state, publicJwk } = row
    const key = {
      ...{ kid, alg, state, publicJwk },
      ...(row.state === 'signing' && { signsSince: row.signingAt.getTime() }),
      ...(row.watchedUntil && { watchedUntil: row.watchedUntil.getTime() }),
    }
    const vault = vaults.find(({ name }) => name === row.vault)
    const signs = state === 'signing' || (forSome && state !== 'retired')
    if (!signs || !vault) return key
    const known = copy.find((other) => other.kid === kid)?.sign
    try {
      const sign = known ?? (await vault.signer(kid))
      return sign ? { ...key, sign } : key
    } catch (fault) {
      // A key that can't be opened is a fault of this node, not of the ring: the others go on.
      onFault?.(fault)
      return key
    }
  }

  async function firstHeld() {
    for (const vault of vaults) {
      const newest = (await vault.held()).find(({ publicJwk }) => algorithmOf(publicJwk) === USUAL)
      if (newest) return { vault, ...newest }
    }
    return undefined
  }

  const signing = (alg: Algorithm): RingKey | undefined =>
    copy.find((key) => key.state === 'signing' && key.alg === alg)

  function keyFor(who: SignedFor): RingKey | undefined {
    const kid = own.get(nameOf(who))?.kid
    const named = kid === undefined ? undefined : copy.find((key) => key.kid === kid && key.state !== 'retired')
    return named ?? signing(who.alg) ?? signing(USUAL)
  }

  async function tryKey(key: RingKey | undefined): Promise<void> {
    if (!key?.sign) throw new Problem('PRT-5003')
    const last = tried.get(key.kid)
    if (last !== undefined && clock.now() - last < TRIED && clock.now() >= last) return
    try {
      await key.sign(Buffer.from('pratu: may I sign?'))
    } catch (cause) {
      throw new Problem('PRT-5003', { cause })
    }
    tried.set(key.kid, clock.now())
  }

  const follower = openFollower({ load, onFault, pause })

  return {
    keys: () => copy,
    keyFor,
    watched(who) {
      const everybodys = signing(who.alg)
      if (!everybodys) return undefined
      const isWatched = clock.now() < (everybodys.watchedUntil ?? 0)
      if (!isWatched && !copy.some(({ state, alg }) => state === 'announced' && alg === who.alg)) return undefined
      const { kid } = keyFor(who)!
      const named = own.get(nameOf(who))
      return { kid, since: named?.kid === kid ? named.since.getTime() : (everybodys.signsSince ?? 0) }
    },
    jwks: () => ({
      keys: copy
        .filter(({ state }) => state !== 'retired')
        .map(({ kid, alg, publicJwk }) => ({ ...publicJwk, kid, alg, use: 'sig' as const })),
    }),
    refresh: follower.refresh,
    watch: follower.watch,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async check(who) {
      // A node that was cut off: what it would sign with may have been revoked meanwhile. Its next look is not waited for.
      if (passed() - loaded > CUT_OFF) throw new Problem('PRT-5003')
      if (who) return tryKey(keyFor(who))
      const all = copy.filter(({ state }) => state === 'signing')
      for (const key of all.length > 0 ? all : [undefined]) await tryKey(key)
    },
    enterFirstKey: (db, actor, make) =>
      transaction(db, async (tx) => {
        await store.lock(tx)
        if ((await store.all(tx)).some(({ alg }) => alg === USUAL)) return undefined
        const first =
          (await firstHeld()) ?? (make ? { vault: vaults[0], ...(await vaults[0].create(USUAL)) } : undefined)
        if (!first) return undefined
        const { kid, publicJwk, vault } = first
        await store.insertSigning(tx, { kid, alg: USUAL, publicJwk, vault: vault.name, at: new Date(clock.now()) })
        await audit.append(tx, { type: 'key.created', actor, detail: { kid, alg: USUAL, vault: vault.name } })
        return kid
      }),
    close: follower.close,
  }
}
