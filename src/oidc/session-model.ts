import type Provider from 'oidc-provider'
import type { Session } from 'oidc-provider'
import { atLeast, isAssurance } from '../identity/assurance.ts'
import { clientId, personKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Artifacts, SessionRecord } from '../sessions/artifacts.ts'
import { LATE_TABS, type SessionLimits } from './lifetimes.ts'
import type { Announced, LogoutNotice, Needs } from './needs.ts'

// The library's Session on top of ours. Its own is one JSON that the last writer wins: parallel tabs lose each other's
// agencies and a tab that is finishing undoes a sign-out. Ours merges by relying party, and a sign-out ends the uid.

interface Loaded {
  readonly id: string
  readonly accountId: string | undefined
  readonly acr: string | undefined
  readonly parties: readonly string[]
}

/** What the library's sessions are besides their types. */
type Model = Session & { id: string; oldId?: string; touched?: boolean; destroyed?: boolean; [LOADED]?: Loaded }

interface Body {
  readonly accountId: string
  readonly loginTs: number
  readonly iat: number
  readonly exp: number
}

const LOADED = Symbol('loaded')
type Parts = Pick<Needs, 'artifacts' | 'clock' | 'logouts'> & { readonly limits: SessionLimits }

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
export function alive({ body }: SessionRecord, now: number, limits: SessionLimits): boolean {
  const { exp, loginTs } = (body ?? {}) as Partial<Body>
  return exp !== undefined && exp > now && loginTs !== undefined && loginTs + limits.absolute > now
}

export interface Sessions {
  /**
   * Begins to save the session as it is now, while other things are stored; the library's own save, which comes when its
   * answer is ready, then waits for this one, unless there is more to say by then. Never throws: that save does.
   */
  saveAhead(session: Session): void
}

export function useSessions(provider: Provider, { artifacts, clock, logouts, limits }: Parts): Sessions {
  const { Session: SessionModel } = provider
  const { prototype } = SessionModel
  const now = (): number => Math.floor(clock.now() / 1000)
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
    const { accountId, acr } = session
    Object.defineProperty(session, LOADED, {
      value: { id: record.id, accountId, acr, parties: [...record.parties.keys()] } satisfies Loaded,
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

  /** On record before the session ends: afterwards nobody would know whom to tell. */
  function announce({ accountId, authorizations = {} }: Model): Promise<Announced | undefined> {
    if (!accountId) return Promise.resolve(undefined)
    return logouts.announce(
      Object.entries(authorizations)
        .filter(([client]) => logouts.concerns(client))
        .map(([client, entry]) => noticeOf(client, accountId, entry.sid)),
    )
  }

  prototype.destroy = async function destroy(this: Model) {
    const announced = await announce(this)
    await artifacts.endSession(this.uid, limits.absolute)
    this.destroyed = true
    // What can't be said now is said a moment later, by the queue itself.
    await announced?.ended().catch(() => undefined)
    // For tokens that don't look at the session (`outlived`). A full store takes no more, but has let the session go: what
    // this sign-out knew of is ended by its grants.
    await artifacts.put('grant', endedMark(this.uid), true, limits.absolute).catch(() => undefined)
  }

  return {
    saveAhead(session) {
      if (session.accountId) store(session as Model, remaining(session, now(), limits)).catch(() => undefined)
    },
  }
}

export const noticeOf = (client: string, person: string, sid: string | undefined): LogoutNotice => ({
  client: clientId(client),
  person: personKey(person),
  ...(sid !== undefined && { sid }),
})

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
