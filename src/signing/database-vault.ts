import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import { makeKeyPair, signerOf } from './key-pair.ts'
import type { Vault } from './vault.ts'
import * as store from './vault-store.ts'

// Private keys as rows, sealed under a key that compose hands over: every node has a new one the moment it is committed,
// and a copy of the database without the master key signs nothing.

export interface Needs {
  readonly db: Db
  readonly sealer: Sealer
  readonly clock: Clock
}

export const privateBinding = (kid: string): string => cell('signing_private', 'sealed', kid)

export function openDatabaseVault({ db, sealer, clock }: Needs): Vault {
  return {
    name: 'database',
    lacks: async () => undefined,
    async create(alg) {
      const { kid, publicJwk, der } = await makeKeyPair(alg)
      await store.put(db, alg, { kid, publicJwk, sealed: sealer.seal(der, privateBinding(kid)) }, new Date(clock.now()))
      return { kid, publicJwk }
    },
    held: () => store.held(db),
    async signer(kid) {
      const sealed = await store.find(db, kid)
      return sealed && signerOf(sealer.open(sealed, privateBinding(kid)), kid)
    },
    destroy: (kid) => store.remove(db, kid),
  }
}
