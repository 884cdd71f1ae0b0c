import { hash } from 'node:crypto'
import { type Assurance, atLeast, lower } from '../../identity/assurance.ts'
import type { Json } from '../../identity/json.ts'
import type { Language } from '../../identity/language.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import type { TroubleCode } from '../../identity/trouble.ts'
import type { Breaker } from '../../platform/breaker.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Random } from '../../platform/random.ts'
import type { Look, Method, MethodInput, Note, Refusal, Step } from '../method.ts'
import type { Prompts } from '../prompts.ts'
import type { Watching } from '../watch.ts'
import { type Expected, judgeAnswer } from './answer.ts'
import type { Judge } from './certificate.ts'
import { type Client, type Failed, passing } from './client.ts'
import { deviceLink, isDigestOf, type Linked } from './device-link.ts'
import { forDeviceLink, forNotification, written } from './interactions.ts'
import { type Picture, pictureOf } from './picture.ts'
import { endedCode, httpCode, wordCode } from './refusals.ts'
import { SESSION_LIFE, type SmartIdSettings } from './settings.ts'
import { verificationCode } from './verification-code.ts'
import { ALGORITHM, type AuthenticationRequest, type Interaction, PROTOCOL, type SessionStatus } from './wire.ts'

// Smart-ID: device link first. A session at the provider is opened by the person's own act, never by looking at the page,
// and serves both a picture for another device's telephone and a link for an app on this one. What a telephone signed
// names the way by which it was reached: an app on the same device proves nothing until its callback has reached this
// very browser (the state lies under its interaction, the token is known to nobody else). Owns the two legs and their
// order; what an answer proves is answer.ts's, who that is in the register is login's.

/** The page that begins, the page with picture and link, and the one with a code to compare. */
export const FORM = 'smart-id'
export const LINK_PAGE = 'smart-id-link'
export const CODE_PAGE = 'smart-id-code'

/** A picture is new in every second of the session. */
const RENEW = 1_000
const CHALLENGE_BYTES = 64
const TOKEN_BITS = 128
const CALLBACK = /^https?:\/\/[^|#]+$/

/** What was answered at the end: nothing of it is judged yet. */
export type Answered = Failed | { readonly status: SessionStatus }

export interface Needs {
  readonly settings: SmartIdSettings
  readonly client: Client
  readonly judge: Judge
  readonly watching: Watching<AnsweredJson>
  /** Where telephones may ring for a typed person code. */
  readonly prompts?: Prompts | undefined
  readonly breaker: Breaker
  /** Whether it can be found out at all if certificates are still good. */
  readonly provable: () => boolean
  /** The highest of what its issuers vouch for. */
  readonly assurance: Assurance
  /** Schemes that are open here and that its issuers certify, the default first. */
  readonly schemes: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** As it goes through the sessions store. */
export type AnsweredJson = { readonly [name: string]: Json | undefined }

/** What the page that begins needs. */
export interface StartShow {
  readonly [name: string]: Json | undefined
  /** A telephone may ring for a typed person code. */
  readonly notify: boolean
  /** Of what schemes that is. */
  readonly schemes: readonly string[]
}

export interface LinkShow {
  readonly [name: string]: Json | undefined
  /** Epoch milliseconds. */
  readonly begun: number
  readonly until: number
  /** Absent once it was confirmed. */
  readonly picture?: Picture & { readonly [name: string]: Json }
  /** Of an app on this device; absent where it could not come back. */
  readonly link?: string
  /** Confirmed by an app on this device that has yet to come back. */
  readonly confirmed?: true
}

export interface CodeShow {
  readonly [name: string]: Json | undefined
  readonly begun: number
  readonly until: number
  readonly code: string
}

interface Opened {
  readonly session: string
  /** base64, as they were sent. */
  readonly challenge: string
  readonly interactions: string
  /** Epoch milliseconds of the answer to our opening: pictures count their seconds from it. */
  readonly since: number
}
interface ByLink extends Opened {
  readonly by: 'link'
  readonly base: string
  readonly token: string
  readonly secret: string
  readonly lang: string
  readonly callback?: string
  /** What the app must bring back, besides its digests. */
  readonly expects: string
  /** What it brought back. */
  readonly returned?: { readonly digest: string; readonly verifier: string }
}
interface ByCode extends Opened {
  readonly by: 'code'
  readonly scheme: string
  readonly code: string
  readonly prompt: string
}
type State = ByLink | ByCode

export function openSmartId(needs: Needs): Method {
  const { settings, client, judge, watching, prompts, breaker, provable, assurance, schemes, clock, random, log } =
    needs
  const { rpName, hash: hashName, level, notification } = settings

  const rings = ({ need }: MethodInput): boolean =>
    prompts !== undefined && notification !== 'off' && schemes.length > 0 && atLeast(notification, need)

  function ask(input: MethodInput, trouble?: Refusal, note?: Note): Step {
    const show: StartShow = { notify: rings(input), schemes }
    return { step: 'ask', form: FORM, show, state: null, ...(trouble && { trouble }), ...(note && { note }) }
  }

  function requestOf(interactions: readonly Interaction[]): {
    request: AuthenticationRequest
    challenge: string
    text: string
  } {
    const challenge = random.bytes(CHALLENGE_BYTES).toString('base64')
    const text = written(interactions)
    const request: AuthenticationRequest = {
      relyingPartyUUID: settings.rpUuid,
      relyingPartyName: rpName,
      certificateLevel: level,
      signatureProtocol: PROTOCOL,
      signatureProtocolParameters: {
        rpChallenge: challenge,
        signatureAlgorithm: ALGORITHM,
        signatureAlgorithmParameters: { hashAlgorithm: hashName },
      },
      interactions: text,
    }
    return { request, challenge, text }
  }

  /** Asks the provider for a session, unless it is left alone for a while. */
  async function open<T extends object>(call: () => Promise<T | Failed>): Promise<T | Failed> {
    const done = breaker.enter()
    if (!done) return { failed: 'unreachable' }
    const answer = await call()
    const failed = 'failed' in answer && answer.failed !== undefined
    done(failed && passing(answer) ? 'failed' : 'answered')
    return answer
  }

  async function byLink(input: MethodInput): Promise<Step> {
    const expects = random.token(TOKEN_BITS)
    const callback = `${input.back}?value=${expects}`
    // The provider takes secure addresses only; its like on this machine, which the demo has, takes ours.
    const comesBack = CALLBACK.test(callback) && (callback.startsWith('https:') || settings.address.startsWith('http:'))
    const { request, challenge, text } = requestOf(forDeviceLink(input.towards, input.language))
    const opened = await open(() =>
      client.openDeviceLink({ ...request, ...(comesBack && { initialCallbackUrl: callback }) }),
    )
    if (isFailed(opened)) return failedStep(opened)
    return stand({
      by: 'link',
      session: opened.sessionID,
      challenge,
      interactions: text,
      since: clock.now(),
      base: opened.deviceLinkBase,
      token: opened.sessionToken,
      secret: opened.sessionSecret,
      lang: LANGUAGES[input.language],
      expects,
      ...(comesBack && { callback }),
    })
  }

  function personIn({ fields: { scheme: typed, person_code: code = '' } }: MethodInput) {
    const scheme = typed || schemes[0]!
    return { scheme, parsed: schemes.includes(scheme) ? parsePersonId(scheme, code) : undefined }
  }

  async function byCode(input: MethodInput): Promise<Step> {
    if (!prompts || !rings(input)) return ask(input)
    const { scheme, parsed } = personIn(input)
    if (!parsed?.ok) return ask(input, { code: 'PRT-1205', field: 'person_code' }, { unrecorded: true })
    const rung = await prompts.begin({ subject: `${scheme}|${parsed.code}`, source: input.source })
    if (!rung.ok) return ask(input, rung.refusal, rung.onRecord ? { unrecorded: true } : undefined)
    const { request, challenge, text } = requestOf(forNotification(input.towards, input.language))
    const opened = await open(() =>
      client.openNotification(`PNO${scheme}-${parsed.code}`, { ...request, vcType: 'numeric4' }),
    )
    if (isFailed(opened)) {
      await prompts.end(rung.prompt, 'gone')
      return failedStep(opened)
    }
    return stand({
      by: 'code',
      session: opened.sessionID,
      challenge,
      interactions: text,
      since: clock.now(),
      scheme,
      code: parsed.code,
      prompt: rung.prompt,
    })
  }

  const untilOf = ({ since }: State): number => since + SESSION_LIFE
  const spanOf = (state: State) => ({ begun: state.since, until: untilOf(state) })

  function watch(state: State): void {
    watching.watch(state.session, (signal) => poll(state, signal), untilOf(state))
  }

  async function poll(state: State, signal: AbortSignal): Promise<AnsweredJson | 'running'> {
    const answer = await client.poll(state.session, signal)
    if (isFailed(answer)) {
      if (signal.aborted) return 'running'
      log.warn('smart-id-poll-failed', { reason: reasonOf(answer) })
      // Tried again: as long as the session may live, its end is worth waiting for.
      if (passing(answer)) throw new Error(answer.failed)
    } else if (answer.status.state === 'RUNNING') return 'running'
    if (state.by === 'code') await prompts?.end(state.prompt, howItEnded(answer))
    return answer as unknown as AnsweredJson
  }

  /** How things stand, for a page that is loaded. */
  async function stand(state: State): Promise<Step> {
    const found = await watching.look(state.session)
    if (found === 'unknown') watch(state)
    const over = clock.now() >= untilOf(state)
    if (found === 'running' || found === 'unknown') return over ? ended(state, 'PRT-1802', 'TIMEOUT') : waiting(state)
    const answer = found as unknown as Answered
    if (isFailed(answer)) return forgotten(state, failedStep(answer))
    if (answer.status.result?.endResult === 'OK' && isOneLegged(state, answer.status))
      return over ? ended(state, wordCode('no-callback'), 'no-callback') : waiting(state, true)
    return forgotten(state, await conclude(state, answer.status))
  }

  function forgotten(state: State, step: Step): Step {
    watching.forget(state.session)
    return step
  }

  const ended = (state: State, code: TroubleCode, because: string): Step =>
    forgotten(state, { step: 'refused', refusal: { code }, note: { because } })

  function waiting(state: State, confirmed = false): Step {
    const again = clock.now() + RENEW
    if (state.by === 'code') {
      const show: CodeShow = { ...spanOf(state), code: verificationCode(state.challenge) }
      return { step: 'wait', form: CODE_PAGE, show, again, state: json(state) }
    }
    const offered = state.callback !== undefined && !confirmed
    const link = offered ? { link: deviceLink(linkedOf(state), 'Web2App') } : {}
    return { step: 'wait', form: LINK_PAGE, show: { ...showOf(state, confirmed), ...link }, again, state: json(state) }
  }

  /** What changes while a page stands. */
  function showOf(state: ByLink, confirmed: boolean): LinkShow {
    const span = spanOf(state)
    if (confirmed) return { ...span, confirmed: true }
    const elapsed = Math.max(0, Math.floor((clock.now() - state.since) / 1000))
    return { ...span, picture: { ...pictureOf(deviceLink(linkedOf(state), 'QR', elapsed)) } }
  }

  const linkedOf = (state: ByLink): Linked => ({
    schemeName: settings.scheme,
    rpName,
    rpChallenge: state.challenge,
    interactions: state.interactions,
    callback: state.callback,
    deviceLinkBase: state.base,
    sessionToken: state.token,
    sessionSecret: state.secret,
    lang: state.lang,
  })

  /** The app has opened our address in this browser: the first of the two legs, or the second. */
  async function cameBack(state: State | null, { fields }: MethodInput): Promise<Step> {
    const { value = '', sessionSecretDigest: digest = '', userChallengeVerifier: verifier = '' } = fields
    // Back without having confirmed: the app was closed, or its holder refused.
    if (state?.by === 'link' && value === state.expects && digest === '' && verifier === '') return stand(state)
    const fits = state?.by === 'link' && value === state.expects && isDigestOf(digest, state.secret) && verifier !== ''
    if (!fits)
      return { step: 'refused', refusal: { code: wordCode('wrong-callback') }, note: { because: 'wrong-callback' } }
    return stand({ ...state, returned: { digest, verifier } })
  }

  async function conclude(state: State, status: SessionStatus): Promise<Step> {
    const { endResult = '', details } = status.result ?? {}
    if (endResult !== 'OK') {
      const code = endedCode(endResult)
      const known = code === 'PRT-1812' ? 'unknown-end' : endResult
      const interaction = /^\w{1,60}$/.exec(details?.interaction ?? '')?.[0]
      return {
        step: 'refused',
        refusal: { code },
        note: { because: interaction === undefined ? known : `${known} ${interaction}` },
      }
    }
    const verdict = await judgeAnswer(status, expectedOf(state), judge)
    if (!verdict.ok) {
      const refusal = { code: wordCode(verdict.word), ...(verdict.reason && { reason: verdict.reason }) }
      return { step: 'refused', refusal, note: { because: verdict.word } }
    }
    const { holder, signature } = verdict
    return {
      step: 'proved',
      proof: {
        method: 'smart-id',
        scheme: holder.scheme,
        code: holder.code,
        assurance:
          state.by === 'code' && notification !== 'off' ? lower(verdict.assurance, notification) : verdict.assurance,
        amr: ['swk', 'pin', 'mfa'],
        evidence: hash('sha256', `smart-id|${state.session}|${signature}`, 'base64url'),
        names: holder.names,
      },
    }
  }

  function expectedOf(state: State): Expected {
    const types = (JSON.parse(Buffer.from(state.interactions, 'base64').toString()) as Interaction[]).map(
      ({ type }) => type,
    )
    const common = {
      schemeName: settings.scheme,
      rpName,
      rpChallenge: state.challenge,
      interactions: state.interactions,
      types,
      level,
      hash: hashName,
    }
    if (state.by === 'code')
      return { ...common, flows: ['Notification'], person: { scheme: state.scheme, code: state.code } }
    const { callback, secret, returned } = state
    return {
      ...common,
      flows: callback === undefined ? ['QR'] : ['QR', 'Web2App'],
      callback,
      sessionSecret: secret,
      ...(returned && {
        returned: { sessionSecretDigest: returned.digest, userChallengeVerifier: returned.verifier },
      }),
    }
  }

  const failedStep = (failed: Failed): Step => {
    log.warn('smart-id-failed', { reason: reasonOf(failed) })
    return { step: 'refused', refusal: { code: httpCode(failed.failed) }, note: { because: reasonOf(failed) } }
  }

  return {
    id: 'smart-id',
    assurance,
    available: () => breaker.closed() && provable(),
    away: 'PRT-1829',
    returns: true,
    begin: async (input) => ask(input),
    async resume(kept, input) {
      const state = kept as unknown as State | null
      const { way, returned } = input.fields
      if (returned === '1') return cameBack(state, input)
      // A double click, or a page sent again: the session that is open already.
      if (way === 'link') return state?.by === 'link' && clock.now() < untilOf(state) ? stand(state) : byLink(input)
      if (way === 'code') return byCode(input)
      return state ? stand(state) : ask(input)
    },
    begun(kept, input) {
      const state = kept as unknown as State
      const { scheme, parsed } = personIn(input)
      const same = state.by === 'code' && state.scheme === scheme && parsed?.ok === true && parsed.code === state.code
      // As it was read, for there is nothing new to keep.
      return same && clock.now() < untilOf(state) ? { ...waiting(state), state: kept } : undefined
    },
    async look(kept): Promise<Look> {
      const state = kept as unknown as State
      const found = await watching.look(state.session)
      if (found === 'unknown') watch(state)
      if (clock.now() >= untilOf(state)) return { come: true }
      const running = found === 'running' || found === 'unknown'
      const answer = running ? undefined : (found as unknown as Answered)
      const oneLegged =
        answer && !isFailed(answer) && answer.status.result?.endResult === 'OK' && isOneLegged(state, answer.status)
      if (answer && !oneLegged) return { come: true }
      if (state.by === 'code') return { come: false }
      return { come: false, show: showOf(state, oneLegged === true), next: RENEW }
    },
    async abandon(kept) {
      const state = kept as unknown as State
      // A telephone that rings goes on ringing: its end is waited for, so that it counts as what it was.
      if (state.by === 'link') watching.forget(state.session)
    },
  }
}

/** ISO 639-2; the provider's pages have no Thai. */
const LANGUAGES: Readonly<Record<Language, string>> = { th: 'eng', en: 'eng', et: 'est' }

const isFailed = (answer: object): answer is Failed => 'failed' in answer && answer.failed !== undefined
const json = (state: State): Json => state as unknown as Json

/** Confirmed by an app on this device, which has not come back to this browser. */
const isOneLegged = (state: State, { signature }: SessionStatus): boolean =>
  state.by === 'link' &&
  state.callback !== undefined &&
  state.returned === undefined &&
  signature?.flowType === 'Web2App'

const reasonOf = ({ failed, code }: Failed): string => (code === undefined ? failed : `${failed} ${code}`)

function howItEnded(answer: Answered): 'answered' | 'refused' | 'gone' {
  if (isFailed(answer)) return 'gone'
  const endResult = answer.status.result?.endResult ?? ''
  if (endResult === 'OK') return 'answered'
  return endResult.startsWith('USER_REFUSED') || endResult === 'WRONG_VC' ? 'refused' : 'gone'
}
