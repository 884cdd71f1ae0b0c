import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { type ClientId, clientId, METHOD_IDS, type MethodId } from '../identity/identifiers.ts'
import type { Words } from '../identity/language.ts'
import type { Clock, pause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import * as store from './switches-store.ts'

// Ways of signing in that an operator has switched off, for every agency or for one: on every node within seconds, without
// a restart, in sign-ins that are under way too. Owns the switches and this node's copy of them. Asked by the flow at each
// step and once more before it lets anybody in; written by the operator's command. What a means is worth doesn't change
// with it: who is in stays in.

export interface Switch {
  readonly method: MethodId
  /** Absent: for every agency. */
  readonly client?: ClientId
  /** The operator's words to the people who come with it. */
  readonly reason?: Words
  /** Epoch milliseconds. */
  readonly madeAt: number
}

export interface By {
  readonly actor: Actor
  readonly why: string
}

export interface Switches {
  /**
   * From this node's copy, at most a poll behind the database; for the agency itself before the one for all. Without an
   * agency only the one for all.
   */
  off(method: MethodId, client?: ClientId): Switch | undefined
  /** Brings the copy up to what was committed before the call. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`. */
  watch(): Promise<void>
  close(): Promise<void>
  /** With its audit entry; one that is off already gets the new reason. */
  switchOff(db: Db, wish: Omit<Switch, 'madeAt'>, by: By): Promise<void>
  /** With its audit entry. False: it was not off there. */
  switchOn(db: Db, wish: Pick<Switch, 'method' | 'client'>, by: By): Promise<boolean>
  /** As the database has them. */
  list(db: Db): Promise<Switch[]>
}

export interface Needs {
  readonly db: Db
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  /** A poll failed: the copy stays as it was and the next one tries again. */
  readonly onFault?: ((fault: unknown) => void) | undefined
  readonly pause?: typeof pause | undefined
}

export function openSwitches({ db, audit, clock, onFault, pause }: Needs): Switches {
  let copy: readonly Switch[] = []

  const list = async (on: Db): Promise<Switch[]> => (await store.all(on)).flatMap(asSwitch)

  const follower = openFollower({
    async load() {
      copy = await list(db)
    },
    onFault,
    pause,
  })

  return {
    off(method, client) {
      if (copy.length === 0) return undefined
      const here = copy.filter((one) => one.method === method)
      const general = here.find((one) => one.client === undefined)
      return client === undefined ? general : (here.find((one) => one.client === client) ?? general)
    },
    refresh: follower.refresh,
    watch: follower.watch,
    close: follower.close,
    switchOff: (on, { method, client, reason }, { actor, why }) =>
      transaction(on, async (tx) => {
        const made_at = new Date(clock.now())
        await store.put(tx, { method, client: client ?? null, reason: reason ?? null, made_at })
        const detail = { method, why, ...(reason && { reason: { ...reason } }) }
        await audit.append(tx, { type: 'method.switched-off', actor, ...(client && { client }), detail })
      }),
    switchOn: (on, { method, client }, { actor, why }) =>
      transaction(on, async (tx) => {
        if (!(await store.remove(tx, method, client ?? null))) return false
        await audit.append(tx, {
          type: 'method.switched-on',
          actor,
          ...(client && { client }),
          detail: { method, why },
        })
        return true
      }),
    list,
  }
}

/** One of a newer version's methods means nothing here. */
function asSwitch({ method: id, client, reason, made_at }: store.SwitchRow): Switch[] {
  const method = METHOD_IDS.find((known) => known === id)
  if (!method) return []
  const rest = { ...(client !== null && { client: clientId(client) }), ...(reason && { reason }) }
  return [{ method, ...rest, madeAt: made_at.getTime() }]
}
