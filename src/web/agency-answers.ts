import type { IncomingMessage, ServerResponse } from 'node:http'
import { type RequestId, requestId } from '../identity/identifiers.ts'
import type { AgencyCalls } from '../oidc/agency-calls.ts'
import type { Random } from '../platform/random.ts'
import { headersFor } from './headers.ts'
import { hasOneHost } from './limits.ts'
import type { Overload } from './overload.ts'

// The engine's answers to agencies' servers, before koa: two of the four requests of every sign-in, without a cookie, a page or
// a language. What the engine leaves to its middleware, and what failed, goes on to koa under the same name, and there meets
// every check and the one boundary for errors: here nothing is refused.

export interface Needs {
  readonly issuer: string
  readonly calls: AgencyCalls
  readonly overload: Pick<Overload, 'enter'>
  readonly random: Random
  /** Counts and tells of a request that is answered. */
  readonly begin: (method: string) => (name: string, status: number) => void
}

export interface AgencyAnswers {
  mayBe(request: IncomingMessage): boolean
  /** @returns whether it was answered. Never throws. */
  take(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** For koa: what a request is called that was tried here. */
  nameOf(request: IncomingMessage): string | undefined
  /** For koa. @throws what went wrong here. */
  goOn(request: IncomingMessage): void
}

export function openAgencyAnswers({ issuer, calls, overload, random, begin }: Needs): AgencyAnswers {
  const { host, protocol } = new URL(issuer)
  const headers = { ...headersFor("'none'", protocol === 'https:'), 'Cache-Control': 'no-store', Vary: 'Origin' }
  const names = new WeakMap<IncomingMessage, RequestId>()
  const failures = new WeakMap<IncomingMessage, { readonly error: unknown }>()

  return {
    mayBe: (request) => calls.mayBe(request) && request.headers.host === host && hasOneHost(request),
    async take(request, response) {
      const { method = '' } = request
      const tell = begin(method)
      // 128 bits: in the log and in the audit; tells nothing and can't be guessed.
      const name = requestId(random.token(128))
      names.set(request, name)
      const work = countWork(request, overload)
      try {
        const answer = await calls.answer(request, name)
        if (answer === undefined) return false
        const body = JSON.stringify(answer)
        response
          .writeHead(200, {
            ...headers,
            'X-Request-Id': name,
            'Content-Type': 'application/json; charset=utf-8',
            'Content-Length': Buffer.byteLength(body),
          })
          .end(body)
        tell(name, 200)
        return true
      } catch (error) {
        failures.set(request, { error })
        return false
      } finally {
        work.over()
      }
    },
    nameOf: (request) => names.get(request),
    goOn(request) {
      const failed = failures.get(request)
      if (failed) throw failed.error
    },
  }
}

/** A body that comes slowly is no work yet: a thousand who never end theirs must not look like an overload. */
export function countWork(request: IncomingMessage, overload: Pick<Overload, 'enter'>): { over(): void } {
  let done: (() => void) | undefined
  const begin = () => {
    done = overload.enter()
  }
  const comes = request.method === 'POST' && !request.readableEnded
  if (comes) request.once('end', begin)
  else begin()
  return {
    over() {
      if (comes) request.off('end', begin)
      done?.()
    },
  }
}
