import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { METHOD_IDS, type MethodId, type PersonKey, personKey, type RequestId } from '../identity/identifiers.ts'
import type { Language } from '../identity/language.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { cell, type Indexer, type Sealer, standIn } from '../platform/seal.ts'
import { type Blocks, blocksOf, isBlocked, sameBlocks, wordsOf } from './blocks.ts'
import {
  blindIndexes,
  type Details,
  type Identifier,
  type Names,
  openDetails,
  openFormer,
  sealDetails,
  sealFormer,
} from './details.ts'
import type { PersonKind, PersonStatus } from './kind-and-status.ts'
import { noteHappened } from './register-events.ts'
import * as store from './store.ts'

// The persons chapter: who there is. Owns the register entry, its versions, finding it by a national code, and the
// import of whole registers; does not own how somebody proves to be that person (methods, credentials) nor who may be
// told (disclosure). Called by login with a proof, by oidc for claims, and by the operator's command. Nobody outside
// sees a person code in the database: details are sealed to their row and found through a keyed hash.

export interface Person {
  readonly key: PersonKey
  readonly kind: PersonKind
  readonly status: PersonStatus
  readonly identifiers: readonly Identifier[]
  readonly names: Names
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: as much as is known, Gregorian. */
  readonly birthDate?: string
  readonly language?: Language
  /** Counts from 1; every change of the register entry, or of what the person blocked, adds one. */
  readonly version: number
  /** The first sign-in at `high`, in epoch milliseconds. */
  readonly strongSince?: number
  /** Sign-ins from before are over, epoch milliseconds (still-trusted.ts). */
  readonly endedAt?: number
  /** An operator lets nobody in as this person, since then, epoch milliseconds. */
  readonly lockedAt?: number
  /** The ways in that they shut for themselves. */
  readonly blocks?: Blocks
}

/** One version of an entry; the newest has no `replaced`. */
export interface PersonVersion {
  readonly person: Person
  /** Epoch milliseconds. */
  readonly since: number
  readonly replaced?: {
    readonly at: number
    readonly by: Actor
    readonly reason?: string
    /** The import that brought the next version; its audit entry carries the same id. */
    readonly import?: string
  }
}

export interface Persons {
  /** The person whose code this is today; a code out of force finds nobody. `code` in canonical form. */
  find(db: Db, scheme: string, code: string): Promise<Person | undefined>
  /** As `find`, also by a code that is not in force any more or not yet: for operators. */
  findEver(db: Db, scheme: string, code: string): Promise<Person | undefined>
  /**
   * As `find`, and the means of theirs by `method` with it and whether they have set a PIN, in one statement.
   * @param decoy what comes for nobody and for who has none, so that neither can be told from anybody.
   */
  findHolding(
    db: Db,
    scheme: string,
    code: string,
    holding: { readonly method: MethodId; readonly decoy: Means },
  ): Promise<{ readonly person: Person | undefined; readonly means: Means; readonly pin: boolean }>
  get(db: Db, key: PersonKey): Promise<Person | undefined>
  /** For `atOnce`: whether the entry is still the one that was read, in all that is told of it or that others rest on. */
  unchanged(person: Person): Part
  /** @returns false when the person had that status already: nothing is written then. */
  setStatus(
    db: Db,
    key: PersonKey,
    status: PersonStatus,
    why: { readonly actor: Actor; readonly reason: string },
  ): Promise<boolean>
  /**
   * Notes the first sign-in at `high`, and that it was the first. Nobody is let in by less than they were read with for it.
   * @returns false for every later one, and for all but one of several at once.
   */
  becomeStrong(tx: Db, key: PersonKey): Promise<boolean>
  /** Sessions and tokens from before now count no more. The audit is the caller's: it knows why. */
  endSignIns(tx: Db, key: PersonKey): Promise<void>
  /** The same for those from before `at` (epoch milliseconds), by whoever acts upon what happened then. */
  endSignInsBefore(tx: Db, ended: readonly { readonly person: PersonKey; readonly at: number }[]): Promise<void>
  /** As a new version, so that sign-ins under way see it. @returns false when it was so already. */
  setLocked(
    db: Db,
    key: PersonKey,
    locked: boolean,
    why: { readonly actor: Actor; readonly reason: string },
  ): Promise<boolean>
  /** As a new version, so that sign-ins under way see it. @returns false when it was so already. */
  setBlocks(
    db: Db,
    key: PersonKey,
    blocks: Blocks | undefined,
    who: { readonly actor: Actor; readonly request?: RequestId; readonly reason?: string },
  ): Promise<boolean>
  /** Newest first. */
  history(db: Db, key: PersonKey): Promise<readonly PersonVersion[]>
  /** The language the person chose. Their own preference: no version of the entry, no audit. */
  setLanguage(db: Db, key: PersonKey, language: Language): Promise<void>
}

/** A means of signing in, sealed. */
export interface Means {
  readonly id: string
  readonly secret: Buffer
}

export interface Needs {
  readonly sealer: Sealer
  readonly indexer: Indexer
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}

export function openPersons({ sealer, indexer, audit, clock, random }: Needs): Persons {
  // Found when nobody is, so that an unknown code costs what a known one does.
  const nobody = personKey(random.uuid())
  const decoy = standIn(sealer, () => ({
    key: nobody,
    details: sealDetails(sealer, nobody, {
      identifiers: [{ scheme: 'TH', code: '0000000000000' }],
      names: { given: 'สมชาย', family: 'ใจดี', givenLatin: 'Somchai', familyLatin: 'Jaidee' },
      birthDate: '1990-01-01',
    }),
  }))

  const today = (): string => new Date(clock.now()).toISOString().slice(0, 10)

  const personOf = (row: store.EntryRow): Person => {
    const key = personKey(row.key)
    return assemble(row, openDetails(sealer, key, row.details))
  }

  const formerPerson = (key: PersonKey, row: store.VersionRow): Person =>
    assemble(row, openFormer(sealer, key, { ...row, boundHere: row.bound_here }))

  const formerOf = (key: PersonKey, { version, details }: Pick<store.EntryRow, 'version' | 'details'>): Buffer =>
    sealFormer(sealer, key, version, details)

  /**
   * Under each index that there is: one, but while the register is indexed anew. All are asked, also after one has found
   * somebody: the time must not tell.
   */
  async function search<Row extends store.EntryRow>(
    scheme: string,
    code: string,
    ask: (blind: Buffer) => Promise<Row>,
  ): Promise<Row> {
    const found: Row[] = []
    for (const blind of blindIndexes(indexer, scheme, code)) found.push(await ask(blind))
    return found.find(({ key }) => key !== nobody) ?? found[0]!
  }

  async function findEver(db: Db, scheme: string, code: string): Promise<Person | undefined> {
    const now = decoy()
    const person = personOf(await search(scheme, code, (blind) => store.findByBlindOrDecoy(db, blind, now)))
    return person.key === nobody ? undefined : person
  }

  return {
    async find(db, scheme, code) {
      const person = await findEver(db, scheme, code)
      return person && holds(person, scheme, code, today()) ? person : undefined
    },
    async findHolding(db, scheme, code, { method, decoy: means }) {
      const decoys = { ...decoy(), means }
      const row = await search(scheme, code, (blind) => store.findHolding(db, blind, method, decoys))
      const found = personOf(row)
      const person = found.key !== nobody && holds(found, scheme, code, today()) ? found : undefined
      return {
        person,
        means: person ? { id: row.means, secret: row.secret } : means,
        pin: person !== undefined && row.pin,
      }
    },
    findEver,
    unchanged: ({ key, version, endedAt, language = null }) =>
      store.unchanged({ key, version, endedAt: endedAt === undefined ? null : new Date(endedAt), language }),
    async get(db, key) {
      const row = await store.findByKey(db, key)
      return row && personOf(row)
    },
    setStatus(db, key, status, { actor, reason }) {
      return transaction(db, async (tx) => {
        const before = await store.lock(tx, key)
        if (!before) throw new Error('set status: no such person')
        if (before.status === status) return false
        const at = new Date(clock.now())
        const sealedReason = sealer.seal(reason, reasonBinding(key, before.version))
        await store.keepVersion(tx, key, { at, by: actor, reason: sealedReason, details: formerOf(key, before) })
        await store.setStatus(tx, key, status, at)
        await audit.append(tx, {
          type: 'person.status-changed',
          actor,
          person: key,
          detail: { from: before.status, to: status, reason, version: before.version + 1 },
        })
        await noteHappened(tx, key, at, { what: 'status', was: before.status, now: status })
        return true
      })
    },
    becomeStrong: (tx, key) => store.setStrongSince(tx, key, new Date(clock.now())),
    async endSignIns(tx, key) {
      const at = new Date(clock.now())
      await store.setEnded(tx, [{ person: key, at: at.getTime() }])
      await noteHappened(tx, key, at, { what: 'ended' })
    },
    endSignInsBefore: store.setEnded,
    setLocked(db, key, locked, { actor, reason }) {
      return transaction(db, async (tx) => {
        const before = await store.lock(tx, key)
        if (!before) throw new Error('set lock: no such person')
        if ((before.locked_at !== null) === locked) return false
        const at = new Date(clock.now())
        const sealedReason = sealer.seal(reason, reasonBinding(key, before.version))
        await store.keepVersion(tx, key, { at, by: actor, reason: sealedReason, details: formerOf(key, before) })
        await store.setLocked(tx, key, locked ? at : null, at)
        await audit.append(tx, {
          ...{ type: locked ? 'person.locked' : 'person.unlocked', actor, person: key },
          detail: { reason, version: before.version + 1 },
        })
        await noteHappened(tx, key, at, { what: locked ? 'locked' : 'unlocked' })
        return true
      })
    },
    setBlocks(db, key, blocks, { actor, request, reason: why }) {
      return transaction(db, async (tx) => {
        const before = await store.lock(tx, key)
        if (!before) throw new Error('set blocks: no such person')
        const former = blocksOf(before.blocked_methods, before.only_methods)
        if (sameBlocks(former, blocks)) return false
        const at = new Date(clock.now())
        const [from, to] = [wordsOf(former), wordsOf(blocks)]
        const reason = sealer.seal(why ?? `blocked methods: ${to}`, reasonBinding(key, before.version))
        await store.keepVersion(tx, key, { at, by: actor, reason, details: formerOf(key, before) })
        const only = blocks && 'only' in blocks ? blocks.only : null
        const blocked = blocks && 'blocked' in blocks ? blocks.blocked : null
        await store.setBlocks(tx, key, { blocked, only }, at)
        const about = { actor, person: key, ...(request && { request }) }
        await audit.append(tx, { ...about, type: 'person.blocks-changed', detail: { from, to, reason: why } })
        const shut = METHOD_IDS.filter((id) => isBlocked(blocks, id) && !isBlocked(former, id))
        await noteHappened(tx, key, at, ...shut.map((was) => ({ what: 'blocked', was }) as const))
        return true
      })
    },
    async history(db, key) {
      const current = await store.findWithTime(db, key)
      if (!current) return []
      const earlier = await store.versions(db, key)
      return [
        { person: personOf(current), since: current.changed_at.getTime() },
        ...earlier.map((row) => ({
          person: formerPerson(key, row),
          since: row.changed_at.getTime(),
          replaced: {
            at: row.replaced_at.getTime(),
            by: row.replaced_by,
            ...(row.reason && { reason: sealer.open(row.reason, reasonBinding(key, row.version)).toString('utf8') }),
            ...(row.import !== null && { import: row.import }),
          },
        })),
      ]
    },
    async setLanguage(db, key, language) {
      await store.setLanguage(db, key, language)
    },
  }
}

function assemble(row: store.EntryRow, { identifiers, names, birthDate }: Details): Person {
  const blocks = blocksOf(row.blocked_methods, row.only_methods)
  return {
    key: personKey(row.key),
    kind: row.kind,
    status: row.status,
    identifiers,
    names,
    ...(birthDate !== undefined && { birthDate }),
    ...(row.language !== null && { language: row.language }),
    version: row.version,
    ...(row.strong_since && { strongSince: row.strong_since.getTime() }),
    ...(row.ended_at && { endedAt: row.ended_at.getTime() }),
    ...(row.locked_at && { lockedAt: row.locked_at.getTime() }),
    ...(blocks && { blocks }),
  }
}

export const reasonBinding = (key: PersonKey, version: number): string =>
  cell('person_history', 'reason', `${key}/${version}`)

const holds = ({ identifiers }: Person, scheme: string, code: string, today: string): boolean =>
  identifiers.some((id) => id.scheme === scheme && id.code === code && inForce(id, today))

const inForce = ({ validFrom, validTo }: Identifier, today: string): boolean =>
  (validFrom === undefined || validFrom <= today) && (validTo === undefined || validTo >= today)
