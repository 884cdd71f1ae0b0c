import { type Ask, jsonIn, type Question } from '../../platform/fetch.ts'
import type { HttpWord } from './refusals.ts'
import { readSession, readStatus } from './status.ts'
import type { AuthenticationRequest, SessionStatus } from './wire.ts'

// The provider's service over HTTP: begins sessions and asks how they stand. Owns what each answer that is none is called;
// what an answer means is answer.ts's. Everything that comes is read member by member, and nothing of it is logged.

export interface Failed {
  readonly failed: HttpWord
}

export interface Client {
  /** Makes the telephone ring. */
  start(request: Omit<AuthenticationRequest, 'relyingPartyUUID' | 'relyingPartyName'>): Promise<string | Failed>
  /** Hangs until something happened or the service's patience is over (then RUNNING). */
  poll(session: string, signal: AbortSignal): Promise<SessionStatus | Failed>
}

export interface Needs {
  /** Without a slash at the end: `https://mid.sk.ee/mid-api`. */
  readonly address: string
  readonly relyingParty: { readonly uuid: string; readonly name: string }
  /** For beginning: answers within seconds. */
  readonly asking: Ask
  /** For polls, which hang. */
  readonly hanging: Ask
}

/** Milliseconds for which the service is asked to let a poll hang: 1,000 to 60,000 have an effect. */
export const HANG = 30_000
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json' }

export function openClient({ address, relyingParty, asking, hanging }: Needs): Client {
  return {
    async start(request) {
      const body: AuthenticationRequest = {
        relyingPartyUUID: relyingParty.uuid,
        relyingPartyName: relyingParty.name,
        ...request,
      }
      const question = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) } as const
      const answer = await ask(asking, `${address}/authentication`, question)
      if ('failed' in answer) return answer
      return readSession(answer.body)?.sessionID ?? { failed: 'malformed' }
    },
    async poll(session, signal) {
      const answer = await ask(hanging, `${address}/authentication/session/${session}?timeoutMs=${HANG}`, { signal })
      if ('failed' in answer) return answer.failed === 'http-404' ? { failed: 'session-lost' } : answer
      return readStatus(answer.body) ?? { failed: 'malformed' }
    },
  }
}

const WORDS: Readonly<Record<number, HttpWord>> = {
  400: 'http-400',
  401: 'http-401',
  404: 'http-404',
  405: 'http-405',
  429: 'http-429',
  503: 'http-503',
}

async function ask(by: Ask, address: string, question: Question): Promise<{ readonly body: unknown } | Failed> {
  try {
    const answer = await by(address, question)
    const { status } = answer
    const body = jsonIn(answer)
    if (status === 200) return body === undefined ? { failed: 'malformed' } : { body }
    return { failed: WORDS[status] ?? (status >= 500 && status < 600 ? 'http-5xx' : 'http-other') }
  } catch {
    return { failed: 'unreachable' }
  }
}

/** Not the session's end: what may go on at the next poll. */
export const passing = ({ failed }: Failed): boolean =>
  ['http-5xx', 'http-503', 'http-429', 'unreachable'].includes(failed)
