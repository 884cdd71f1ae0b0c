import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TROUBLE, type TroubleCode } from '../../identity/trouble.ts'
import type { CardTickets } from '../../methods/smart-card/tls.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { asOneRequest } from '../../platform/patience.ts'
import type { Random } from '../../platform/random.ts'
import type { Sight } from './shown.ts'

// The card door: one address, /card/<sign-in>/<handle>, at a host name of its own, for browsers that show a certificate
// while the connection is made. It takes note of the certificate and leads back to the sign-in at the main door, which
// alone judges it, knows the agency and has pages: whoever comes without a certificate, too late or twice is led back as
// well. One answer a connection, no cookie, no page, no body read. Built by compose; `listener` listens.

export interface Needs {
  /** Where it leads back to. */
  readonly issuer: string
  /** Its own address. */
  readonly origin: string
  readonly sight: Sight
  readonly tickets: Pick<CardTickets, 'present'>
  readonly log: Log
  readonly metrics: Metrics
  readonly random: Random
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Interaction ids and handles as they are made: nothing else is worth looking up. */
const ADDRESS = /^\/card\/([\w-]{1,64})\/([\w-]{43})$/

export function openCardDoor({ issuer, origin, sight, tickets, log, metrics, random }: Needs): Answer {
  const { host } = new URL(origin)
  const served = new WeakSet<Socket>()
  const visits = metrics.counter('card_door_total', 'Requests to the card door by what came of them', ['came'])
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Strict-Transport-Security': 'max-age=31536000',
    Connection: 'close',
  }

  function refuse(response: ServerResponse, code: TroubleCode, came: string = code): void {
    visits.add({ came })
    response.writeHead(TROUBLE[code].status, headers).end(`${code} ${TROUBLE[code].meaning}\n`)
  }

  function lead(response: ServerResponse, came: 'certificate' | 'none' | 'over' | 'fault', to: string): void {
    visits.add({ came })
    response.writeHead(303, { ...headers, Location: `${issuer}${to}` }).end()
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wrong = notABrowser(request, host)
    if (wrong) return refuse(response, wrong)
    const [, uid, handle] = ADDRESS.exec(request.url ?? '') ?? []
    if (uid === undefined || handle === undefined) return refuse(response, 'PRT-1003')
    const sighting = sight(request)
    // A proxy that was set up wrongly shows here too: the metric tells the word, as a log line each would be a gift to floods.
    if (sighting.saw === 'forgery') return refuse(response, 'PRT-1004', sighting.word)
    const signIn = `/login/${uid}`
    if (sighting.saw === 'none') return lead(response, 'none', `${signIn}/smart-card/return`)
    try {
      const made = await tickets.present(handle, sighting.shown)
      if (!made) return lead(response, 'over', signIn)
      return lead(response, 'certificate', `${signIn}/smart-card/return?ticket=${made.ticket}`)
    } catch (error) {
      // The sign-in's own page says what is the matter, if it still is.
      log.forRequest(random.token(128)).fault('card-not-noted', error)
      return lead(response, 'fault', signIn)
    }
  }

  return (request, response) => {
    const { socket } = request
    // A second request behind the first one was not written by whom the certificate belongs to, or need not have been.
    if (served.has(socket)) return void socket.destroy()
    served.add(socket)
    response.shouldKeepAlive = false
    void asOneRequest(() => receive(request, response))
  }
}

/** A browser that follows our redirect sends a plain GET without a body, to this host, as a navigation. */
function notABrowser({ method, url = '', headers, headersDistinct, httpVersion }: IncomingMessage, host: string) {
  if (!/^1\.[01]$/.test(httpVersion) || !url.startsWith('/') || url.startsWith('//')) return 'PRT-1004'
  const named = headersDistinct.host ?? []
  if (named.length !== 1 || named[0] !== host) return 'PRT-1006'
  if (method !== 'GET') return 'PRT-1008'
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined || headers.upgrade)
    return 'PRT-1004'
  const mode = headers['sec-fetch-mode']
  return mode !== undefined && mode !== 'navigate' ? 'PRT-1009' : undefined
}
