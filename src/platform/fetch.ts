import { hash } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Agent, buildConnector, type Dispatcher, type RequestInit, fetch as undiciFetch } from 'undici'
import { within } from './clock.ts'
import { isSpecialUse } from './special-use.ts'

// The one way out: every request to an address that somebody else wrote into the register goes through here. A name is
// resolved once, all its addresses are checked, and the connection is made to exactly those: a name that changes its
// answer gains nothing, and to a refused address not even a TCP connection is opened. A firewall is the second wall.

/** The request was not made, was too slow, or its answer too large. The message names the host, never the whole address. */
export class FetchRefused extends Error {}

/** What the whole body says as JSON; undefined for what is none. */
export function jsonIn({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

export interface GuardedFetch {
  /**
   * As the global fetch, but: https only (see `plain`), no redirects (a 3xx comes back as it is), no special-use address, at most
   * `timeout` for everything up to the end of the body, at most `limit` bytes of body. Of `init` only method, headers,
   * body and signal count; a body is text, bytes or URLSearchParams.
   * @throws FetchRefused, also while the body is read.
   */
  fetch(address: string | URL | Request, init?: globalThis.RequestInit): Promise<Response>
  /**
   * As `fetch`, for a service that is asked at every sign-in, or that lets thousands of questions hang: without the objects and
   * streams of a Response, whose making costs more than the question. The price: an answer that is packed (Content-Encoding) is
   * refused.
   */
  ask: Ask
  close(): Promise<void>
}

export type Ask = (address: string, question?: Question) => Promise<Answer>

export interface Question {
  /** GET unless said. */
  readonly method?: 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  /** Content-Type, as it came. */
  readonly type?: string
  /** All of it, within the limit. */
  readonly body: Buffer
}

export interface Needs {
  /** Host names, or addresses without brackets, that may be private and spoken to by plain http. Lower case. */
  readonly allow: readonly string[]
  /** Plain http to public addresses as well: for answers that are signed themselves, as revocation's are. */
  readonly plain?: boolean
  /** Milliseconds, for everything. */
  readonly timeout?: number
  /** Milliseconds of it for the connection. */
  readonly connectTimeout?: number
  /** At once, to one address. */
  readonly connections?: number
  /** Bytes of body, after decompression. */
  readonly limit?: number
  /** The longest time in seconds for which an answer may call itself fresh: a withdrawn key must not live for a year. */
  readonly freshness?: number
  /** base64 of the SHA-256 of public keys (SubjectPublicKeyInfo): of these a server must show one, besides a certificate that is right. */
  readonly serverKeys?: readonly string[]
  /** All addresses of a name. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

export function openFetch({
  allow,
  plain = false,
  timeout = 2_500,
  connectTimeout = timeout,
  connections = 4,
  limit = 64 * 1024,
  freshness = 1_200,
  serverKeys = [],
  resolve = resolveByDns,
}: Needs): GuardedFetch {
  const allowed = new Set(allow)

  // net.connect calls this at the moment of connecting and uses nothing but its answer: checked and connected are the same.
  const lookup: LookupFunction = (host, options, answer) => {
    addresses(host, options.family)
      .then((found) => (options.all ? answer(null, found) : answer(null, found[0]!.address, found[0]!.family)))
      .catch((fault: Error) => answer(fault, '', 0))
  }

  async function addresses(host: string, wanted: unknown): Promise<{ address: string; family: 4 | 6 }[]> {
    const resolved = await resolve(host)
    // One private address among public ones is no accident: all are refused, not just that one.
    if (!allowed.has(host) && resolved.some(isSpecialUse)) throw refusedAddress(host)
    const found = resolved.map((address) => ({ address, family: isIP(address) === 6 ? (6 as const) : (4 as const) }))
    const fitting = wanted === 4 || wanted === 6 ? found.filter(({ family }) => family === wanted) : found
    if (fitting.length === 0) throw new FetchRefused(`${host} has no address`)
    return fitting
  }

  // A session that is taken up again shows no certificate: where the key counts, every connection is a whole one.
  const pinned = serverKeys.length > 0
  const connect = buildConnector({ lookup, timeout: connectTimeout, ...(pinned && { maxCachedSessions: 0 }) })
  const agent = new Agent({
    connections,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect(options, callback) {
      const host = bare(options.hostname)
      // An address needs no lookup, so it would slip past the check above.
      if (isIP(host) !== 0 && !allowed.has(host) && isSpecialUse(host)) callback(refusedAddress(host), null)
      else
        connect(options, (fault, socket) => {
          if (fault) callback(fault, null)
          else if (!pinned || isPinned(socket, serverKeys)) callback(null, socket)
          else {
            socket.destroy()
            callback(new FetchRefused(`${host} shows another key than the pinned`), null)
          }
        })
    },
  })

  function judged(address: string | URL): URL {
    const url = URL.parse(String(address))
    if (url === null) throw new FetchRefused('not a web address')
    const host = bare(url.hostname)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (plain || allowed.has(host))))
      throw new FetchRefused(`${host}: https only`)
    if (url.username !== '' || url.password !== '') throw new FetchRefused(`${host}: no user name in an address`)
    return url
  }

  async function guarded(address: string | URL | Request, init: globalThis.RequestInit = {}): Promise<Response> {
    if (address instanceof Request) throw new TypeError('the guarded fetch takes an address, not a Request')
    const url = judged(address)
    const host = bare(url.hostname)
    const deadline = AbortSignal.timeout(timeout)
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline
    const asked = {
      method: init.method ?? 'GET',
      headers: [...new Headers(init.headers)],
      ...(init.body ? { body: init.body as NonNullable<RequestInit['body']> } : {}),
    }
    try {
      const response = await undiciFetch(url, { ...asked, signal, redirect: 'manual', dispatcher: agent })
      return new Response(limited(response.body as ReadableStream<Uint8Array> | null, host, deadline), {
        status: response.status,
        statusText: response.statusText,
        headers: headersOf(response.headers),
      })
    } catch (fault) {
      throw explained(fault, host, deadline)
    }
  }

  function limited(
    body: ReadableStream<Uint8Array> | null,
    host: string,
    deadline: AbortSignal,
  ): ReadableStream<Uint8Array> | null {
    if (body === null) return null
    const reader = body.getReader()
    let received = 0
    return new ReadableStream({
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          received += value.byteLength
          if (received > limit) throw new FetchRefused(`${host}: the answer is larger than ${limit} bytes`)
          controller.enqueue(value)
        } catch (fault) {
          controller.error(explained(fault, host, deadline))
          await reader.cancel(fault).catch(() => {})
        }
      },
      cancel: (reason) => reader.cancel(reason),
    })
  }

  function headersOf(received: Iterable<[string, string]>): Headers {
    const headers = new Headers([...received])
    // The body is handed over decoded; its length and coding on the wire are nobody's business any more.
    for (const name of ['content-encoding', 'content-length', 'expires']) headers.delete(name)
    const age = /\bmax-age=(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
    if (age !== undefined) headers.set('cache-control', `max-age=${Math.min(Number(age), freshness)}`)
    return headers
  }

  async function ask(address: string, question: Question = {}): Promise<Answer> {
    const url = judged(address)
    const host = bare(url.hostname)
    const { method = 'GET', headers = {}, body, signal } = question
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    let going: Dispatcher.DispatchController | undefined
    let refused: FetchRefused | undefined
    function fail(why: FetchRefused): FetchRefused {
      refused ??= why
      going?.abort(refused)
      signal?.removeEventListener('abort', leave)
      reject(refused)
      return refused
    }
    const left = () => new FetchRefused(`${host} could not be reached`, { cause: signal?.reason })
    const leave = () => void fail(left())
    if (signal?.aborted) throw left()
    signal?.addEventListener('abort', leave)

    const parts: Buffer[] = []
    let received = 0
    let head: Pick<Answer, 'status' | 'type'> | undefined
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        going = controller
        // It waited for a connection, and nobody waits for it any more.
        if (refused) controller.abort(refused)
      },
      onResponseStart(_controller, status, { 'content-encoding': packed, 'content-type': type }) {
        if (packed !== undefined) fail(new FetchRefused(`${host}: the answer is packed`))
        else if (status >= 200) head = { status, ...(typeof type === 'string' && { type }) }
      },
      onResponseData(_controller, part) {
        received += part.length
        if (received > limit) fail(new FetchRefused(`${host}: the answer is larger than ${limit} bytes`))
        // A copy: the part lies in memory that the next answers are read into.
        else parts.push(Buffer.from(part))
      },
      onResponseEnd() {
        signal?.removeEventListener('abort', leave)
        resolve({ ...head!, body: parts.length === 1 ? parts[0]! : Buffer.concat(parts) })
      },
      onResponseError: (_controller, fault) => void fail(explained(fault, host)),
    }
    const asked = { method, headers: { ...headers, 'accept-encoding': 'identity' }, body: body ?? null }
    agent.dispatch({ origin: url.origin, path: url.pathname + url.search, ...asked }, handler)
    return within(timeout, promise, () => fail(new FetchRefused(`${host} did not answer in time`)))
  }

  return { fetch: guarded, ask, close: () => agent.destroy() }
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

function isPinned(socket: Socket, serverKeys: readonly string[]): boolean {
  const key = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.publicKey : undefined
  if (!key) return false
  return serverKeys.includes(hash('sha256', key.export({ type: 'spki', format: 'der' }), 'base64'))
}

const refusedAddress = (host: string): FetchRefused =>
  new FetchRefused(`${host} leads to an address that is not public`)

function explained(fault: unknown, host: string, deadline?: AbortSignal): FetchRefused {
  if (deadline?.aborted) return new FetchRefused(`${host} did not answer in time`, { cause: fault })
  for (let at = fault; at !== undefined && at !== null; at = (at as { cause?: unknown }).cause)
    if (at instanceof FetchRefused) return at
  return new FetchRefused(`${host} could not be reached`, { cause: fault })
}

/**
 * Asks the name servers, not the machine's resolver: that one runs in the four threads that also sign and encrypt, and
 * a dead name server would hold them for seconds. The price: names that stand only in /etc/hosts are not found.
 */
async function resolveByDns(host: string): Promise<string[]> {
  // RFC 6761 §6.3: always this machine, whatever a name server says.
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1']
  const resolver = new Resolver({ timeout: 1_000, tries: 2 })
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (found.length === 0) throw new FetchRefused(`${host} has no address`)
  return found
}
