import { hash } from 'node:crypto'
import { canonicalJson } from '../formats/canonical-json.ts'
import type { Json } from '../identity/json.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import type { Entry } from './entry.ts'
import { shownBinding } from './own-history.ts'
import { shownOf } from './shown.ts'
import * as store from './store.ts'

// The audit chapter: what was done, by whom, provably. Owns the entry, its salted commitment and the reading of it;
// does not own what is worth recording (each chapter says that) nor the tree and its witnesses, which build on the
// commitments. What of an entry its person may see on their own page (shown.ts) is written beside it, by the same statement,
// with a retention of its own (own-history.ts). Every act of login, oidc, persons, clients, disclosure and the operator's command calls `append` with the
// transaction of the act itself: no row, no act.

export interface AuditLog {
  /**
   * Commits with `db`'s transaction; alone it is durable when the promise resolves. Several at once are written by one
   * statement, all or none.
   */
  append(db: Db, entry: Entry, ...more: readonly Entry[]): Promise<void>
  /** The same as parts of the act's own statement. */
  parts(entry: Entry): readonly Part[]
}

export interface Needs {
  readonly sealer: Sealer
  readonly clock: Clock
  readonly random: Random
}

const DOMAIN = Buffer.from('idp-audit-v1')

/** SHA-256 over the domain, a 256-bit salt and the canonical event (security bar §5.2): hides until both are shown. */
export function commitmentOf(salt: Uint8Array, canonical: string): Buffer {
  return hash('sha256', Buffer.concat([DOMAIN, salt, Buffer.from(canonical)]), 'buffer')
}

export const payloadBinding = (event: string): string => cell('audit_event', 'payload', event)

export function openAuditLog({ sealer, clock, random }: Needs): AuditLog {
  function rowOf(entry: Entry): store.NewRow {
    const event = random.uuid()
    const at = new Date(clock.now())
    const canonical = canonicalJson(bodyOf(event, at, entry))
    const salt = random.bytes(32)
    const shown = shownOf(entry)
    return {
      event,
      at,
      type: entry.type,
      person: entry.person ?? null,
      client: entry.client ?? null,
      request: entry.request ?? null,
      payload: sealer.seal(canonical, payloadBinding(event)),
      salt,
      commitment: commitmentOf(salt, canonical),
      ...(shown && {
        shown: sealer.seal(JSON.stringify(shown), shownBinding(event)),
        shownFrom: entry.shownFrom === undefined ? null : new Date(entry.shownFrom),
      }),
    }
  }

  return {
    parts: (entry) => store.insertions(rowOf(entry)),
    append: (db, ...entries) => store.insert(db, entries.map(rowOf)),
  }
}

function bodyOf(event: string, at: Date, entry: Entry): Json {
  // In the order that canonical JSON has, so that it needs no other.
  return {
    actor: entry.actor,
    at: at.toISOString(),
    client: entry.client,
    detail: entry.detail,
    event,
    person: entry.person,
    request: entry.request,
    type: entry.type,
  }
}
