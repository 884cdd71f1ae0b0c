import type { Certificate } from '../../formats/certificate.ts'
import { type CertId, certIdOf, nonceValue, ocspRequest } from '../../formats/ocsp.ts'
import { type Breaker, openBreaker, type Tried } from '../../platform/breaker.ts'
import { type Clock, within } from '../../platform/clock.ts'
import type { Ask } from '../../platform/fetch.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import { openCrls } from './crls.ts'
import { type OcspVerdict, openOcspJudge } from './ocsp-answer.ts'
import type { Fetch } from './outgoing.ts'
import { signs } from './path.ts'
import type { Issuer, Responder } from './trust.ts'
import type { CardRefusalCode } from './verdict.ts'

// Whether a card is still good, as its issuer says now. Owns the asking: whom, how long, whom next, and when to leave an issuer's
// service alone; what an answer must be like stands in ocsp-answer.ts and crls.ts. Every way of not getting a good answer
// is a refusal: a sign-in never goes on without one.

export type Revoked =
  /** `evidence` for the audit: who said so and as of when; nothing about the person. */
  | { readonly good: true; readonly evidence: string }
  | { readonly good: false; readonly because: CardRefusalCode; readonly detail: string }

export interface Revocation {
  /** Within six seconds. Never throws for what a responder did. The card's chain must have been checked before. */
  check(card: Certificate, issuer: Issuer): Promise<Revoked>
  /** Whether this issuer's service can be asked now; without an id, whether any issuer's can. */
  available(issuer?: string): boolean
  /** Cards that wait for a service's answer now: work of somebody else's, which the node has no part in. */
  waiting(): number
  close(): Promise<void>
}

export interface Needs {
  /** Whose certificates, as metrics and log name them: `card` unless said. */
  readonly of?: string
  readonly issuers: readonly Issuer[]
  readonly outgoing: { readonly responders: Ask; readonly named: Ask; readonly lists: Fetch }
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  readonly metrics?: Metrics
  /** Milliseconds for one responder where another could still be asked, and for everything. */
  readonly patience?: { readonly one: number; readonly all: number }
  readonly breaker?: { readonly failures?: number; readonly rest?: number }
}

const PATIENCE = { one: 3_000, all: 5_500 }
/**
 * Who may wait at once, for one issuer and for all. They take no room from anybody else (`waiting`), but memory and sockets. A
 * service that takes half a second so serves 256 a second, more than come to a node; with 32, forty who came in one moment
 * were too many for one that took milliseconds.
 */
const AT_ONCE = 128
const AT_ONCE_IN_ALL = 192
/** So many of each issuer whoever else waits: services that hang must not shut out the cards of one that works. */
const OWN = 8
const NONCE_BYTES = 32
const REQUEST = 'application/ocsp-request'
const ANSWER = 'application/ocsp-response'

interface Watched {
  readonly breaker: Breaker
  running: number
}

export function openRevocation(needs: Needs): Revocation {
  const { of = 'card', issuers, outgoing, clock, random, log, metrics, patience = PATIENCE } = needs
  const judge = openOcspJudge()
  const crls = openCrls({ fetch: outgoing.lists, clock })
  const answers = metrics?.counter(
    `${of}_revocation_answers_total`,
    'Whether certificates are still good: what was answered',
    ['issuer', 'outcome'],
  )
  const took = metrics?.duration(`${of}_revocation_seconds`, 'How long the answer took', ['issuer'])
  let running = 0
  const watched = new Map(issuers.map(({ id }) => [id, watch(id)]))
  metrics?.gauge(
    `${of}_revocation_closed`,
    'Issuers whose revocation service failed so often that it is left alone',
    () => [...watched.values()].filter(({ breaker }) => !breaker.closed()).length,
  )

  function watch(id: string): Watched {
    const heard = (state: 'opened' | 'closed') => log?.warn(`${of}-revocation-breaker-${state}`, { part: id })
    return { breaker: openBreaker({ clock, heard, ...needs.breaker }), running: 0 }
  }

  async function check(card: Certificate, issuer: Issuer): Promise<Revoked> {
    const mine = watched.get(issuer.id) ?? watch(issuer.id)
    watched.set(issuer.id, mine)
    const enough = mine.running < OWN || (mine.running < AT_ONCE && running < AT_ONCE_IN_ALL)
    const done = enough ? mine.breaker.enter() : undefined
    if (done === undefined) {
      answers?.add({ issuer: issuer.id, outcome: 'breaker-open' })
      return {
        good: false,
        because: 'breaker-open',
        detail: enough ? 'left alone for a while' : 'too many wait for it',
      }
    }
    const stop = new AbortController()
    const begun = clock.now()
    mine.running++
    running++
    let tried: Tried = 'failed'
    try {
      const asked = ask(card, issuer, stop.signal)
      const late = () => new Late()
      const found = await within(patience.all, asked, late).catch((fault: unknown) => {
        // Only here does anything still go on; telling a signal costs as much as reading an answer.
        stop.abort('nobody waits any more')
        if (fault instanceof Late) return refused('ocsp-unreachable', 'no answer in time')
        throw fault
      })
      tried = found.good || found.by === 'card' ? 'answered' : found.by === 'responder' ? 'failed' : 'neither'
      answers?.add({ issuer: issuer.id, outcome: found.good ? 'good' : found.because })
      if (!found.good && found.by !== 'card')
        log?.warn(`${of}-revocation-failed`, { part: issuer.id, reason: `${found.because}: ${found.detail}` })
      return found.good ? found : { good: false, because: found.because, detail: found.detail }
    } finally {
      mine.running--
      running--
      done(tried)
      took?.observe({ issuer: issuer.id }, (clock.now() - begun) / 1000)
    }
  }

  function ask(card: Certificate, issuer: Issuer, signal: AbortSignal): Promise<Outcome> {
    if (issuer.ocsp.length > 0) return askInTurn(card, issuer, signal)
    if (issuer.crl !== undefined) return askList(card, issuer, issuer.crl)
    return askNamed(card, issuer, signal)
  }

  /** One after the other, until one gives an answer that can be believed, be it yes or no. */
  async function askInTurn(card: Certificate, issuer: Issuer, signal: AbortSignal): Promise<Outcome> {
    let last = refused('no-revocation-service', 'none is configured', 'question')
    for (const [at, responder] of issuer.ocsp.entries()) {
      if (signal.aborted) break
      const isLast = at === issuer.ocsp.length - 1
      const enough = isLast ? signal : AbortSignal.any([signal, AbortSignal.timeout(patience.one)])
      const outcome = await askOne(outgoing.responders, responder, card, issuer, enough)
      if (outcome.good || outcome.by === 'card') return outcome
      last = outcome
    }
    return last
  }

  async function askNamed(card: Certificate, issuer: Issuer, signal: AbortSignal): Promise<Outcome> {
    const url = card.ocspUrls.find((address) => /^https?:$/.test(URL.parse(address)?.protocol ?? ''))
    if (url === undefined) return refused('no-revocation-service', 'neither configured nor named', 'question')
    // Once more than path.ts did: this address must never be one that somebody wrote into a certificate of their own.
    if (!signs(issuer.certificate, card))
      return refused('no-revocation-service', "the card is not the issuer's, its address is not asked", 'question')
    return askOne(outgoing.named, { url, nonce: true }, card, issuer, signal)
  }

  async function askOne(
    by: Ask,
    { url, responder: pinned, nonce: sends, age }: Responder,
    card: Certificate,
    issuer: Issuer,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const certId = certIdOf(card, issuer.certificate)
    if (certId === undefined) return refused('ocsp-malformed', 'the card has no usable serial number', 'question')
    const nonce = sends ? nonceValue(random.bytes(NONCE_BYTES)) : undefined
    const bytes = await post(by, url, certId, nonce, signal)
    if (typeof bytes === 'string') return refused('ocsp-unreachable', bytes)
    const asked = {
      certId,
      issuer: issuer.certificate,
      now: clock.now(),
      ...(nonce && { nonce }),
      ...(pinned && { pinned }),
      ...(age !== undefined && { age }),
    }
    const verdict = judge(bytes, asked)
    return verdict.good ? { good: true, evidence: evidence('ocsp', url, verdict.thisUpdate) } : verdict
  }

  async function askList(card: Certificate, { certificate }: Issuer, url: string): Promise<Outcome> {
    const found = await crls.look(card, certificate, url)
    if ('lacks' in found) return refused('crl-unusable', found.lacks, found.elsewhere ? 'question' : 'responder')
    if (found.revoked) return refused('revoked', 'on the revocation list', 'card')
    return { good: true, evidence: evidence('crl', url, found.thisUpdate) }
  }

  return {
    check,
    available(id) {
      const asked = id === undefined ? [...watched.values()] : [watched.get(id)]
      return asked.length === 0 || asked.some((one) => one === undefined || one.breaker.closed())
    },
    waiting: () => running,
    close: () => crls.close(),
  }
}

class Late extends Error {}

type Outcome = { readonly good: true; readonly evidence: string } | (OcspVerdict & { readonly good: false })

const refused = (
  because: CardRefusalCode,
  detail: string,
  by: (OcspVerdict & { good: false })['by'] = 'responder',
): OcspVerdict & { readonly good: false } => ({ good: false, because, detail, by })

const evidence = (how: string, url: string, thisUpdate: number): string =>
  `${how} ${url} ${new Date(thisUpdate).toISOString()}`

/** One question (RFC 6960 Appendix A.1); a sentence where no answer came. */
async function post(
  ask: Ask,
  url: string,
  certId: CertId,
  nonce: Buffer | undefined,
  signal: AbortSignal,
): Promise<Buffer | string> {
  try {
    const { status, type, body } = await ask(url, {
      method: 'POST',
      headers: { 'content-type': REQUEST, accept: ANSWER },
      body: ocspRequest(certId, nonce),
      signal,
    })
    if (status !== 200) return `the service answers ${status}`
    const kind = type?.split(';', 1)[0]?.trim().toLowerCase()
    return kind === ANSWER ? body : 'the answer is no OCSP response'
  } catch (fault) {
    return fault instanceof Error ? fault.message : 'no answer'
  }
}
