import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { pause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import type { Random } from '../platform/random.ts'
import type { Party } from '../signing/rotation.ts'
import { isAlgorithm } from '../signing/vault.ts'
import { ID_TOKEN_ALGORITHMS } from './metadata.ts'
import { fromRow, openRegister, type Register } from './register.ts'
import type { Client } from './relying-party.ts'
import * as store from './store.ts'

// The relying parties: who may send people here, and with which addresses, keys and secret. Owns their register and this
// node's copy of it; does not own what they may learn (disclosure) nor how the protocol library sees them (oidc). Called
// by oidc for every request, by disclosure's import, and by the operator's command.

export interface Clients {
  /** From this node's copy, at most a poll behind the database; disabled ones too. */
  find(id: string): Client | undefined
  /** All of this node's copy, as for `find`. */
  known(): readonly Client[]
  /** Brings the copy up to what was committed before the call. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`, so that a change is in force on every node within five. */
  watch(): Promise<void>
  /** As the database has them, by agency and id. */
  list(db: Db): Promise<Client[]>
  /** With which algorithm each wants its tokens signed; disabled ones too. Without the weight of whole registrations. */
  algorithms(db: Db): Promise<readonly Party[]>
  /** Opens the register for writing within `db`'s transaction; other writers wait for its end. */
  edit(db: Db): Promise<Register>
  /** With its audit entry. `unknown`: no such client; `same`: nothing to do. */
  setDisabled(db: Db, id: string, disabled: boolean, actor: Actor): Promise<'changed' | 'same' | 'unknown'>
  close(): Promise<void>
}

export interface Needs {
  readonly db: Db
  /** Relying parties of our own: found like the others, in nobody's register. */
  readonly builtIn?: readonly Client[]
  readonly audit: AuditLog
  readonly random: Random
  /** Called with every client that is about to become known, so that whoever keeps something beside it has it first. */
  readonly prepare?: (db: Db, clients: readonly Client[]) => Promise<void>
  /** A poll failed: the copy stays as it was and the next poll tries again. */
  readonly onFault?: (fault: unknown) => void
  readonly pause?: typeof pause
}

export function openClients({ db, builtIn = [], audit, random, prepare, onFault, pause }: Needs): Clients {
  const copy = new Map<string, Client>(builtIn.map((client) => [client.id, client]))
  let seen = 0n

  async function load(): Promise<void> {
    const changed = (await store.changedSince(db, seen)).map(fromRow)
    if (changed.length === 0) return
    await prepare?.(db, changed)
    for (const client of changed) {
      copy.set(client.id, client)
      seen = client.version
    }
  }

  const follower = openFollower({ load, onFault, pause })

  return {
    find: (id) => copy.get(id),
    known: () => [...copy.values()],
    refresh: follower.refresh,
    watch: follower.watch,
    algorithms: async (db) =>
      (await store.algorithms(db)).map(({ client, agency, alg }) => ({
        client,
        agency,
        alg: isAlgorithm(alg) ? alg : ID_TOKEN_ALGORITHMS[0],
      })),
    list: async (db) => (await store.all(db)).map(fromRow),
    edit: (db) => openRegister(db, random),
    setDisabled: (db, id, disabled, actor) =>
      transaction(db, async (tx) => {
        const register = await openRegister(tx, random)
        const before = register.clients.get(id)
        if (before === undefined) return 'unknown'
        if (before.disabled === disabled) return 'same'
        await register.setDisabled(id, disabled)
        await audit.append(tx, { type: disabled ? 'client.disabled' : 'client.enabled', actor, client: before.id })
        return 'changed'
      }),
    close: follower.close,
  }
}
