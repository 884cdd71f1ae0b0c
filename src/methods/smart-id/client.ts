import type { Json } from '../../identity/json.ts'
import { type Ask, jsonIn, type Question } from '../../platform/fetch.ts'
import type { HttpWord } from './refusals.ts'
import { readDeviceLinkSession, readNotificationSession, readStatus } from './status.ts'
import type { AuthenticationRequest, DeviceLinkSession, NotificationSession, SessionStatus } from './wire.ts'

// The provider's service over HTTP: opens sessions and asks how they stand. Owns what each answer that is none is called;
// what an answer means is answer.ts's. Everything that comes is read shape by shape, and nothing of it is logged.

/** `code`: the provider's own, of its problem details; a word of its table, for the audit. */
export interface Failed {
  readonly failed: HttpWord
  readonly code?: string
}
export type Asked<T> = ({ readonly failed?: undefined } & T) | Failed

export interface Client {
  /** A session for whoever scans or opens its link. */
  openDeviceLink(request: AuthenticationRequest): Promise<Asked<DeviceLinkSession>>
  /** @param identifier `PNOEE-40504040001` */
  openNotification(identifier: string, request: AuthenticationRequest): Promise<Asked<NotificationSession>>
  /** Hangs until something happened or the provider's patience is over (then RUNNING). */
  poll(session: string, signal: AbortSignal): Promise<Asked<{ readonly status: SessionStatus }>>
}

export interface Needs {
  /** With the version, without a slash at the end: `https://rp-api.smart-id.com/v3`. */
  readonly address: string
  /** For opening: answers within seconds. */
  readonly asking: Ask
  /** For polls, which hang. */
  readonly hanging: Ask
}

/** Milliseconds for which the service is asked to let a poll hang (1,000 to 120,000). */
export const HANG = 30_000
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json' }

export function openClient({ address, asking, hanging }: Needs): Client {
  async function post<T>(path: string, body: AuthenticationRequest, read: (answer: unknown) => T | undefined) {
    const question = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) } as const
    const answer = await ask(asking, `${address}/authentication/${path}`, question)
    if ('failed' in answer) return answer
    return read(answer.body) ?? ({ failed: 'malformed' } as const)
  }

  return {
    openDeviceLink: (request) => post('device-link/anonymous', request, readDeviceLinkSession),
    openNotification: (identifier, request) =>
      post(`notification/etsi/${identifier}`, request, readNotificationSession),
    async poll(session, signal) {
      const answer = await ask(hanging, `${address}/session/${session}?timeoutMs=${HANG}`, { signal })
      if ('failed' in answer) return answer.failed === 'http-404' ? { failed: 'session-lost' } : answer
      const status = readStatus(answer.body)
      return status ? { status } : { failed: 'malformed' }
    },
  }
}

const WORDS: Readonly<Record<number, HttpWord>> = {
  400: 'http-400',
  401: 'http-401',
  403: 'http-403',
  404: 'http-404',
  429: 'http-429',
  480: 'http-480',
  580: 'http-580',
}

async function ask(by: Ask, address: string, question: Question): Promise<{ readonly body: unknown } | Failed> {
  try {
    const answer = await by(address, question)
    const { status } = answer
    const body = jsonIn(answer)
    if (status === 200) return body === undefined ? { failed: 'malformed' } : { body }
    const failed = WORDS[status] ?? (status >= 500 && status < 600 ? 'http-5xx' : 'http-other')
    const code = problemCode(body)
    return code === undefined ? { failed } : { failed, code }
  } catch {
    return { failed: 'unreachable' }
  }
}

/** RFC 9457, as the provider extends it: the first error's code. */
function problemCode(body: unknown): string | undefined {
  const errors = (body as { readonly errors?: Json } | undefined | null)?.errors
  const first = Array.isArray(errors) ? (errors[0] as { readonly code?: Json } | null) : undefined
  return typeof first?.code === 'string' && /^[A-Z_]{1,64}$/.test(first.code) ? first.code : undefined
}

/** Not the session's end: what may go on at the next try. */
export const passing = ({ failed }: Failed): boolean =>
  failed === 'http-5xx' || failed === 'http-429' || failed === 'unreachable' || failed === 'http-580'
