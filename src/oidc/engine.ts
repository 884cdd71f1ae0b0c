import type { InteractionResults, Interaction as LibraryInteraction } from 'oidc-provider'
import type { Client } from '../clients/relying-party.ts'
import type { Assurance } from '../identity/assurance.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import { Problem } from '../identity/trouble.ts'
import type { Along } from '../login/flow.ts'
import type { Person } from '../persons/person.ts'
import { hasMetSlowness } from '../platform/patience.ts'
import { type AgencyCalls, openAgencyCalls } from './agency-calls.ts'
import { type Assembled, assemble } from './assemble.ts'
import { openKeyFetch } from './client-keys.ts'
import { interactionPath, ROUTES } from './configuration.ts'
import { COOKIES, type Keygrip, openKeygrip } from './cookies.ts'
import { openEvidence } from './evidence.ts'
import { type FirstAnswer, openFirstAnswer } from './first-answer.ts'
import { openFirstPage } from './first-page.ts'
import { openFirstRequest } from './first-request.ts'
import { openHints } from './hints.ts'
import { type Interaction, viewOf } from './interaction.ts'
import { INTERACTION, PUBLISHED } from './lifetimes.ts'
import { checkIssuer } from './localhost.ts'
import { openMadeHere } from './made-here.ts'
import type { Needs } from './needs.ts'
import { DELIVERIES, openOwnDeliveries } from './own-deliveries.ts'
import { replaceForms, showEnded } from './pages.ts'
import { queryOf, readPosted, withoutHint, withoutPerson } from './posted.ts'
import { openPresent, type Present } from './present.ts'
import { outcomeEntries } from './record.ts'
import { idOf, stir, takeBack } from './session-model.ts'
import { beginVisit, type Ctx, requestOf, type Visit, type WebCtx } from './visit.ts'

// The protocol engine: OpenID Connect as agencies see it, on oidc-provider, which nothing else imports. Owns the protocol's
// addresses, sessions, codes and tokens, and the audit of their issue; does not own who somebody is (login), what may be
// told of them (disclosure), nor any page. Called by web: `middleware` serves the protocol, the rest serves the pages
// under /login/<id>. An error of ours leaves `middleware` as a throw, for the one outer boundary.

export interface SignedIn {
  readonly person: PersonKey
  /** Their entry, which this request has read: whoever may not sign in doesn't get here. */
  readonly known?: Person
  readonly acr: Assurance
  /** RFC 8176 values and the method's id. */
  readonly amr: readonly string[]
  /** Epoch milliseconds of the proof. */
  readonly at: number
}

export interface Engine {
  /**
   * Serves the protocol's addresses; for all others calls `next`. `show` makes the page of the interaction that this request
   * has begun, which `interaction` then gives, the answer in place of the redirect to it; it isn't always called.
   * @throws Problem, ArtifactsUnavailable or a fault.
   */
  middleware(ctx: WebCtx, next: () => Promise<void>, show?: () => Promise<void>): Promise<void>
  /**
   * The interaction whose page (/login/<id>, or an address below it) this request is for.
   * @throws Problem PRT-1002 when its cookie didn't come: another browser's address never works; PRT-1001 when it is over.
   */
  interaction(ctx: WebCtx): Promise<Interaction>
  /**
   * The agency's answer to a first sign-in made ready, while it is not yet certain: `signIn` then gives it, if its parts were
   * written. Undefined where the library makes it. Never throws.
   */
  firstAnswer(ctx: WebCtx, interaction: Interaction, who: SignedIn): Promise<Along | undefined>
  /**
   * Each answers the address to redirect to (303); a sign-in none where the agency's answer already stands in `ctx`.
   */
  signIn(ctx: WebCtx, interaction: Interaction, who: SignedIn): Promise<string | undefined>
  /** Keeps the answer. To deny leads back to the agency without a sign-in. */
  consent(ctx: WebCtx, interaction: Interaction, answer: 'allow' | 'deny'): Promise<string>
  /** Whoever is signed in goes on as themselves, or somebody else wants to sign in in this browser. */
  goOn(ctx: WebCtx, interaction: Interaction, as: 'me' | 'other'): Promise<string>
  /** Back to the agency without a sign-in: the person's wish, or no method of theirs reaches the level. */
  cancel(
    ctx: WebCtx,
    interaction: Interaction,
    why?: 'access_denied' | 'unmet_authentication_requirements',
  ): Promise<string>
  /** What agencies' servers usually ask; for web, before anything else is done. */
  readonly agencyCalls: AgencyCalls
  /** Who is signed in in this browser, for pages of ours outside a sign-in; undefined for everybody else. */
  present(ctx: WebCtx): Promise<Present | undefined>
  /** Signs koa's cookies; for the web app's own. */
  readonly keys: Keygrip
  close(): void
}

export function openEngine(needs: Needs): Engine {
  const { artifacts, audit, clients, clock, db, issuer, pages, production, ring } = needs
  checkIssuer(issuer, production)
  const keys = openKeygrip(needs.cookieKeys)
  const evidence = openEvidence(needs)
  const verifyHint = openHints({ issuer, ring, clients, verified: evidence.showed })
  const fetchKeys = openKeyFetch(needs)
  const madeHere = openMadeHere(artifacts)
  const agencyCalls = openAgencyCalls({ ...needs, evidence, madeHere })
  const build = (): Assembled => assemble({ needs, keygrip: keys, fetchKeys, verifyHint })
  let current = build()
  const stop = ring.onChange(() => {
    current = build()
  })
  const present = openPresent({ people: needs.people, provider: () => current.provider })
  const deliveries = openOwnDeliveries({
    ...needs,
    serve: (ctx) => serve(ctx, unknownAddress),
    registered: (id) => clients.find(id),
  })
  const models = new WeakMap<Interaction, LibraryInteraction>()
  const answers = new WeakMap<Interaction, FirstAnswer>()
  /** Whose page is the answer to the very request that begins it. */
  const begun = new WeakMap<WebCtx, Interaction>()
  const firstPage = openFirstPage({ clock })
  const firstRequest = openFirstRequest({ ...needs, keys })
  const firstAnswer = openFirstAnswer({ ...needs, keys, madeHere })
  const now = (): number => Math.floor(clock.now() / 1000)

  async function middleware(web: WebCtx, next: () => Promise<void>, show?: () => Promise<void>): Promise<void> {
    if (!isPlain(web.path)) return next()
    if (web.path === DELIVERIES) return deliveries(web)
    if ((await takeForm(web)) || (await agencyCalls.middleware(web, requestOf(web)))) return
    const ctx = web as Ctx
    const room = show && firstPage.take(web)
    if (room === undefined) return serve(ctx, next)
    const visit = beginVisit(ctx)
    visit.shown = true
    let kept = false
    const shown = async () => {
      kept = true
      await show?.()
    }
    const before = ctx.res.getHeader('set-cookie')
    try {
      if (await begin(web)) await shown()
      else await serve(ctx, next, visit, shown)
    } catch (error) {
      restoreCookies(ctx, before)
      throw error
    } finally {
      if (!kept) firstPage.giveBack(room)
    }
  }

  /** Our own way to an interaction whose page is the answer; false: nothing has happened. */
  async function begin(ctx: WebCtx): Promise<boolean> {
    ownCookies(ctx)
    const made = await firstRequest(ctx)
    if (!made) return false
    // Without a record of the library's: its page only asks, and whoever answers comes again.
    begun.set(ctx, viewOf(made, made.client, needs.terms(made.client)))
    ctx.set('Content-Location', interactionPath(made.uid))
    return true
  }

  async function serve(
    ctx: Ctx,
    next: () => Promise<void>,
    visit: Visit = beginVisit(ctx),
    show?: () => Promise<void>,
  ): Promise<void> {
    const engine = current
    ownCookies(ctx)
    const before = ctx.res.getHeader('set-cookie')
    let matched = true
    try {
      await engine.dispatch(ctx, () => {
        matched = false
        return next()
      })
      if (matched) await finish(ctx, visit)
      if (show && isBegun(ctx)) await show()
    } catch (error) {
      // The request failed for no fault of the person's: what it was about to change in their browser doesn't happen.
      if (matched) restoreCookies(ctx, before)
      const { begins: uid, grant } = visit
      if (uid !== undefined) await takeBack({ ...needs, limits: needs.session }, { uid, grantId: grant?.jti })
      throw error
    }
  }

  /** Between the library's answer and its leaving. */
  async function finish(ctx: Ctx, visit: Visit): Promise<void> {
    const { oidc } = ctx
    if (visit.spent !== undefined) {
      if (!(await use(visit.spent))) throw new Problem('PRT-1001')
      firstPage.giveBack()
    }
    evidence.answered(ctx)
    await replaceForms(pages, ctx, visit)
    showEnded(pages, ctx, visit)
    const [first, ...others] = [...visit.entries, ...outcomeEntries(ctx, visit)]
    const { RotatedRefreshToken: refreshed } = oidc.entities
    const used = refreshed && ctx.status === 200 ? await stir(needs, refreshed, needs.session) : undefined
    if (first) await (used ? needs.live.note(db, used, first, ...others) : audit.append(db, first, ...others))
    if (ctx.status === 200 && (oidc.route === 'jwks' || oidc.route === 'discovery'))
      ctx.set('Cache-Control', `public, max-age=${PUBLISHED}`)
    // Before the agency is known its origin can't be allowed.
    else if (!oidc.client && ctx.method !== 'OPTIONS') ctx.remove('Access-Control-Allow-Origin')
    dropIdleCookie(ctx)
  }

  /** Whether the library sends the browser to an interaction that it has just stored: then its page may be the answer. */
  function isBegun(ctx: Ctx): boolean {
    const { Interaction: model, Client } = ctx.oidc.entities
    if (ctx.status !== 303 || !model || ctx.response.get('Location') !== interactionPath(model.uid)) return false
    const client = Client && clients.find(Client.clientId)
    if (!client) return false
    begun.set(ctx, keepModel(model, client))
    ctx.remove('Location')
    ctx.set('Content-Location', interactionPath(model.uid))
    return true
  }

  function keepModel(model: LibraryInteraction, client: Client): Interaction {
    const view = viewOf(model, client, needs.terms(client))
    models.set(view, model)
    return view
  }

  /** Of two answers to one interaction, one leaves. */
  async function use(uid: string): Promise<boolean> {
    return (await artifacts.consume('interaction', uid, now(), INTERACTION)) === 'consumed'
  }

  /** Sign-out with a hint and whatever comes by POST; true when the request is answered. */
  async function takeForm(ctx: WebCtx): Promise<boolean> {
    const { path } = ctx
    const leaving = path === ROUTES.end_session
    if (!leaving && path !== ROUTES.authorization) return false
    if (ctx.method === 'GET' || ctx.method === 'HEAD') {
      if (leaving && ctx.query.id_token_hint !== undefined)
        ctx.querystring = queryOf(await withoutHint(ctx.query, verifyHint))
      return false
    }
    if (ctx.method !== 'POST') return false
    const posted = await readPosted(ctx)
    const query = queryOf(leaving ? await withoutHint(posted, verifyHint) : withoutPerson(posted))
    ctx.status = 303
    ctx.redirect(`${issuer}${path}?${query}`)
    return true
  }

  function ownCookies(ctx: WebCtx): void {
    // The last hop may be plain http (a TLS proxy before us, or the demo's localhost); Secure is right all the same.
    Object.assign(ctx.cookies, { keys, secure: true })
  }

  async function interaction(ctx: WebCtx): Promise<Interaction> {
    const here = begun.get(ctx)
    if (here) return here
    ownCookies(ctx)
    const uid = ctx.cookies.get(COOKIES.interaction, { signed: true })
    const { Interaction: Model, Session } = current.provider
    const named = ctx.path.split('/')[2] ?? ''
    // The cookie goes when the interaction does: whoever comes later is told that it is over, and not to allow cookies.
    if (uid === undefined || named !== uid) throw new Problem((await Model.find(named)) ? 'PRT-1002' : 'PRT-1001')
    const model = await Model.find<LibraryInteraction>(uid)
    if (!model) throw new Problem('PRT-1001')
    if (model.session?.uid !== undefined) {
      const session = await Session.findByUid(model.session.uid)
      if (!session || session.accountId !== model.session.accountId) throw new Problem('PRT-1001')
    }
    const client = clients.find(String(model.params.client_id))
    if (!client || client.disabled) throw new Problem('PRT-3001')
    return keepModel(model, client)
  }

  async function answer(view: Interaction, result: InteractionResults, fresh = false): Promise<string> {
    const model = models.get(view)
    if (!model) throw new Error('an interaction must be one that `interaction` gave')
    model.result = fresh ? result : { ...model.lastSubmission, ...result }
    await model.save(Math.max(1, model.exp - now()))
    return model.returnTo
  }

  async function makeFirstAnswer(web: WebCtx, view: Interaction, { known, acr, amr, at }: SignedIn) {
    const model = models.get(view)
    if (!model || !isFirst(web, model)) return undefined
    try {
      const who = { model, client: view.client, known, acr, amr, at: Math.floor(at / 1000) }
      const made = await firstAnswer(web, who)
      if (!made) return undefined
      answers.set(view, made)
      return {
        parts: made.parts,
        // Whoever is let in by another statement all the same gets another answer.
        undo() {
          answers.delete(view)
          return made.undo()
        },
      }
    } catch {
      return undefined // a fault of ours: whoever is let in gets their answer by another way
    }
  }

  async function signIn(web: WebCtx, view: Interaction, { person, known, acr, amr, at }: SignedIn) {
    // Not remembered beyond the browser: the cookie goes when it is closed.
    const login = { accountId: person, acr, amr: [...amr], ts: Math.floor(at / 1000), remember: false }
    if (known) needs.people.keep(known)
    const [made, model] = [answers.get(view), models.get(view)]
    try {
      if (made) {
        await made.give(web)
        firstPage.giveBack()
        return undefined
      }
      if (model && isFirst(web, model)) {
        model.result = { ...model.lastSubmission, login }
        await finishHere(web as Ctx, model, known)
        return undefined
      }
    } catch (error) {
      if (error instanceof Problem) throw error
      // A fault of ours: the proof is kept, and the browser comes for its answer by the usual way, perhaps twice.
    }
    return answer(view, { login })
  }

  /**
   * Nobody was signed in: there is nothing that the library would have to ask or to put in order before. Not on a slow day:
   * the last step asks more than one request waits for, and the one-time code is used by then.
   */
  const isFirst = (web: WebCtx, model: LibraryInteraction): boolean =>
    !hasMetSlowness() &&
    model instanceof current.provider.Interaction &&
    model.session?.uid === undefined &&
    web.cookies.get(COOKIES.session, { signed: false }) === undefined

  /**
   * The library's last step as it would be asked for by the redirect to it: one request of the browser less. Its cookie,
   * which binds that address to this browser as the interaction's own binds this one, is known without being sent.
   */
  async function finishHere(ctx: Ctx, model: LibraryInteraction, known: Person | undefined): Promise<void> {
    const visit = beginVisit(ctx)
    visit.resumes = model
    if (known) visit.accounts.set(known.key, Promise.resolve(known))
    const { method, url, cookies } = ctx
    const get = cookies.get.bind(cookies)
    Object.assign(ctx, { method: 'GET', url: `${ROUTES.authorization}/${model.uid}` })
    Object.assign(cookies, {
      get: (name: string, options?: Parameters<typeof get>[1]) =>
        name === COOKIES.resume ? model.uid : get(name, options),
    })
    try {
      await serve(ctx, unknownAddress, visit)
    } finally {
      Object.assign(ctx, { method, url })
      Object.assign(cookies, { get })
    }
  }

  const refuse = (view: Interaction, why: keyof typeof WORDS, words: string = WORDS[why]): Promise<string> =>
    answer(view, { error: why, error_description: words }, true)

  return {
    middleware,
    agencyCalls,
    interaction,
    firstAnswer: makeFirstAnswer,
    signIn,
    async consent(ctx, view, given) {
      const { client, signedInAs: person, asks: claims } = view
      const request = requestOf(ctx)
      if (person && claims)
        await needs.disclosure.answer({ person, client, claims, answer: given, ...(request ? { request } : {}) })
      return given === 'allow' ? answer(view, { consent: {} }) : refuse(view, 'access_denied', NO_CONSENT)
    },
    goOn: (_ctx, view, as) => answer(view, as === 'me' ? { goOn: true } : { somebodyElse: true }),
    cancel: (_ctx, view, why = 'access_denied') => refuse(view, why),
    async present(ctx) {
      ownCookies(ctx)
      return present(ctx)
    },
    keys,
    close: stop,
  }
}

async function unknownAddress(): Promise<never> {
  throw new Error('the library does not know its own address')
}

const WORDS = {
  access_denied: 'the person did not sign in',
  unmet_authentication_requirements: 'the requested assurance cannot be reached by this person',
} as const

/** An agency may go on without the data it can do without, if it knows that it was refused these and not the person. */
const NO_CONSENT = 'the person did not agree to what was to be sent'

/** The library also answers to /AUTH and /auth/: one spelling is enough, and all guards look for that one. */
function isPlain(path: string): boolean {
  const fixed = path.replace(/^\/auth\/[^/]+$/, '/auth')
  return fixed === fixed.toLowerCase() && (fixed === '/' || !fixed.endsWith('/'))
}

function restoreCookies(ctx: Ctx, before: number | string | string[] | undefined): void {
  if (before === undefined) ctx.res.removeHeader('set-cookie')
  else ctx.res.setHeader('set-cookie', before)
}

/**
 * Takes back a session cookie that says nothing new, or names a session that was not worth keeping. The library sends one
 * with every answer; the one of a slow tab would put the browser back to an id that is no more.
 */
function dropIdleCookie(ctx: Ctx): void {
  const set = ctx.res.getHeader('set-cookie')
  const { session } = ctx.oidc
  if (!Array.isArray(set) || !session || (session as { destroyed?: boolean }).destroyed) return
  if (session.accountId && ctx.cookies.get(COOKIES.session) !== idOf(session)) return
  const kept = set.filter(
    (line) => !line.startsWith(`${COOKIES.session}=`) && !line.startsWith(`${COOKIES.session}.sig=`),
  )
  restoreCookies(ctx, kept.length > 0 ? kept : undefined)
}
