import { compactVerify, importJWK, type JWK } from 'jose'
import { errors, type Client as LibraryClient } from 'oidc-provider'
import type { Clock } from '../platform/clock.ts'
import { ASSERTION, CLIENT_KEYS } from './lifetimes.ts'

// The key sets that agencies publish (`jwks_uri`). The library asks for a set anew only when a key is missing from it: a
// key that an agency has taken back would be believed for ever. And an agency's web server is down now and then.

const LIMIT = 64 * 1024

type Fetch = typeof globalThis.fetch

/**
 * A fetch whose answers are good for twenty minutes at most, whatever the agency's headers say, and which answers with
 * the last good set for an hour when the agency's server doesn't answer.
 */
export function openKeyFetch({ fetch, clock }: { readonly fetch: Fetch; readonly clock: Clock }): Fetch {
  const kept = new Map<string, { readonly body: string; readonly at: number }>()

  return async (url, options) => {
    // The library's own guard against private addresses: ours does more, and does it before it connects.
    const { dispatcher: _, ...rest } = (options ?? {}) as RequestInit & { dispatcher?: unknown }
    const address = url instanceof Request ? url.url : String(url)
    try {
      const response = await fetch(url, rest)
      const body = await bounded(response)
      if (response.status !== 200) throw new Error(`${address} answered ${response.status}`)
      kept.set(address, { body, at: clock.now() })
      const said = /max-age=(\d{1,9})/.exec(response.headers.get('cache-control') ?? '')?.[1]
      return answer(body, Math.min(Number(said ?? 0), CLIENT_KEYS))
    } catch (error) {
      const last = kept.get(address)
      if (!last || clock.now() - last.at >= ASSERTION * 1000) throw error
      return answer(last.body, 0)
    }
  }
}

const answer = (body: string, age: number): Response =>
  new Response(body, {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': `max-age=${age}` },
  })

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > LIMIT) throw new Error('the key set is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

interface KeyStore extends Iterable<JWK> {
  stale(): boolean
  refresh(): Promise<void>
}

/** Looks at the agency's present keys when the ones that verified the assertion are no longer fresh. */
export async function checkFreshness(client: LibraryClient, assertion: unknown): Promise<void> {
  const store = client.asymmetricKeyStore as KeyStore
  if (!store.stale() || typeof assertion !== 'string') return
  await store.refresh().catch((cause: unknown) => {
    throw new errors.InvalidClientAuth({ cause })
  })
  for (const jwk of store) {
    const verified = await importJWK(jwk, typeof jwk.alg === 'string' ? jwk.alg : algorithmIn(assertion))
      .then((key) => compactVerify(assertion, key))
      .catch(() => undefined)
    if (verified) return
  }
  throw new errors.InvalidClientAuth('the key of the client assertion is not published any more')
}

const algorithmIn = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.', 1)[0]!, 'base64url').toString('utf8')) as { alg: string }).alg
