import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Language, spoken } from '../identity/language.ts'
import { TROUBLE } from '../identity/trouble.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { oauthError, RETRY_AFTER } from './errors.ts'
import { headersFor } from './headers.ts'
import { keptLanguage } from './language.ts'

// The answer of a node that lets nobody new in, given before anything else is done: as many as three times those whom it can
// serve may come, and what each of them costs is taken from those inside. So the page is made once a minute and language,
// no cookie is read or set but for the language, and no source is counted. The same page, code and headers as everywhere.

const CODE = 'PRT-5005'
const MINUTE = 60_000
/** Stands where the request's own name will. */
const NAME = 'the-name-of-this-request'

export interface Needs {
  /** The page of trouble as a whole. */
  readonly render: (language: Language, requestId: string) => string
  readonly https: boolean
  readonly random: Random
  readonly clock: Clock
}

/** The first request of a sign-in, by a browser. What is sent as a form takes the long way. */
export const isBeginning = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'GET' && (url === '/auth' || url.startsWith('/auth?'))

export function openTurnedAway({ render, https, random, clock }: Needs) {
  const { status } = TROUBLE[CODE]
  const headers = {
    ...headersFor("'none'", https),
    'Cache-Control': 'no-store',
    'Retry-After': String(RETRY_AFTER),
  }
  const forPrograms = JSON.stringify(oauthError(CODE, status))
  const pages = new Map<Language, { readonly minute: number; readonly parts: readonly string[] }>()

  function pageFor(request: IncomingMessage, requestId: string): string {
    const language = languageFor(request)
    const minute = Math.floor(clock.now() / MINUTE)
    let kept = pages.get(language)
    if (kept?.minute !== minute) {
      kept = { minute, parts: render(language, NAME).split(NAME) }
      pages.set(language, kept)
    }
    return kept.parts.join(requestId)
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = random.token(128)
    const html = request.headers.accept?.includes('text/html') ?? false
    const body = html ? pageFor(request, requestId) : forPrograms
    response
      .writeHead(status, {
        ...headers,
        'X-Request-Id': requestId,
        'Content-Type': `${html ? 'text/html' : 'application/json'}; charset=utf-8`,
        'Content-Length': Buffer.byteLength(body),
      })
      .end(body)
  }
}

/** As the long way decides it, where nothing is known of the sign-in. */
function languageFor({ url = '', headers }: IncomingMessage): Language {
  const wished = /[?&]ui_locales=([^&]*)/.exec(url)?.[1]?.replaceAll(/\+|%20/g, ' ')
  return spoken(wished) ?? keptLanguage(headers.cookie) ?? spoken(headers['accept-language']) ?? 'th'
}
