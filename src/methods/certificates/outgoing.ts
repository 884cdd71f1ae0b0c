import { type Ask, openFetch } from '../../platform/fetch.ts'
import type { Issuer } from './trust.ts'

// The ways out for revocation. What the operator wrote into the issuers' file may lie in a private network; what a
// certificate says may not, although a trusted CA has signed it. Own connections, so that a responder that hangs holds
// up nobody but those who ask it.

export type Fetch = (address: string, init?: RequestInit) => Promise<Response>

export interface Outgoing {
  /** To the responders that are configured. */
  readonly responders: Ask
  /** To an address that a certificate names. */
  readonly named: Ask
  /** For revocation lists, which are large and may take their time. */
  readonly lists: Fetch
  close(): Promise<void>
}

export interface Needs {
  readonly issuers: readonly Issuer[]
  /** Hosts that may be private for everybody (PRATU_FETCH_ALLOW). */
  readonly allow: readonly string[]
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

const PATIENCE = 3_000
/** For each host, which several issuers may share: as many as may wait in all (revocation.ts). */
const CONNECTIONS = 192
const ANSWER = 64 * 1024
const LIST = 16 * 1024 * 1024
const LIST_TIME = 30_000

export function openOutgoing({ issuers, allow, resolve }: Needs): Outgoing {
  const hosts = (urls: readonly (string | undefined)[]) =>
    urls.flatMap((url) => URL.parse(url ?? '')?.hostname.replace(/^\[|\]$/g, '') ?? [])
  const usual = { plain: true, connectTimeout: PATIENCE, ...(resolve && { resolve }) }
  const short = { ...usual, timeout: 2 * PATIENCE, limit: ANSWER, connections: CONNECTIONS }
  const configured = hosts(issuers.flatMap(({ ocsp }) => ocsp.map(({ url }) => url)))
  const responders = openFetch({ ...short, allow: [...allow, ...configured] })
  const named = openFetch({ ...short, allow })
  const lists = openFetch({
    ...usual,
    timeout: LIST_TIME,
    limit: LIST,
    allow: [...allow, ...hosts(issuers.map(({ crl }) => crl))],
  })
  return {
    responders: responders.ask,
    named: named.ask,
    lists: lists.fetch,
    async close() {
      await Promise.all([responders.close(), named.close(), lists.close()])
    },
  }
}
