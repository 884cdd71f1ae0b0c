import { hash } from 'node:crypto'
import { type Assurance, higher, LEVELS } from '../../identity/assurance.ts'
import type { Json } from '../../identity/json.ts'
import { LANGUAGES } from '../../identity/language.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Method, MethodInput, Step } from '../method.ts'
import { holderIn } from './holder.ts'
import { verifyIdToken } from './id-token.ts'
import { UPSTREAM_REFUSALS, type UpstreamRefusal } from './refusals.ts'
import type { Service } from './service.ts'
import type { Upstream } from './upstream.ts'
import { SAYS_NO } from './wire.ts'

// Signing in by an OpenID Connect service that knows people (ThaID): the browser leaves for it with a question and comes
// back with a code, for which the service tells us who that is. Owns the question and what an answer must be; asking is
// service.ts's, believing id-token.ts's. A question is of one interaction, which only the browser that began it can
// reach, and is answered once, right or wrong: a code of another question is worth nothing here.

export const OUTSIDE = 'outside'
/** For the app, the PIN, the face. */
const LIFE = 10 * 60_000
const SKEW_SECONDS = 60

export interface Needs {
  readonly upstream: Upstream
  readonly service: Service
  readonly artifacts: Pick<Artifacts, 'once'>
  readonly available: () => boolean
  /** As it is registered there, to the letter. */
  readonly redirect: string
  /** What came of it, by its word: `proved`, or one of the refusals. */
  readonly heard: (came: string) => void
  readonly clock: Clock
  readonly random: Random
}

interface State {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Epoch milliseconds. */
  readonly asked: number
}

/** In `state` before our chance: which sign-in the fixed address of return leads on to. Worth nothing without its cookie. */
const interactionIn = (back: string): string => new URL(back).pathname.split('/')[2] ?? ''

/** Which interaction an answer belongs to; undefined for what we have not made. */
export const interactionOf = (state: unknown): string | undefined =>
  typeof state === 'string' ? /^([\w-]{1,64})\.[\w-]{43}$/.exec(state)?.[1] : undefined

export function openUpstream({
  upstream,
  service,
  artifacts,
  available,
  redirect,
  heard,
  clock,
  random,
}: Needs): Method {
  function turnedAway(code: UpstreamRefusal): Step {
    heard(code)
    return { step: 'refused', refusal: { code: UPSTREAM_REFUSALS[code].trouble }, note: { because: code } }
  }

  async function begin({ back, language }: MethodInput): Promise<Step> {
    const metadata = await service.metadata()
    if (!metadata.ok) return turnedAway(metadata.code)
    const state: State = {
      state: `${interactionIn(back)}.${random.token(256)}`,
      nonce: random.token(256),
      verifier: random.token(256),
      asked: clock.now(),
    }
    const to = new URL(metadata.authorization_endpoint)
    const question = {
      ...upstream.parameters,
      response_type: 'code',
      client_id: upstream.clientId,
      redirect_uri: redirect,
      scope: upstream.scope,
      state: state.state,
      nonce: state.nonce,
      code_challenge: hash('sha256', state.verifier, 'base64url'),
      code_challenge_method: 'S256',
      ui_locales: [language, ...LANGUAGES.filter((other) => other !== language)].join(' '),
      ...(upstream.fresh && { prompt: 'login' }),
    }
    for (const [name, value] of Object.entries(question)) to.searchParams.set(name, value)
    return { step: 'ask', form: OUTSIDE, show: { to: to.href }, state: { ...state } }
  }

  async function resume(kept: Json, { fields }: MethodInput): Promise<Step> {
    const question = kept as unknown as State | null
    if (!question) return turnedAway('no-question')
    if (fields.state !== question.state) return turnedAway('other-question')
    if (!(await artifacts.once(`upstream ${question.state}`, LIFE / 1000 + SKEW_SECONDS)))
      return turnedAway('no-question')
    if (clock.now() > question.asked + LIFE || clock.now() < question.asked) return turnedAway('too-late')
    const metadata = await service.metadata()
    if (!metadata.ok) return turnedAway(metadata.code)
    // RFC 9207 §2.4: where it is promised it must be there; where it stands it must be right.
    const promised = metadata.authorization_response_iss_parameter_supported === true
    if (fields.iss === undefined ? promised : fields.iss !== upstream.issuer) return turnedAway('other-service')
    if (fields.error !== undefined) return turnedAway(refusalIn(fields.error))
    if (!fields.code) return turnedAway('answer-malformed')
    return answered(question, fields.code)
  }

  async function answered({ nonce, verifier, asked }: State, code: string): Promise<Step> {
    const tokens = await service.redeem({ code, verifier, redirect })
    if (!tokens.ok) return turnedAway(tokens.code)
    const { idToken, accessToken, ends } = tokens
    // Ended before it began: the answer is an old one, or is none.
    if (ends !== undefined && ends * 1000 < clock.now() - SKEW_SECONDS * 1000) return turnedAway('expired')
    const believed = await believe(idToken, { upstream, nonce, asked, accessToken })
    if (!believed.ok) return turnedAway(believed.code)
    const holder = holderIn(believed.claims, upstream)
    if (!holder.ok) return turnedAway(holder.code)
    heard('proved')
    return {
      step: 'proved',
      proof: {
        method: upstream.id,
        scheme: upstream.person.scheme,
        code: holder.code,
        assurance: holder.assurance,
        amr: upstream.amr,
        evidence: hash('sha256', `upstream|${upstream.id}|${idToken}`, 'base64url'),
        ...(holder.names && { names: holder.names }),
      },
    }
  }

  /** A key that we don't know yet is asked for once more: services change theirs. */
  async function believe(idToken: string, about: Omit<Parameters<typeof verifyIdToken>[2], 'now'>) {
    const keys = await service.keys()
    if (!keys) return { ok: false as const, code: 'unreachable' as const }
    const expected = { ...about, now: clock.now() }
    const first = await verifyIdToken(idToken, keys, expected)
    if (first.ok || first.code !== 'unknown-key') return first
    const anew = await service.keys(true)
    return anew && anew !== keys ? verifyIdToken(idToken, anew, expected) : first
  }

  return { id: upstream.id, assurance: surest(upstream), available, returns: true, begin, resume }
}

const surest = ({ level }: Upstream): Assurance => Object.values(level.levels).reduce<Assurance>(higher, LEVELS[0])

/** OIDC Core §3.1.2.6, RFC 6749 §4.1.2.1 and ThaID's own. */
function refusalIn(error: string): UpstreamRefusal {
  if (SAYS_NO.includes(error)) return 'refused-there'
  if (error === 'server_error' || error === 'temporarily_unavailable') return 'unavailable'
  if (['login_required', 'interaction_required', 'consent_required'].includes(error)) return 'refused-there'
  return 'not-admitted'
}
