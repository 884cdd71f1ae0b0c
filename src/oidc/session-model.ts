import Provider, { type Session } from 'oidc-provider'
import { atLeast, isAssurance, LEVELS } from '../identity/assurance.ts'
import { clientId, personKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Artifacts, SessionRecord } from '../sessions/artifacts.ts'
import { type Party, refOf, type Seen, type Why } from '../sessions/live.ts'
import { COARSE, INTERACTION, LATE_TABS, type SessionLimits } from './lifetimes.ts'
import type { Needs } from './needs.ts'
import { type Ctx, seenOf, visitOf } from './visit.ts'

// The library's Session on top of ours. Its own is one JSON that the last writer wins: parallel tabs lose each other's
// agencies and a tab that is finishing undoes a sign-out. Ours merges by relying party, and a sign-out ends the uid.

interface Loaded {
  readonly id: string
  readonly accountId: string | undefined
  readonly acr: string | undefined
  readonly loginTs: number | undefined
  readonly parties: readonly string[]
}

/** What the library's sessions are besides their types. */
type Model = Session & { id: string; oldId?: string; touched?: boolean; destroyed?: boolean; [LOADED]?: Loaded }

interface Body {
  readonly accountId: string
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  readonly loginTs: number
  readonly iat: number
  readonly exp: number
}

const LOADED = Symbol('loaded')
type Parts = Pick<Needs, 'artifacts' | 'clock' | 'db' | 'live'> & { readonly limits: SessionLimits }

/** The cookie's value. */
export const idOf = (session: Session): string => (session as Model).id

/** Seconds that the session may still live: until it has lain idle, or in all. Never less than 1: the library throws at 0. */
export function remaining(
  { loginTs, acr }: { loginTs?: number | undefined; acr?: string | undefined },
  now: number,
  limits: SessionLimits,
): number {
  const idle = acr === 'high' ? Math.min(limits.idle, limits.idleHigh) : limits.idle
  return Math.max(1, Math.min(idle, loginTs === undefined ? idle : loginTs + limits.absolute - now))
}

/** Without tolerance: this clock is ours. `now` in epoch seconds. */
export function alive({ body, until = 0 }: SessionRecord, now: number, limits: SessionLimits): boolean {
  const { exp, loginTs } = (body ?? {}) as Partial<Body>
  return exp !== undefined && Math.max(exp, until) > now && loginTs !== undefined && loginTs + limits.absolute > now
}

export interface Sessions {
  /**
   * Begins to save the session as it is now, while other things are stored; the library's own save, which comes when its
   * answer is ready, then waits for this one, unless there is more to say by then.
   */
  saveAhead(session: Session): Promise<void>
  /** As the list of sessions has it; `client`: used there. */
  seen(ctx: Ctx, session: Session, client?: string): Seen
}

export function useSessions(provider: Provider, { artifacts, clock, db, limits, live }: Parts): Sessions {
  const { Session: SessionModel } = provider
  const { prototype } = SessionModel
  const now = (): number => Math.floor(clock.now() / 1000)
  /** Where somebody else's sign-in goes on when this one has ended. */
  const resuming = provider.urlFor('resume', { uid: '' })
  /** By the session as one request knows it: what its last save says, and when that is done. */
  const saving = new WeakMap<Session, { readonly words: string; readonly done: Promise<unknown> }>()

  // `<uid>.<random>`: looking it up by id or by uid ends in the same place. Reading must not change the model: the library
  // takes every change for a reason to save.
  Object.defineProperty(prototype, 'id', {
    configurable: true,
    get(this: Session) {
      return this.jti.includes('.') ? this.jti : `${this.uid}.${this.jti}`
    },
    set(this: Session, value: string) {
      this.jti = value
    },
  })

  SessionModel.find = (async (id: string) => load(await artifacts.findSession(id))) as typeof SessionModel.find
  SessionModel.findByUid = async (uid) => load(await artifacts.findSessionByUid(uid))

  function load(record: SessionRecord | undefined): Session | undefined {
    if (!record || !alive(record, now(), limits)) return undefined
    const Build = SessionModel as unknown as new (payload: object) => Model
    const session = new Build({
      ...(record.body as Record<string, Json>),
      uid: record.uid,
      jti: record.id,
      authorizations: Object.fromEntries(record.parties),
    })
    const { accountId, acr, loginTs } = session
    Object.defineProperty(session, LOADED, {
      value: { id: record.id, accountId, acr, loginTs, parties: [...record.parties.keys()] } satisfies Loaded,
    })
    return session
  }

  prototype.save = async function save(this: Model, ttl?: number) {
    const { id, accountId } = this
    // Nobody's session would be a record for every stranger who asks.
    if (!accountId) {
      this.touched = false
      return id
    }
    const lives = Math.max(1, ttl ?? 1)
    this.iat ??= now()
    this.exp = now() + lives
    await store(this, lives)
    await list(this)
    delete this.oldId
    this.touched = false
    return id
  }

  function store(session: Model, lives: number): Promise<unknown> {
    const { id, uid, accountId, acr, amr, loginTs, transient, state, authorizations = {}, oldId } = session
    const loaded = session[LOADED]
    const iat = session.iat ?? now()
    const body = { accountId, acr, amr, loginTs, transient, state, iat, exp: now() + lives }
    const parties = Object.entries(authorizations).map(
      ([client, { sid, grantId }]) => [client, { sid, grantId }] as const,
    )
    const words = JSON.stringify([id, body, parties, oldId])
    const begun = saving.get(session)
    if (begun?.words === words) return begun.done
    // Refused, silently, when it was signed out meanwhile: then all that this request makes is dead with it.
    const done = artifacts.saveSession(
      {
        uid,
        id,
        body: plain(body),
        parties: new Map(parties.map(([client, entry]) => [client, plain(entry)])),
        dropped: (loaded?.parties ?? []).filter((client) => !authorizations[client]),
        known: loaded !== undefined,
        ...(loaded && oldId ? { replaces: { id: loaded.id, grace: graceOf(loaded, session) } } : {}),
      },
      lives,
    )
    saving.set(session, { words, done })
    return done
  }

  /** Somebody who has signed in and not yet got to an agency, and those whom the person has just left. */
  async function list(session: Model): Promise<void> {
    const { [LOADED]: loaded, uid, accountId, authorizations = {}, loginTs } = session
    const { ctx } = Provider
    if (!ctx || !accountId) return
    const visit = visitOf(ctx)
    if (!visit.listed && (!loaded || loaded.loginTs !== loginTs)) {
      visit.listed = true
      await live.note(db, seen(ctx, session))
    }
    const left = (loaded?.parties ?? []).filter((client) => !authorizations[client] && !visit.left.has(client))
    for (const client of left) await live.leave(db, refOf(uid), personKey(accountId), partyOf(client))
  }

  function seen(ctx: Ctx, session: Session, client?: string): Seen {
    const { uid, accountId, acr, amr, loginTs = now() } = session
    return {
      ...asSeen({ uid, accountId: accountId!, acr, amr, loginTs }, now(), limits),
      device: seenOf(ctx).device ?? '',
      ...(client !== undefined && { party: partyOf(client, session.sidFor(client)) }),
    }
  }

  /** On the list first, with what its agencies are to be told: afterwards nobody would know whom to tell. */
  prototype.destroy = async function destroy(this: Model) {
    const { uid, accountId, authorizations = {} } = this
    const leadsTo = this.state?.postLogoutRedirectUri
    const why = typeof leadsTo === 'string' && leadsTo.startsWith(resuming) ? 'replaced' : 'signed-out'
    const ref = refOf(uid)
    if (accountId) {
      const person = personKey(accountId)
      const parties = Object.entries(authorizations).map(([client, { sid }]) => partyOf(client, sid))
      await live.end(db, ref, why, { kind: 'citizen', person }, { known: { person, parties }, settles: true })
    }
    await endInStore(artifacts, uid, why, limits)
    this.destroyed = true
    const { ctx } = Provider
    if (ctx && accountId && why === 'signed-out')
      visitOf(ctx).ended = { session: ref, parties: Object.keys(authorizations).map(clientId) }
    // If this comes to nothing the node's next look finds it ended.
    if (accountId) await live.settled(db, [ref]).catch(() => undefined)
  }

  return {
    async saveAhead(session) {
      if (!session.accountId) return
      const { ctx } = Provider
      if (ctx && !(session as Model)[LOADED]) visitOf(ctx).begins = session.uid
      await store(session as Model, remaining(session, now(), limits))
    },
    seen,
  }
}

/**
 * A session that a request has begun which then came to nothing: nobody has its cookie, and on the list it would only wait for
 * its end, which an agency may take for the end of another one of this person's. What can't be taken back now ends by itself.
 */
export async function takeBack(
  { artifacts, db, limits, live }: Omit<Parts, 'clock'>,
  { uid, grantId }: { readonly uid: string; readonly grantId?: string | undefined },
): Promise<void> {
  await Promise.allSettled([
    live.unlist(db, uid),
    artifacts.endSession(uid, limits.absolute),
    grantId === undefined ? undefined : artifacts.remove('grant', grantId),
  ])
}

/** What every session says of itself; `now` in epoch seconds. */
export function asSeen(
  {
    uid,
    accountId,
    acr,
    amr = [],
    loginTs,
  }: Pick<Body, 'accountId' | 'acr' | 'amr' | 'loginTs'> & { readonly uid: string },
  now: number,
  limits: SessionLimits,
): Omit<Seen, 'party'> {
  const [idleEndsAt, endsAt] = [now + remaining({ loginTs, acr }, now, limits), loginTs + limits.absolute]
  const level = isAssurance(acr) ? acr : LEVELS[0]
  const ends = { idleEndsAt: idleEndsAt * 1000, endsAt: endsAt * 1000 }
  return { uid, person: personKey(accountId), acr: level, amr, device: '', ...ends }
}

/**
 * The session's time begins anew because an agency has refreshed its tokens, which it does while the person is there; once a
 * minute at most, for each is a write. @returns what the list is to be told of it. Never throws: the tokens are made.
 */
export async function stir(
  { artifacts, clock }: Pick<Needs, 'artifacts' | 'clock'>,
  {
    sessionUid: uid,
    clientId: client,
  }: { readonly sessionUid?: string | undefined; readonly clientId?: string | undefined },
  limits: SessionLimits,
): Promise<Seen | undefined> {
  const now = Math.floor(clock.now() / 1000)
  try {
    const found = uid === undefined || client === undefined ? undefined : await artifacts.findSessionByUid(uid)
    const here = found?.parties.get(client!) as { readonly sid?: string } | undefined
    if (!found || !here || !alive(found, now, limits)) return undefined
    const body = found.body as unknown as Body
    const seen = asSeen({ ...body, uid: found.uid }, now, limits)
    const until = seen.idleEndsAt / 1000
    if (until - Math.max(body.exp, found.until ?? 0) < COARSE) return undefined
    if (!(await artifacts.prolongSession(found.uid, until, until - now))) return undefined
    return { ...seen, party: partyOf(client!, here.sid) }
  } catch {
    return undefined
  }
}

export const partyOf = (client: string, sid?: string): Party => ({
  client: clientId(client),
  ...(sid !== undefined && { sid }),
})

/** Nobody can bring back what the store has let go, but a request that has it in hand; most sessions end so. In seconds. */
const LAPSED = INTERACTION

/** Ends what the sessions store has of it; may be done twice. */
export async function endInStore(
  artifacts: Pick<Artifacts, 'endSession' | 'put'>,
  uid: string,
  why: Why,
  { absolute }: Pick<SessionLimits, 'absolute'>,
): Promise<void> {
  const lapsed = why === 'idle' || why === 'absolute'
  await artifacts.endSession(uid, lapsed ? LAPSED : absolute)
  // For tokens that don't look at the session (`outlived`): they live on after idleness alone. A full store takes no more,
  // but has let the session go: what this sign-out knew of is ended by its grants.
  if (why !== 'idle') await artifacts.put('grant', endedMark(uid), true, absolute).catch(() => undefined)
}

/** Until when a session lives as the store has it now, in epoch milliseconds; undefined: it is over. */
export async function lifeInStore(
  { artifacts, clock }: Pick<Needs, 'artifacts' | 'clock'>,
  uid: string,
  limits: SessionLimits,
): Promise<{ readonly idleEndsAt: number; readonly endsAt: number } | undefined> {
  const found = await artifacts.findSessionByUid(uid)
  if (!found || !alive(found, Math.floor(clock.now() / 1000), limits)) return undefined
  const { exp, loginTs } = found.body as unknown as Body
  return { idleEndsAt: Math.max(exp, found.until ?? 0) * 1000, endsAt: (loginTs + limits.absolute) * 1000 }
}

/** A token's tie to its session. */
export interface Bound {
  readonly sessionUid?: string | undefined
  readonly expiresWithSession?: boolean | undefined
  /** Epoch seconds at which it was made. */
  readonly iat?: number | undefined
  /** Of the sign-in, where the token says it. */
  readonly amr?: readonly string[] | undefined
}

const endedMark = (uid: string): string => `ended ${uid}`

/**
 * Whether the session of a token that may outlive its idle time was signed out. Its grant was ended then, unless another
 * tab made it at the very moment of the sign-out. Tokens tied to the session are looked at by the library.
 */
export async function outlived(artifacts: Pick<Artifacts, 'get'>, token: Bound): Promise<boolean> {
  if (token.expiresWithSession || token.sessionUid === undefined) return false
  return (await artifacts.get('grant', endedMark(token.sessionUid))) !== undefined
}

/** Late tabs may still come with the old id, unless it would lift whoever holds it: that is what rotating is against. */
function graceOf(before: Loaded, { accountId, acr }: Model): number {
  if (before.accountId !== accountId) return 0
  const raised = isAssurance(acr) && !(isAssurance(before.acr) && atLeast(before.acr, acr))
  return raised ? 0 : LATE_TABS
}

const plain = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
