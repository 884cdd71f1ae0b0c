import { hash } from 'node:crypto'
import type { Entry } from '../audit/entry.ts'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { type Assurance, isAssurance } from '../identity/assurance.ts'
import {
  type ClientId,
  clientId,
  type PersonKey,
  personKey,
  type SessionRef,
  sessionRef,
} from '../identity/identifiers.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import * as store from './live-store.ts'

// Which sessions there are: whose, since when, on what kind of device, at which agencies. Owns the list and the end of what
// stands on it: the end, the notices to its agencies and the audit entry commit together, here, before the sessions
// store lets the session go (closing.ts), so that no crash between the two leaves an agency untold. Whether a session
// lives is the sessions store's to say: the list is written when an agency gets a code, and lags behind in between.

/** Why a session ended. */
export const WHYS = [
  /** The person signed out. */
  'signed-out',
  /** Unused for too long. */
  'idle',
  /** So long ago begun that it ends in any case. */
  'absolute',
  /** The operator's word. */
  'operator',
  /** The person may not sign in any more. */
  'person-status',
  /** The means that it was begun with counts no more. */
  'means-revoked',
  /** From a list of their sessions, by the person. */
  'citizen',
  /** Somebody else signed in in the same browser. */
  'replaced',
] as const
export type Why = (typeof WHYS)[number]

export interface Party {
  readonly client: ClientId
  /** What the agency knows the session by. */
  readonly sid?: string
}

export interface LiveSession {
  readonly ref: SessionRef
  readonly person: PersonKey
  readonly acr: Assurance
  readonly amr: readonly string[]
  /** "Firefox · Android"; empty where nothing can be told. */
  readonly device: string
  readonly startedAt: Date
  /** When it was last used, as far as the list knows. */
  readonly seenAt: Date
  /** When it ends unless it is used, as far as the list knows. */
  readonly idleEndsAt: Date
  readonly endsAt: Date
  /** In the order of their first visits. */
  readonly parties: readonly (Party & { readonly firstAt: Date; readonly lastAt: Date })[]
}

/** A session as it is now, for the list. */
export interface Seen {
  readonly uid: string
  readonly person: PersonKey
  readonly acr: Assurance
  readonly amr: readonly string[]
  readonly device: string
  /** Epoch milliseconds. */
  readonly idleEndsAt: number
  readonly endsAt: number
  /** The agency that it is used at. */
  readonly party?: Party
}

/** That a session has ended at an agency, or that the person has left it there. */
export interface Notice extends Party {
  readonly person: PersonKey
  readonly session: SessionRef
  /** `left`: only there. */
  readonly why: Why | 'left'
}

export interface Ending {
  /** What the sessions store knows of one that was begun before there was a list: it is ended and told all the same. */
  readonly known?: { readonly person: PersonKey; readonly parties: readonly Party[] }
  /** Whoever asks lets the sessions store know, and then says `settled`; otherwise the nodes hear of it. */
  readonly settles?: true
}

export interface LiveSessions {
  /** The session is on the list when this resolves, together with the entries, in one statement. */
  note(db: Db, seen: Seen, ...entries: readonly Entry[]): Promise<void>
  /** The same of one that begins with its first agency, as parts of the statement that lets its person in. */
  begin(seen: Seen & { readonly party: Party }, entry: Entry): readonly Part[]

  /** Latest used first. */
  listOf(db: Db, person: PersonKey): Promise<LiveSession[]>
  /** So many at most, in the order of their refs, those behind `after`. */
  listAt(
    db: Db,
    client: ClientId,
    page?: { readonly after?: SessionRef; readonly most?: number },
  ): Promise<LiveSession[]>
  find(db: Db, ref: SessionRef): Promise<LiveSession | undefined>
  /** Where it is, or until an hour ago was used. */
  partiesOf(db: Db, ref: SessionRef): Promise<readonly Party[]>

  /**
   * Ends it, with the notices to its agencies and an audit entry, all or nothing; on every node once `db`'s transaction has
   * committed, within moments. `gone`: it had ended before, or there never was one.
   */
  end(db: Db, ref: SessionRef, why: Why, by: Actor, how?: Ending): Promise<'ended' | 'gone'>
  /** @returns those that it ended. */
  endAll(db: Db, refs: readonly SessionRef[], why: Why, by: Actor): Promise<readonly SessionRef[]>
  endAllOf(db: Db, person: PersonKey, why: Why, by: Actor): Promise<readonly SessionRef[]>
  /** The person leaves one agency, which is told, and keeps the others. */
  leave(db: Db, ref: SessionRef, person: PersonKey, party: Party): Promise<void>
  /** One that has just begun and came to nothing: off the list without a word to anybody, as if it had never been. */
  unlist(db: Db, uid: string): Promise<void>

  /** Ended here, and not yet in the sessions store. */
  unsettled(db: Db): Promise<readonly { readonly ref: SessionRef; readonly uid: string; readonly why: Why }[]>
  settled(db: Db, refs: readonly SessionRef[]): Promise<void>
  /** Past their last known end; `absolute`: use would not have put it off. */
  due(db: Db): Promise<readonly { readonly ref: SessionRef; readonly uid: string; readonly absolute: boolean }[]>
  /** It was used meanwhile. Epoch milliseconds. */
  prolong(db: Db, ref: SessionRef, life: { readonly idleEndsAt: number; readonly endsAt: number }): Promise<void>
  purge(db: Db): Promise<void>
}

export interface Needs {
  readonly audit: Pick<AuditLog, 'append' | 'parts'>
  readonly clock: Clock
  /** Under the key of the sessions, as all that is kept of them. */
  readonly sealer: Sealer
  /** Puts on record, with `tx`, that these agencies are to be told; what of it concerns nobody is left out. */
  tell(tx: Db, notices: readonly Notice[]): Promise<unknown>
  /** The sessions have ended in every respect: now they may be told. */
  ended(db: Db, refs: readonly SessionRef[]): Promise<void>
}

/** Of what was ended: for the page that says which agency has confirmed it. */
const KEPT = 3_600_000
/** At once, so that no look takes long. */
const BATCH = 100
const PAGE = 1_000

/**
 * Names a session to people. From its uid, which is random, so that whoever holds the session knows its name without
 * asking; a hash, so that the name leads nowhere. (RFC 9562 §5.8, version 8.)
 */
export function refOf(uid: string): SessionRef {
  const bytes = hash('sha256', `session ref\n${uid}`, 'buffer').subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return sessionRef(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`)
}

export const uidBinding = (ref: string): string => cell('live_session', 'uid', ref)
const FIRST = sessionRef('00000000-0000-0000-0000-000000000000')

export function openLiveSessions({ audit, clock, sealer, tell, ended: release }: Needs): LiveSessions {
  const now = () => new Date(clock.now())

  /** What can't be opened any more (its key is gone) lives in no store either: found under a name that none has. */
  const uidOf = ({ ref, uid }: store.Known): string => {
    try {
      return sealer.open(uid, uidBinding(ref)).toString()
    } catch {
      return `lost ${ref}`
    }
  }

  async function endAll(
    tx: Db,
    refs: readonly SessionRef[],
    why: Why,
    by: Actor,
    settles?: true,
  ): Promise<SessionRef[]> {
    if (refs.length === 0) return []
    const over = await store.end(tx, refs, why, now())
    if (over.length === 0) return []
    const ended = over.map(({ ref }) => sessionRef(ref))
    const parties = await store.partiesOf(tx, ended)
    const [first, ...others] = over.map(({ ref, person }) => ({
      session: sessionRef(ref),
      person: personKey(person),
      parties: parties.filter((party) => party.ref === ref).map(asParty),
    }))
    await record(tx, why, by, first!, ...others)
    if (!settles) await store.wake(tx)
    return ended
  }

  interface Over {
    readonly session: SessionRef
    readonly person: PersonKey
    readonly parties: readonly Party[]
  }

  async function record(tx: Db, why: Why, by: Actor, ...over: readonly [Over, ...Over[]]): Promise<void> {
    const notices = over.flatMap(({ session, person, parties }) =>
      parties.map((party): Notice => ({ ...party, session, person, why })),
    )
    await tell(tx, notices)
    const [first, ...others] = over.map(
      ({ session, person, parties }): Entry => ({
        type: 'session.ended',
        actor: by,
        person,
        detail: { session, why, clients: parties.map(({ client }) => client) },
      }),
    )
    await audit.append(tx, first!, ...others)
  }

  function rowOf({ uid, person, acr, amr, device, idleEndsAt, endsAt }: Seen): store.Row {
    const ref = refOf(uid)
    return {
      ...{ ref, uid: sealer.seal(uid, uidBinding(ref)), person, acr, amr: amr.join(' '), device },
      ...{ now: now(), idleEndsAt: new Date(idleEndsAt), endsAt: new Date(endsAt) },
    }
  }
  const rowAt = ({ client, sid }: Party): store.PartyRow => ({ client, sid: sid ?? null })

  return {
    async note(db, seen, ...entries) {
      await store.note(
        db,
        rowOf(seen),
        seen.party && rowAt(seen.party),
        entries.flatMap((entry) => audit.parts(entry)),
      )
    },
    begin: (seen, entry) => [...audit.parts(entry), ...store.parts(rowOf(seen), rowAt(seen.party))],

    listOf: async (db, person) => (await store.ofPerson(db, person, PAGE)).map(asLive),
    listAt: async (db, client, { after = FIRST, most = PAGE } = {}) =>
      (await store.atClient(db, client, after, most)).map(asLive),
    async find(db, ref) {
      const [found] = await store.one(db, ref)
      return found && asLive(found)
    },

    partiesOf: async (db, ref) => (await store.partiesOf(db, [ref])).map(asParty),

    end: (db, ref, why, by, { known, settles } = {}) =>
      transaction(db, async (tx) => {
        if ((await endAll(tx, [ref], why, by, settles)).length > 0) return 'ended'
        if (!known || (await store.exists(tx, ref))) return 'gone'
        await record(tx, why, by, { session: ref, ...known })
        return 'ended'
      }),
    endAll: (db, refs, why, by) => transaction(db, (tx) => endAll(tx, refs, why, by)),
    endAllOf: (db, person, why, by) =>
      transaction(db, async (tx) => {
        const refs = (await store.refsOf(tx, person)).map(({ ref }) => sessionRef(ref))
        return endAll(tx, refs, why, by)
      }),
    leave: (db, session, person, party) =>
      transaction(db, async (tx) => {
        await store.leave(tx, session, party.client)
        await tell(tx, [{ ...party, session, person, why: 'left' }])
        const { client } = party
        const actor = { kind: 'citizen', person } as const
        await audit.append(tx, { type: 'session.left', actor, person, client, detail: { session } })
      }),
    unlist: (db, uid) => store.unlist(db, refOf(uid)),

    unsettled: async (db) =>
      (await store.unsettled(db, BATCH)).map(({ why, ...known }) => ({
        ref: sessionRef(known.ref),
        uid: uidOf(known),
        why: why as Why,
      })),
    async settled(db, refs) {
      await store.settled(db, refs)
      await release(db, refs)
    },
    async due(db) {
      const found = await store.due(db, now(), BATCH)
      return found.map(({ absolute, ...known }) => ({ ref: sessionRef(known.ref), uid: uidOf(known), absolute }))
    },
    prolong: (db, ref, { idleEndsAt, endsAt }) => store.prolong(db, ref, new Date(idleEndsAt), new Date(endsAt)),
    purge: (db) => store.purge(db, new Date(clock.now() - KEPT)),
  }
}

const asParty = ({ client, sid }: store.PartyRow): Party => ({ client: clientId(client), ...(sid !== null && { sid }) })

const asLive = (found: store.Found): LiveSession => ({
  ref: sessionRef(found.ref),
  person: personKey(found.person),
  acr: isAssurance(found.acr) ? found.acr : 'low',
  amr: found.amr.split(' ').filter(Boolean),
  device: found.device,
  startedAt: found.started_at,
  seenAt: found.seen_at,
  idleEndsAt: found.idle_ends_at,
  endsAt: found.ends_at,
  parties: found.parties.map((party) => ({
    ...asParty(party),
    firstAt: new Date(party.first_at),
    lastAt: new Date(party.last_at),
  })),
})
