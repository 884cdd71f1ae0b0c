import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import Koa, { type Context } from 'koa'
import * as oidc from 'openid-client'
import { type Language, spoken } from '../identity/language.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { openRouter, type Route } from '../web/router.ts'
import { openLogoutReader } from './told-to-leave.ts'
import { type AgencyTrouble, openVisits, type ReceivedClaim, type Visit } from './visits.ts'

// A demo agency's site: a real relying party that knows Pratu only by its issuer, as any agency's developer would write
// it. Owns its visitors' sessions, in memory; shares nothing with the service but the network. Started by demo/main and
// by the flow tests.

export interface AgencyPages {
  /** What the pages load, served by each site itself. */
  readonly assets: readonly Route[]
  /** `left`: whether they were signed in before. */
  signedOut(language: Language, left: boolean): string
  /** `trouble`: of a further sign-in. */
  signedIn(language: Language, claims: readonly ReceivedClaim[], trouble?: AgencyTrouble): string
  trouble(language: Language, trouble: AgencyTrouble): string
}

export interface AgencySettings {
  readonly issuer: string
  /** The site's own address without a slash at the end, as registered: `http://localhost:3001`. */
  readonly origin: string
  /** Listened on at 127.0.0.1 only. */
  readonly port: number
  readonly cookie: `__Host-${string}`
  readonly clientId: string
  readonly auth: oidc.ClientAuth
  readonly scope: string
  /** What is asked for besides, only when the citizen presses for it (`/sign-in?more`): a scope, a surer sign-in. */
  readonly more?: { readonly scope?: string; readonly acr_values?: string }
  /** Push the request over the back channel first (RFC 9126). */
  readonly pushed: boolean
}

export interface Needs {
  readonly settings: AgencySettings
  readonly pages: AgencyPages
  readonly clock: Clock
  readonly random: Random
}

export interface Agency {
  readonly origin: string
  /** @throws the listen error (`EADDRINUSE` …). */
  listen(): Promise<void>
  close(): Promise<void>
}

const SECONDS_TO_ANSWER = 5
const OWN_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

export function openAgency({ settings, pages, clock, random }: Needs): Agency {
  const visits = openVisits({ clock, random })
  const readLogout = openLogoutReader({ ...settings, now: () => clock.now() })
  const assets = openRouter(pages.assets)
  const callback = `${settings.origin}/callback`
  let provider: Promise<oidc.Configuration> | undefined
  const app = new Koa()

  app.use(async (ctx) => {
    // Chromium keeps __Host- cookies of http://localhost; koa would refuse to set them over plain HTTP.
    ctx.cookies.secure = true
    ctx.set(OWN_HEADERS)
    const found = visits.find(ctx.cookies.get(settings.cookie))
    const language = languageOf(ctx, found)
    // A language once pressed stays, signed in or not.
    const visit = found ?? (ctx.query.ui_locales === undefined ? undefined : remember(ctx, visits.begin(language)))
    if (visit) visit.language = language
    const step = steps[`${ctx.method} ${ctx.path}`]
    if (step) await step(ctx, language, visit)
    else if (ctx.method === 'GET') await assets(ctx)
  })
  app.on('error', () => {}) // a broken connection of a demo visitor is nobody's news

  type Step = (ctx: Context, language: Language, visit: Visit | undefined) => Promise<void> | void
  const steps: Record<string, Step> = {
    'GET /': (ctx, language, visit) => {
      if (visit?.trouble && !visit.person) return show(ctx, language, visit.trouble)
      ctx.type = 'html'
      ctx.body = visit?.person
        ? pages.signedIn(language, visit.person.claims, visit.trouble)
        : pages.signedOut(language, visit?.left === true)
    },
    'GET /sign-in': signIn,
    'GET /callback': finish,
    'POST /sign-out': signOut,
    'POST /logout': toldToLeave,
  }

  async function signIn(ctx: Context, language: Language, visit: Visit | undefined): Promise<void> {
    try {
      const config = await discovered()
      const verifier = oidc.randomPKCECodeVerifier()
      const state = oidc.randomState()
      const nonce = oidc.randomNonce()
      const more = (ctx.query.more === undefined ? undefined : settings.more) ?? {}
      const parameters = {
        redirect_uri: callback,
        ...more,
        scope: [settings.scope, more.scope].filter(Boolean).join(' '),
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ui_locales: language,
      }
      const target = settings.pushed
        ? await oidc.buildAuthorizationUrlWithPAR(config, parameters)
        : oidc.buildAuthorizationUrl(config, parameters)
      const current = remember(ctx, visit ?? visits.begin(language))
      current.pending.set(state, { nonce, verifier })
      delete current.trouble
      delete current.left
      leave(ctx, target)
    } catch (error) {
      tell(ctx, language, visit, troubleOf(error))
    }
  }

  async function finish(ctx: Context, language: Language, visit: Visit | undefined): Promise<void> {
    const state = String(ctx.query.state ?? '')
    const pending = visit?.pending.get(state)
    if (!visit || !pending) {
      // Coming back to an answer that was already used (reload, back button) is no trouble for somebody signed in.
      if (visit?.person) return leave(ctx, settings.origin)
      return tell(ctx, language, visit, { kind: 'stale' })
    }
    visit.pending.delete(state)
    try {
      const config = await discovered()
      const tokens = await oidc.authorizationCodeGrant(config, new URL(ctx.url, settings.origin), {
        expectedState: state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      })
      const idToken = tokens.claims()
      if (!idToken || !tokens.id_token) throw new Error('no ID token')
      const userInfo = await oidc.fetchUserInfo(config, tokens.access_token, idToken.sub)
      const fresh = remember(ctx, visits.renew(visit))
      const { sub, sid } = idToken as { readonly sub: string; readonly sid?: string }
      fresh.person = { idToken: tokens.id_token, sub, sid, claims: received(idToken, userInfo) }
      leave(ctx, settings.origin)
    } catch (error) {
      tell(ctx, language, visit, troubleOf(error))
    }
  }

  async function signOut(ctx: Context, language: Language, visit: Visit | undefined): Promise<void> {
    // The two agencies are one site to SameSite, so the cookie alone doesn't prove that the form was ours.
    const from = ctx.get('Sec-Fetch-Site')
    if (from && from !== 'same-origin') {
      ctx.status = 403
      return
    }
    const idToken = visit?.person?.idToken
    // Gone before the service is asked: whatever is answered there, here they have left.
    if (visit) remember(ctx, visits.renew(visit)).left = visit.person !== undefined || visit.left === true
    if (!idToken) return leave(ctx, settings.origin)
    try {
      const parameters = {
        id_token_hint: idToken,
        post_logout_redirect_uri: `${settings.origin}/`,
        ui_locales: language,
      }
      leave(ctx, oidc.buildEndSessionUrl(await discovered(), parameters))
    } catch (error) {
      tell(ctx, language, visit, troubleOf(error))
    }
  }

  /** From the service's own server: the session there has ended, here or at another agency. */
  async function toldToLeave(ctx: Context): Promise<void> {
    const token = new URLSearchParams(await text(ctx.req)).get('logout_token')
    const jwks = (await discovered()).serverMetadata().jwks_uri
    const leaver = token && jwks ? await readLogout(token, jwks) : undefined
    if (leaver && (leaver.sub !== undefined || leaver.sid !== undefined)) visits.end(leaver.sub, leaver.sid)
    ctx.status = leaver ? 200 : 400
    ctx.body = ''
  }

  /** Discovery once; a failure is forgotten, so that the next visitor tries again. */
  function discovered(): Promise<oidc.Configuration> {
    provider ??= discover(settings).catch((error: unknown) => {
      provider = undefined
      throw error
    })
    return provider
  }

  function remember(ctx: Context, visit: Visit): Visit {
    ctx.cookies.set(settings.cookie, visit.id, { path: '/', httpOnly: true, sameSite: 'lax', overwrite: true })
    return visit
  }

  function tell(ctx: Context, language: Language, visit: Visit | undefined, trouble: AgencyTrouble): void {
    remember(ctx, visit ?? visits.begin(language)).trouble = trouble
    leave(ctx, settings.origin)
  }

  function show(ctx: Context, language: Language, trouble: AgencyTrouble): void {
    ctx.status = trouble.kind === 'unreachable' ? 503 : trouble.kind === 'unexpected' ? 502 : 400
    if (trouble.kind === 'unreachable') ctx.set('Retry-After', '5')
    ctx.type = 'html'
    ctx.body = pages.trouble(language, trouble)
  }

  const handle = app.callback()
  const server = createServer((request, response) => void handle(request, response))
  return {
    origin: settings.origin,
    listen: () => listen(server, settings.port),
    close: () => stop(server),
  }
}

function discover({ issuer, clientId, auth }: AgencySettings): Promise<oidc.Configuration> {
  const execute = issuer.startsWith('http://localhost') ? [oidc.allowInsecureRequests] : []
  const metadata = { id_token_signed_response_alg: 'ES256' }
  return oidc.discovery(new URL(issuer), clientId, metadata, auth, { execute, timeout: SECONDS_TO_ANSWER })
}

/** What is about the person first, what is about the sign-in after it. */
function received(idToken: object, userInfo: object): ReceivedClaim[] {
  const first = Object.entries(idToken).map(([name, value]): ReceivedClaim => ({ name, value, from: 'id_token' }))
  const names = new Set(first.map((claim) => claim.name))
  const more = Object.entries(userInfo).filter(([name]) => !names.has(name))
  return [...more.map(([name, value]): ReceivedClaim => ({ name, value, from: 'userinfo' })), ...first]
}

/** What openid-client threw, as something that a page can say honestly. */
export function troubleOf(error: unknown): AgencyTrouble {
  if (error instanceof oidc.AuthorizationResponseError) return { kind: 'refused', error: error.error }
  if (error instanceof oidc.ResponseBodyError && error.status < 500) return { kind: 'refused', error: error.error }
  if (error instanceof oidc.ResponseBodyError) return { kind: 'unreachable' }
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message === 'fetch failed' || cause.name === 'TimeoutError') return { kind: 'unreachable' }
    if (cause.cause instanceof Response) return { kind: cause.cause.status >= 500 ? 'unreachable' : 'unexpected' }
  }
  return { kind: 'unexpected' }
}

/** The language asked for in the address, else what was asked before, else the browser's, else Thai. */
function languageOf(ctx: Context, visit: Visit | undefined): Language {
  const asked = ctx.query.ui_locales
  return (
    spoken(typeof asked === 'string' ? asked : undefined) ??
    visit?.language ??
    spoken(ctx.get('Accept-Language')) ??
    'th'
  )
}

function leave(ctx: Context, target: URL | string): void {
  ctx.status = 303
  ctx.redirect(String(target))
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
