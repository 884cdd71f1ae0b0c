import type { IncomingMessage, ServerResponse } from 'node:http'
import { interactionId } from '../../identity/identifiers.ts'
import type { Flow } from '../../login/flow.ts'
import type { Look } from '../../methods/method.ts'
import { interactionIn, type Keygrip } from '../../oidc/cookies.ts'
import { asOneRequest } from '../../platform/patience.ts'
import { ArtifactsUnavailable } from '../../sessions/artifacts.ts'
import { RETRY_AFTER } from '../errors.ts'
import { headersFor } from '../headers.ts'

// How things stand, for the script of a waiting page (views/login/wait.js): thousands ask every two seconds, and what one
// of them costs is taken from people who sign in. So it takes the shortest way: before koa, without the protocol's library
// and the database. The cookie says that this is the browser that began; one question to the sessions store, two where
// another node watches, say whether there is news. What is over, or belongs to another browser, is told to come: the page
// itself says why. No work in the sense of overload's: nobody who signs in sends thirty requests.

export interface Needs {
  readonly issuer: string
  readonly keygrip: Pick<Keygrip, 'verify'>
  readonly flow: Pick<Flow, 'look'>
  /** Of a fault of ours; that a store is away everybody else tells. */
  readonly onFault: (error: unknown) => void
}

/** Answers the request if it is a poll. @returns whether it was. */
export type TakePoll = (request: IncomingMessage, response: ServerResponse) => boolean

const PATH = /^\/login\/([\w-]{1,64})\/([a-z-]{1,16})\/poll$/
const COME = JSON.stringify({ come: true } satisfies Look)
const STAY = JSON.stringify({ come: false } satisfies Look)

export function openPoll({ issuer, keygrip, flow, onFault }: Needs): TakePoll {
  const { host, protocol } = new URL(issuer)
  const headers = {
    ...headersFor("'none'", protocol === 'https:'),
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
  }

  async function stand({ headers: { cookie, host: named } }: IncomingMessage, id: string, method: string) {
    const bound = named === host ? interactionIn(cookie, keygrip) : undefined
    if (bound === undefined || bound !== id) return COME
    const look = await flow.look(interactionId(bound), method)
    return look.come ? COME : look.show === undefined && look.next === undefined ? STAY : JSON.stringify(look)
  }

  return (request, response) => {
    const [, id, method] = (request.method === 'GET' && PATH.exec(request.url ?? '')) || []
    if (id === undefined || method === undefined) return false
    const answer = (status: number, body: string, more = {}) =>
      response.writeHead(status, { ...headers, ...more, 'Content-Length': Buffer.byteLength(body) }).end(body)
    asOneRequest(() => stand(request, id, method)).then(
      (body) => answer(200, body),
      (error: unknown) => {
        if (!(error instanceof ArtifactsUnavailable)) onFault(error)
        // The script asks again, and tells the person when that goes on.
        answer(503, STAY, { 'Retry-After': RETRY_AFTER })
      },
    )
    return true
  }
}
