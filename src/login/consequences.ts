import type { EventName } from '../disclosure/agreements.ts'
import type { Actor } from '../identity/actor.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { MeansKind } from '../persons/means.ts'
import type { Persons } from '../persons/person.ts'
import { forgetHappened, type RegisterEvent, takeHappened } from '../persons/register-events.ts'
import { type Db, transaction } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import type { LiveSession, LiveSessions, Why } from '../sessions/live.ts'
import { standingOf } from './standing.ts'

// What follows from a change in the register. Whether somebody is let in is asked of the register in every request, so nobody
// waits for this; here the sessions end that must, their agencies hear of it, and agencies that agreed to it are told of
// the change. Any node, each change once: with its consequences it is done, or not at all.

/** What is to be told of it, to whom it may be (oidc/security-events.ts). */
export interface Told {
  readonly event: EventName
  readonly person: PersonKey
  /** Epoch milliseconds. */
  readonly at: number
  readonly means?: MeansKind
}

export interface Consequences {
  /** Acts upon all that has happened. @returns how much that was. */
  look(): Promise<number>
  /** Something has happened: looks soon. */
  heard(): void
  /** Looks now, and every two seconds until `close`. */
  watch(): Promise<void>
  close(): Promise<void>
}

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'get' | 'endSignInsBefore'>
  readonly sessions: Pick<LiveSessions, 'listOf' | 'endAll'>
  /** On record with `tx`. */
  tell(tx: Db, told: readonly Told[]): Promise<void>
  onFault(error: unknown): void
}

const AT_ONCE = 500
const BY: Actor = { kind: 'service', part: 'register' }

/** Words in an `amr` that come of each; of the others their own name alone. */
const CODES = ['totp', 'sms-code', 'code-card']

export function openConsequences({ db, persons, sessions, tell, onFault }: Needs): Consequences {
  async function look(): Promise<number> {
    for (let all = 0; ; ) {
      const done = await transaction(db, some)
      all += done
      if (done < AT_ONCE) return all
    }
  }

  async function some(tx: Db): Promise<number> {
    const events = await takeHappened(tx, AT_ONCE)
    if (events.length === 0) return 0
    const over = events.filter(endsAll)
    if (over.length > 0) await persons.endSignInsBefore(tx, over)
    for (const event of events) await endSessions(tx, event)
    const told: Told[] = []
    for (const event of events) told.push(...(await tellings(tx, event)))
    if (told.length > 0) await tell(tx, told)
    await forgetHappened(tx, events)
    return events.length
  }

  async function endSessions(tx: Db, event: RegisterEvent): Promise<void> {
    const ending = endingOf(event)
    if (!ending) return
    const hit = (await sessions.listOf(tx, event.person)).filter(ending.those)
    if (hit.length === 0) return
    await sessions.endAll(
      tx,
      hit.map(({ ref }) => ref),
      ending.why,
      BY,
    )
  }

  async function tellings(tx: Db, event: RegisterEvent): Promise<readonly Told[]> {
    const { person, at } = event
    const say = (name: EventName): Told => ({ event: name, person, at })
    switch (event.what) {
      case 'name':
        return [say('name-changed')]
      case 'codes':
        return [say('code-changed')]
      case 'means':
        return [{ ...say('means-revoked'), means: event.was }]
      case 'locked':
        return [say('disabled')]
      case 'unlocked':
        return (await mayEnter(tx, person)) ? [say('enabled')] : []
      case 'status': {
        const { was, now } = event
        if (now === 'deceased') return [say('deceased')]
        if (!standingOf({ status: now }).mayEnter) return [say('disabled')]
        const back = !standingOf({ status: was }).mayEnter && (await mayEnter(tx, person))
        return [...(back ? [say('enabled')] : []), ...(now === 'emigrated' ? [say('emigrated')] : [])]
      }
      default:
        return []
    }
  }

  async function mayEnter(tx: Db, key: PersonKey): Promise<boolean> {
    const person = await persons.get(tx, key)
    return person !== undefined && standingOf(person).mayEnter
  }

  const follower = openFollower({ load: async () => void (await look()), onFault })
  return {
    look,
    heard: () => void follower.refresh().catch(onFault),
    watch: follower.watch,
    close: follower.close,
  }
}

/** Whether nothing from before counts any more, even when the person is let in again. */
const endsAll = (event: RegisterEvent): boolean =>
  event.what === 'locked' || (event.what === 'status' && !standingOf({ status: event.now }).mayEnter)

interface Ending {
  readonly why: Why
  those(session: LiveSession): boolean
}

function endingOf(event: RegisterEvent): Ending | undefined {
  const earlier = ({ startedAt }: LiveSession): boolean => startedAt.getTime() <= event.at
  if (endsAll(event)) return { why: event.what === 'locked' ? 'operator' : 'person-status', those: earlier }
  // Theirs that caused it goes on.
  if (event.what === 'ended') return { why: 'means-revoked', those: ({ startedAt }) => startedAt.getTime() < event.at }
  if (event.what !== 'means' && event.what !== 'blocked') return undefined
  return { why: 'means-revoked', those: (session) => earlier(session) && cameBy(session.amr, event.was) }
}

/** Cards and telephones have PINs of their own, which are none of ours. */
const cameBy = (amr: readonly string[], means: MeansKind): boolean =>
  amr.includes(means) && (means !== 'pin' || amr.some((word) => CODES.includes(word)))
