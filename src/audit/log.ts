import { hash } from 'node:crypto'
import { canonicalJson } from '../formats/canonical-json.ts'
import type { Json } from '../identity/json.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import { type Entry, UNSIGNED } from './entry.ts'
import { shownBinding } from './own-history.ts'
import { shownOf } from './shown.ts'
import { ActRefused, actText, argumentsDigest, isSigned, type OperatorKeys, type Signer } from './signature.ts'
import * as store from './store.ts'

// The audit chapter: what was done, by whom, provably. Owns the entry, its salted commitment and the reading of it;
// does not own what is worth recording (each chapter says that) nor the tree and its witnesses, which build on the
// commitments. What of an entry its person may see on their own page (shown.ts) is written beside it, by the same statement,
// with a retention of its own (own-history.ts). Every act of login, oidc, persons, clients, disclosure and the operator's command calls `append` with the
// transaction of the act itself: no row, no act. An operator's entries are signed by their own key (signature.ts), and verified
// before the transaction can commit: no signature, no act.

export interface AuditLog {
  /**
   * Commits with `db`'s transaction; alone it is durable when the promise resolves. Several at once are written by one
   * statement, all or none.
   * @throws ActRefused for an operator's entry that isn't signed by a key in force, once there are operators.
   */
  append(db: Db, entry: Entry, ...more: readonly Entry[]): Promise<void>
  /** The same as parts of the act's own statement; not for operators, whose entries are signed. */
  parts(entry: Entry): readonly Part[]
}

export interface Needs {
  readonly sealer: Sealer
  readonly clock: Clock
  readonly random: Random
  /** Absent: a log without operators, in which nobody signs. */
  readonly operators?: { readonly keys: OperatorKeys; readonly signer?: Signer | undefined }
}

const DOMAIN = Buffer.from('idp-audit-v1')

/** SHA-256 over the domain, a 256-bit salt and the canonical event (security bar §5.2): hides until both are shown. */
export function commitmentOf(salt: Uint8Array, canonical: string): Buffer {
  return hash('sha256', Buffer.concat([DOMAIN, salt, Buffer.from(canonical)]), 'buffer')
}

export const payloadBinding = (event: string): string => cell('audit_event', 'payload', event)

export function openAuditLog({ sealer, clock, random, operators }: Needs): AuditLog {
  function rowOf(entry: Entry, signer?: Signer): store.NewRow {
    const event = random.uuid()
    const at = new Date(clock.now())
    const salt = random.bytes(32)
    const canonical = canonicalJson(bodyOf(event, at, entry, signer && signedActor(signer, salt)))
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

  /** Verified as whoever reads the log will: by the key that is on record, not by the one that is at hand. */
  async function signed(tx: Db, entry: Entry, signer: Signer, keys: OperatorKeys): Promise<store.NewRow> {
    const { name, key, roles } = signer
    if (entry.actor.kind !== 'operator') return rowOf(entry)
    if (entry.actor.name !== name) throw new Error('an operator signs for nobody else')
    const holder = await keys.holder(tx, key)
    if (holder?.name !== name) throw new ActRefused(`${name} is no operator any more. Nothing was changed.`)
    if (!roles.some((role) => holder.roles.includes(role)))
      throw new ActRefused(`${name} no longer has the role that this takes. Nothing was changed.`)
    const row = rowOf(entry, signer)
    const text = actText(row.commitment)
    const signature = await signer.sign(text)
    if (!isSigned(holder.publicKey, text, signature))
      throw new ActRefused(`The key of ${name} made a signature that does not verify. Nothing was changed.`)
    return { ...row, signer: key, signature }
  }

  async function appendOperators(tx: Db, entries: readonly Entry[], keys: OperatorKeys): Promise<void> {
    const signer = operators?.signer
    const rows: store.NewRow[] = []
    if (signer) for (const entry of entries) rows.push(await signed(tx, entry, signer, keys))
    else if (entries.some(mustBeSigned) && (await keys.any(tx)))
      throw new ActRefused('This takes an operator’s signature. Nothing was changed.')
    else rows.push(...entries.map((entry) => rowOf(entry)))
    await store.insert(tx, rows)
  }

  return {
    parts(entry) {
      if (entry.actor.kind === 'operator') throw new Error('an operator’s entry is appended, to be signed')
      return store.insertions(rowOf(entry))
    },
    append: (db, ...entries) =>
      operators && entries.some(({ actor }) => actor.kind === 'operator')
        ? transaction(db, (tx) => appendOperators(tx, entries, operators.keys))
        : store.insert(
            db,
            entries.map((entry) => rowOf(entry)),
          ),
  }
}

const mustBeSigned = ({ actor, type }: Entry): boolean => actor.kind === 'operator' && !UNSIGNED.includes(type)

const signedActor = ({ name, key, command, given }: Signer, salt: Buffer): Json => ({
  arguments: argumentsDigest(salt, canonicalJson(given)),
  command,
  key,
  kind: 'operator',
  name,
})

function bodyOf(event: string, at: Date, entry: Entry, actor: Json = entry.actor): Json {
  // In the order that canonical JSON has, so that it needs no other.
  return {
    actor,
    at: at.toISOString(),
    client: entry.client,
    detail: entry.detail,
    event,
    person: entry.person,
    request: entry.request,
    type: entry.type,
  }
}
