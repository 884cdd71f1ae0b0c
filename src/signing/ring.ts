import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { Problem } from '../identity/trouble.ts'
import type { Clock, pause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import * as store from './store.ts'
import type { Algorithm, PublicJwk, Sign, Vault } from './vault.ts'

// The key ring: which keys this service signs with, has announced, and still vouches for. Owns the keys' states in the
// database and this node's copy of them; does not own private keys (a vault does) nor what is signed (oidc says that).
// Called by oidc, by the operator's command and by the demo's start. A key goes announced → signing → retiring → retired:
// announced before it signs, so that agencies have fetched it; retiring after, so that what it signed still verifies.

export type KeyState = store.KeyRow['state']

export interface RingKey {
  readonly kid: string
  readonly alg: Algorithm
  readonly state: KeyState
  readonly publicJwk: PublicJwk
  /** JWS signature; absent when the private key is not to be used, or this node can't. */
  readonly sign?: Sign
}

export interface PublishedKey extends PublicJwk {
  readonly kid: string
  readonly alg: Algorithm
  readonly use: 'sig'
}

export interface Ring {
  /** The one that signs first, then retiring, announced, retired. */
  keys(): readonly RingKey[]
  /** What agencies are shown (RFC 7517 §5): everything but the retired. */
  jwks(): { readonly keys: readonly PublishedKey[] }
  /** Brings this node's copy up to what was committed before the call. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`, so that all nodes follow within five. */
  watch(): Promise<void>
  /** Called after the copy has changed; answers how to stop. */
  onChange(listener: () => void): () => void
  /** Tries the signing key. @throws Problem PRT-5003 when nothing can be signed now. */
  check(): Promise<void>
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
}

/** How long a successful trial signature counts, in milliseconds: /token asks before every grant. */
const TRIED = 1_000
const ORDER: readonly KeyState[] = ['signing', 'retiring', 'announced', 'retired']

export function openRing({ db, vaults, audit, clock, onFault, pause }: Needs): Ring {
  let copy: readonly RingKey[] = []
  let seen = ''
  let tried = Number.NEGATIVE_INFINITY
  const listeners = new Set<() => void>()

  async function load(): Promise<void> {
    const found = await store.all(db)
    const keys = await Promise.all(found.map(withSigner))
    const now = JSON.stringify(keys.map(({ kid, state, sign }) => [kid, state, sign !== undefined]))
    if (now === seen) return
    copy = keys.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
    seen = now
    tried = Number.NEGATIVE_INFINITY
    for (const listener of listeners) listener()
  }

  async function withSigner({ kid, alg, state, publicJwk, vault: holder }: store.KeyRow): Promise<RingKey> {
    const key = { kid, alg, state, publicJwk }
    const vault = vaults.find(({ name }) => name === holder)
    if (state !== 'signing' || !vault) return key
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
      const [newest] = await vault.held()
      if (newest) return { vault, ...newest }
    }
    return undefined
  }

  const follower = openFollower({ load, onFault, pause })

  return {
    keys: () => copy,
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
    async check() {
      if (clock.now() - tried < TRIED && clock.now() >= tried) return
      const sign = copy.find(({ state }) => state === 'signing')?.sign
      if (!sign) throw new Problem('PRT-5003')
      try {
        await sign(Buffer.from('pratu: may I sign?'))
      } catch (cause) {
        throw new Problem('PRT-5003', { cause })
      }
      tried = clock.now()
    },
    enterFirstKey: (db, actor, make) =>
      transaction(db, async (tx) => {
        await store.lock(tx)
        if ((await store.all(tx)).length > 0) return undefined
        const first =
          (await firstHeld()) ?? (make ? { vault: vaults[0], ...(await vaults[0].create('ES256')) } : undefined)
        if (!first) return undefined
        const { kid, publicJwk, vault } = first
        await store.insertSigning(tx, { kid, alg: 'ES256', publicJwk, vault: vault.name, at: new Date(clock.now()) })
        await audit.append(tx, { type: 'key.created', actor, detail: { kid, alg: 'ES256', vault: vault.name } })
        return kid
      }),
    close: follower.close,
  }
}
