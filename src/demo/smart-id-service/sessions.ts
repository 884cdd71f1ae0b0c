import { createHash, createHmac } from 'node:crypto'
import type {
  AuthenticationRequest,
  FlowType,
  Interaction,
  InteractionType,
  LinkType,
  SessionStatus,
} from '../../methods/smart-id/wire.ts'
import { type Clock, pause } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'

// The service's sessions, from being opened to their end, and whether a link that an app brings is one of theirs. Knows no
// HTTP and no accounts.

export interface Session {
  readonly id: string
  /** Of device links. */
  readonly token: string
  readonly secret: Buffer
  readonly request: AuthenticationRequest
  readonly interactions: readonly Interaction[]
  /** Epoch milliseconds. */
  readonly opened: number
  /** How it reached a telephone; undefined: not yet. */
  flow?: FlowType
  status: SessionStatus
}

export type Taken =
  | { readonly ok: true; readonly session: Session; readonly type: LinkType }
  /** `stale`: an old picture, and the session goes on; `wrong`: it ended by that. */
  | { readonly ok: false; readonly because: 'no-link' | 'unknown' | 'wrong' | 'stale' | 'over' }

export interface Sessions {
  /** The same request within 15 seconds is the same session. */
  open(request: AuthenticationRequest, interactions: readonly Interaction[], flow?: FlowType): Session
  find(id: string): Session | undefined
  /** The one that was opened last. */
  last(): Session | undefined
  /** Device links that wait for a telephone, the newest first. */
  waiting(): readonly Session[]
  take(link: string): Taken
  end(session: Session, status: SessionStatus): void
  /** Until it is over, or so many milliseconds have passed. */
  hang(session: Session, ms: number): Promise<SessionStatus>
  close(): void
}

export interface Needs {
  readonly schemeName: string
  readonly clock: Clock
  readonly random: Random
}

const LIFE = 90_000
const SAME = 15_000
const KEPT = 500
/** How old a picture may be, in seconds; the provider states no figure, and advises never to show one of more than three. */
const FRESH = 4

export function openSessions({ schemeName, clock, random }: Needs): Sessions {
  const all = new Map<string, Session>()
  const waiters = new Map<string, Set<AbortController>>()
  const closed = new AbortController()

  const over = ({ status, opened }: Session): boolean => status.state === 'COMPLETE' || clock.now() > opened + LIFE

  function end(session: Session, status: SessionStatus): void {
    if (session.status.state === 'COMPLETE') return
    session.status = status
    for (const waiter of waiters.get(session.id) ?? []) waiter.abort()
  }

  return {
    open(request, interactions, flow) {
      const text = JSON.stringify(request)
      const now = clock.now()
      const same = [...all.values()].find(
        (one) => one.opened > now - SAME && !over(one) && JSON.stringify(one.request) === text,
      )
      if (same) return same
      const session: Session = {
        id: random.uuid(),
        token: random.token(144),
        secret: random.bytes(32),
        request,
        interactions,
        opened: now,
        ...(flow && { flow }),
        status: { state: 'RUNNING' },
      }
      all.set(session.id, session)
      if (all.size > KEPT) all.delete(all.keys().next().value ?? '')
      return session
    },
    find: (id) => all.get(id),
    last: () => [...all.values()].at(-1),
    waiting: () => [...all.values()].filter((one) => one.flow === undefined && !over(one)).toReversed(),
    take(link) {
      const [, unprotected = '', authCode = ''] = /^(.*)&authCode=([\w-]{43})$/.exec(link) ?? []
      const query = URL.parse(unprotected)?.searchParams
      const type = LINKS.find((one) => one === query?.get('deviceLinkType'))
      if (!query || !type) return { ok: false, because: 'no-link' }
      const session = [...all.values()].find(({ token }) => token === query.get('sessionToken'))
      if (!session) return { ok: false, because: 'unknown' }
      if (over(session) || session.flow !== undefined) return { ok: false, because: 'over' }
      const { request } = session
      const b64 = (name: string) => Buffer.from(name).toString('base64')
      const callback = type === 'QR' ? '' : (request.initialCallbackUrl ?? '')
      const said = `${schemeName}|${request.signatureProtocol}|${request.signatureProtocolParameters.rpChallenge}|${b64(request.relyingPartyName)}||${request.interactions}|${callback}|${unprotected}`
      const right = createHmac('sha256', session.secret).update(said).digest('base64url')
      if (authCode !== right || (type !== 'QR' && callback === '')) {
        end(session, { state: 'COMPLETE', result: { endResult: 'PROTOCOL_FAILURE' } })
        return { ok: false, because: 'wrong' }
      }
      if (type === 'QR') {
        const age =
          Math.floor((clock.now() - session.opened) / 1000) - Number(query.get('elapsedSeconds') ?? Number.NaN)
        if (!(age >= -1 && age <= FRESH)) return { ok: false, because: 'stale' }
      }
      session.flow = type
      return { ok: true, session, type }
    },
    end,
    async hang(session, ms) {
      if (clock.now() > session.opened + LIFE) end(session, { state: 'COMPLETE', result: { endResult: 'TIMEOUT' } })
      if (session.status.state === 'COMPLETE' || closed.signal.aborted) return session.status
      const waiter = new AbortController()
      const mine = waiters.get(session.id) ?? new Set()
      waiters.set(session.id, mine.add(waiter))
      await pause(ms, AbortSignal.any([waiter.signal, closed.signal]))
      mine.delete(waiter)
      if (mine.size === 0) waiters.delete(session.id)
      return session.status
    },
    close: () => closed.abort(),
  }
}

const LINKS: readonly LinkType[] = ['QR', 'Web2App', 'App2App']

/** What the app adds to the address at which it opens the browser. */
export function callbackOf({ request, secret }: Session, verifier: string): string {
  const digest = createHash('sha256').update(secret).digest('base64url')
  const url = request.initialCallbackUrl ?? ''
  return `${url}${url.includes('?') ? '&' : '?'}sessionSecretDigest=${digest}&userChallengeVerifier=${verifier}`
}

/** Which of the asked interactions an app of today shows: the first that it knows. */
export const shownOf = ({ interactions }: Session): Interaction =>
  interactions[0] ?? { type: 'displayTextAndPIN' satisfies InteractionType }
