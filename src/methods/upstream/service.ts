import type { JSONWebKeySet } from 'jose'
import type { Breaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import type { GuardedFetch } from '../../platform/fetch.ts'
import { type Refused, refused, type UpstreamRefusal } from './refusals.ts'
import type { Upstream } from './upstream.ts'
import { basicAuth, discoveryOf, errorIn, type Metadata, objectIn, readTokenAnswer, type TokenAnswer } from './wire.ts'

// All that is asked of an outside service: its addresses, its keys, and the tokens for a code. What it publishes is kept
// for a while and outlives its absence for another; a service that does not answer is left alone (breaker).

export interface Service {
  metadata(): Promise<({ readonly ok: true } & Metadata) | Refused>
  /** The keys that it publishes; `anew`: those at hand lack one, and are asked for again if that is some time ago. */
  keys(anew?: boolean): Promise<JSONWebKeySet | undefined>
  redeem(request: {
    code: string
    verifier: string
    redirect: string
  }): Promise<({ readonly ok: true } & TokenAnswer) | Refused>
}

export interface Needs {
  readonly upstream: Upstream
  readonly fetch: GuardedFetch['fetch']
  readonly breaker: Breaker
  readonly clock: Clock
}

/** Milliseconds. */
const METADATA_GOOD = 3_600_000
const KEYS_GOOD = 600_000
/** What it published last holds for so long while it can't be asked. */
const STALE = 24 * 3_600_000
/** A key that we don't know is no reason to ask more often: anybody can name one. */
const KEYS_ANEW = 30_000
const MOST_KEYS = 50

export function openService({ upstream, fetch, breaker, clock }: Needs): Service {
  const metadata = kept(clock, METADATA_GOOD, async () => {
    const document = await published(discoveryOf(upstream.issuer))
    return document && metadataIn(document, upstream.issuer)
  })
  const keys = kept(clock, KEYS_GOOD, async () => {
    const known = await metadata()
    const document = known && (await published(known.jwks_uri))
    return document && Array.isArray(document.keys) && document.keys.length <= MOST_KEYS
      ? (document as unknown as JSONWebKeySet)
      : undefined
  })

  /** @returns the answer, or undefined where there was none. Only a service that is silent or broken counts against it. */
  async function ask(address: string, init?: RequestInit): Promise<{ status: number; body: string } | undefined> {
    const tell = breaker.enter()
    if (!tell) return undefined
    try {
      const response = await fetch(address, init)
      const body = await response.text()
      tell(response.status >= 500 ? 'failed' : 'answered')
      return { status: response.status, body }
    } catch {
      tell('failed')
      return undefined
    }
  }

  async function published(address: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const answer = await ask(address, { headers: { accept: 'application/json' } })
    return answer?.status === 200 ? objectIn(answer.body) : undefined
  }

  async function redeem({ code, verifier, redirect }: Parameters<Service['redeem']>[0]) {
    const known = await metadata()
    if (!known) return refused('unreachable')
    const { clientId, clientSecret, auth } = upstream
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect,
      code_verifier: verifier,
      ...(auth === 'client_secret_post' && { client_id: clientId, client_secret: clientSecret }),
    })
    const answer = await ask(known.token_endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...(auth === 'client_secret_basic' && { authorization: basicAuth(clientId, clientSecret) }),
      },
      body: body.toString(),
    })
    if (!answer) return refused('unreachable')
    if (answer.status !== 200) return refused(refusalOf(answer))
    const now = Math.floor(clock.now() / 1000)
    const read = readTokenAnswer(answer.body, now)
    if (!read) return refused('answer-malformed')
    if (read.idToken === '') return refused('no-id-token')
    return { ok: true as const, ...read }
  }

  return {
    async metadata() {
      const known = await metadata()
      return known ? { ok: true, ...known } : refused(breaker.closed() ? 'setup-unknown' : 'unreachable')
    },
    keys: (anew) => keys(anew ? KEYS_ANEW : undefined),
    redeem,
  }
}

/** What was fetched last, for as long as it is good; whoever comes meanwhile shares one question. */
function kept<Value extends object>(clock: Clock, good: number, load: () => Promise<Value | undefined>) {
  let last: { readonly value: Value; readonly at: number } | undefined
  let loading: Promise<Value | undefined> | undefined
  return async (within = good): Promise<Value | undefined> => {
    const age = last ? clock.now() - last.at : Number.POSITIVE_INFINITY
    if (last && age >= 0 && age < within) return last.value
    loading ??= load().finally(() => {
      loading = undefined
    })
    const value = await loading
    if (value) last = { value, at: clock.now() }
    return value ?? (last && clock.now() - last.at < STALE ? last.value : undefined)
  }
}

/** A document of another issuer would send people, and our secret, elsewhere (mix-up; OIDC Discovery §4.3). */
function metadataIn(document: Readonly<Record<string, unknown>>, issuer: string): Metadata | undefined {
  const { authorization_endpoint, token_endpoint, jwks_uri } = document
  const addresses = [authorization_endpoint, token_endpoint, jwks_uri].map((value) => addressIn(value, issuer))
  const [authorization, token, keys] = addresses
  if (document.issuer !== issuer || !authorization || !token || !keys) return undefined
  return {
    issuer,
    authorization_endpoint: authorization,
    token_endpoint: token,
    jwks_uri: keys,
    authorization_response_iss_parameter_supported: document.authorization_response_iss_parameter_supported === true,
  }
}

/** Never less guarded than the issuer itself. */
function addressIn(value: unknown, issuer: string): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (url === null || url.hash !== '' || url.username !== '') return undefined
  return url.protocol === 'https:' || (url.protocol === 'http:' && url.origin === new URL(issuer).origin)
    ? url.href
    : undefined
}

function refusalOf({ status, body }: { status: number; body: string }): UpstreamRefusal {
  if (status >= 500 || status === 429) return 'unavailable'
  const error = errorIn(body)
  if (error === 'invalid_grant') return 'code-refused'
  return status >= 300 && status < 400 ? 'answer-malformed' : 'not-admitted'
}
