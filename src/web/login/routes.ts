import type { Context } from 'koa'
import type { Frame } from '../../../views/layout.ts'
import { choosePage } from '../../../views/login/choose.ts'
import { consentPage } from '../../../views/login/consent.ts'
import { goOnPage } from '../../../views/login/go-on.ts'
import { troublePage } from '../../../views/login/trouble.ts'
import { type MethodId, type PersonKey, requestId } from '../../identity/identifiers.ts'
import type { Language } from '../../identity/language.ts'
import { Problem, TROUBLE, type TroubleCode } from '../../identity/trouble.ts'
import type { Flow, Outcome, SignedIn, Visit } from '../../login/flow.ts'
import { MARK_LIFE } from '../../login/known-browser.ts'
import type { Choice, Closed } from '../../login/requirements.ts'
import type { Seen } from '../../login/seen.ts'
import type { Refusal } from '../../methods/method.ts'
import type { CardTickets } from '../../methods/smart-card/tls.ts'
import { OUTSIDE } from '../../methods/upstream/method.ts'
import { isUpstream } from '../../methods/upstream/upstream.ts'
import type { Engine } from '../../oidc/engine.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import { type Long, readForm, typedIn } from '../form.ts'
import { type FrameOf, page } from '../frame.ts'
import { letAsk, scriptNonce } from '../headers.ts'
import { chosenLanguage, languageOf, type Wishes } from '../language.ts'
import type { Route } from '../router.ts'
import type { SourceOf } from '../source.ts'
import type { ConsentQuestion } from './consent.ts'
import { FORMS, type Typed } from './forms.ts'
import type { GoOnQuestion } from './go-on.ts'
import { keepLastUsed, lastUsed } from './last-used.ts'
import { returnRoute } from './return.ts'
import { WAITS } from './waits.ts'
import { keepWayBack } from './way-back.ts'

// The pages of a sign-in: choosing a means, proving it, agreeing to what is sent. Every address carries the
// interaction's id and means nothing without the cookie of the browser that began it (the engine compares).
// One question a page; what was typed stays typed; the way out is always there.

/** The first page of a sign-in: a means, or the choice of one, or the question about data. */
export const FIRST_PAGE = '/login/:uid'

const BROWSER_COOKIE = '__Host-pratu_browser'

export interface Needs {
  readonly engine: Engine
  readonly flow: Flow
  /** Keeps what the person chose by a link, for the next browser they come with. */
  readonly keepLanguage: (person: PersonKey, language: Language) => Promise<void>
  /** What the page of consent asks about (login/consent.ts). */
  readonly consentQuestion: ConsentQuestion
  /** Whom the question whether to go on means (login/go-on.ts). */
  readonly goOnQuestion: GoOnQuestion
  readonly frame: FrameOf
  readonly source: SourceOf
  /** Refuses a form sent from another site. */
  readonly checkForm: (ctx: Context) => void
  readonly schemes: readonly string[]
  /** Scheme, host and port of this service. */
  readonly issuer: string
  /** The public address of a script in views/. */
  readonly script: (name: string) => string
  /** Where the TLS way leads to (web/card), and what comes back from there; absent: there is none. */
  readonly cardDoor?: { readonly origin: string; readonly tickets: Pick<CardTickets, 'take'> } | undefined
}

/** Web eID's own bound on a token; what a passkey answers is shorter. */
const LONG: Readonly<Record<string, Long>> = {
  'smart-card': { name: 'token', most: 10_000 },
  passkey: { name: 'answer', most: 4_000 },
}

export function loginRoutes(needs: Needs): Route[] {
  const { engine, flow, keepLanguage, consentQuestion, goOnQuestion, frame, source, checkForm, schemes, cardDoor } =
    needs

  const path = ({ id }: Interaction): string => `/login/${id}`

  /** @param here where the language links lead: the same page in another language. */
  const around = (
    ctx: Context,
    interaction: Interaction,
    person?: Language,
    here = path(interaction),
    typed?: Frame['typed'],
  ) =>
    frame(ctx, {
      towards: { name: interaction.client.name },
      here,
      typed,
      wishes: { ...wishesOf(interaction), ...(person && { person }) },
    })

  const requirements = ({ client, need, methods, noEResidents }: Interaction) => ({
    client: client.id,
    need,
    ...(methods && { allowed: methods }),
    ...(noEResidents && { noEResidents }),
  })

  const visit = (ctx: Context, interaction: Interaction): Visit => ({
    ...requirements(interaction),
    interaction: interaction.id,
    request: requestId(ctx.state.requestId as string),
    source: source(ctx),
    browser: ctx.cookies.get(BROWSER_COOKIE, { signed: false }),
    language: languageOf(ctx, wishesOf(interaction)),
    towards: interaction.client.name,
    address: `${needs.issuer}${path(interaction)}`,
    seen: (ctx.state as { seen: () => Seen }).seen(),
    along: (who) => engine.firstAnswer(ctx, interaction, asSignedIn(who)),
  })

  /** What the person is shown: the last used here, the others that will do, the rest. What this agency does not take is not shown. */
  const offered = (ctx: Context, interaction: Interaction): readonly Choice[] => {
    const last = lastUsed(ctx)
    const rank = ({ usable, method }: Choice): number => (usable ? (method === last ? 2 : 1) : 0)
    return flow
      .choices(requirements(interaction))
      .filter((choice) => choice.usable || !choice.foreign)
      .toSorted((one, other) => rank(other) - rank(one))
  }

  function showChoices(ctx: Context, interaction: Interaction, choices: readonly Choice[]): void {
    const last = lastUsed(ctx)
    const methods = choices.map((choice) => ({
      id: choice.method,
      ...(choice.method === last && { lastUsed: true }),
      ...(!choice.usable && { off: offBecause(choice), ...(choice.reason && { reason: choice.reason }) }),
    }))
    page(ctx, choosePage.render({ action: path(interaction), methods }, around(ctx, interaction)))
  }

  function showForm(ctx: Context, interaction: Interaction, method: MethodId, asked: Asked, typed: Typed): void {
    const { trouble } = asked
    const action = `${path(interaction)}/${method}`
    const others = offered(ctx, interaction).length > 1 ? path(interaction) : undefined
    const form = FORMS[asked.form]
    if (!form) throw new Error(`method ${method} asks for a form without a page: ${asked.form}`)
    const html = form({
      show: asked.show,
      trouble,
      typed,
      action,
      others,
      schemes,
      scriptNonce: scriptNonce(ctx),
      script: needs.script,
      frame: around(ctx, interaction, undefined, action, ctx.method === 'POST' ? fieldsOf(typed) : undefined),
    })
    waits(ctx, trouble)
    ctx.state.trouble = trouble?.code
    page(ctx, html, trouble ? TROUBLE[trouble.code].status : 200)
  }

  /** At an address of its own: who loads it anew, or comes back to it, rings nobody's phone again. */
  function showWait(ctx: Context, interaction: Interaction, method: MethodId, waited: Waited): void {
    const action = `${path(interaction)}/${method}`
    const address = `${action}/wait`
    if (ctx.path !== address) {
      leave(ctx, address)
      return
    }
    const form = WAITS[waited.form]
    if (!form) throw new Error(`method ${method} waits by a form without a page: ${waited.form}`)
    const html = form({
      show: waited.show,
      action,
      address,
      poll: `${action}/poll`,
      others: offered(ctx, interaction).length > 1,
      scriptNonce: scriptNonce(ctx),
      script: needs.script,
      frame: around(ctx, interaction, undefined, address),
    })
    letAsk(ctx)
    page(ctx, html)
  }

  function showTrouble(ctx: Context, interaction: Interaction, trouble: Refusal): void {
    const input = {
      trouble,
      requestId: ctx.state.requestId as string,
      cancel: path(interaction),
      ...(FINAL.includes(trouble.code) ? {} : { again: path(interaction) }),
    }
    waits(ctx, trouble)
    ctx.state.trouble = trouble.code
    page(ctx, troublePage.render(input, around(ctx, interaction)), TROUBLE[trouble.code].status)
  }

  /** Where there is a single method, nobody is asked to choose it; where another won't do, they are told why. */
  async function start(ctx: Context, interaction: Interaction): Promise<void> {
    if (interaction.excluded) return showTrouble(ctx, interaction, { code: interaction.excluded })
    const choices = offered(ctx, interaction)
    const [only, ...others] = choices
    if (!only?.usable) {
      // A means that is sure enough and only can't be had now is worth coming back for.
      const away = choices.find((choice) => !choice.usable && choice.because !== 'PRT-1103')
      return showTrouble(ctx, interaction, away && !away.usable ? refusalOf(away) : { code: 'PRT-1103' })
    }
    if (others.length > 0) return showChoices(ctx, interaction, choices)
    if (only.method === 'smart-card' || isUpstream(only.method))
      return leave(ctx, `${path(interaction)}/${only.method}`)
    return begin(ctx, interaction, only.method)
  }

  async function begin(ctx: Context, interaction: Interaction, method: MethodId): Promise<void> {
    const outcome = await flow.begin(visit(ctx, interaction), method)
    return show(ctx, interaction, method, outcome, hinted(interaction))
  }

  async function show(
    ctx: Context,
    interaction: Interaction,
    method: MethodId,
    outcome: Outcome,
    typed: Typed,
  ): Promise<void> {
    switch (outcome.step) {
      case 'ask':
        if (outcome.form === OUTSIDE) return leave(ctx, (outcome.show as { readonly to: string }).to)
        return isLeaving(outcome.show) && cardDoor !== undefined
          ? leave(ctx, `${cardDoor.origin}/card/${interaction.id}/${outcome.show.handle}`)
          : showForm(ctx, interaction, method, outcome, typed)
      case 'refused':
        return showTrouble(ctx, interaction, outcome.refusal)
      case 'wait':
        return showWait(ctx, interaction, method, outcome)
      case 'signed-in': {
        const to = await engine.signIn(ctx, interaction, asSignedIn(outcome))
        ctx.cookies.set(BROWSER_COOKIE, outcome.knownBrowser, {
          signed: false,
          httpOnly: true,
          sameSite: 'lax',
          path: '/',
          maxAge: MARK_LIFE * 1000,
          overwrite: true,
        })
        keepLastUsed(ctx, method)
        if (to !== undefined) leave(ctx, to)
        // They are in, and their code is used: a wish about language must not undo that.
        const chosen = chosenLanguage(ctx)
        if (chosen) await keepLanguage(outcome.person, chosen).catch(() => undefined)
        return undefined
      }
    }
  }

  async function posted(ctx: Context, long?: Long) {
    checkForm(ctx)
    const fields = await readForm(ctx, long)
    const interaction = await engine.interaction(ctx)
    return { interaction, fields, cancelled: fields.cancel === '1' }
  }

  /** What came back by an address: from a phone, from another site, or the waiting page that asks how things stand. */
  async function resume(ctx: Context, method: MethodId, fields: Readonly<Record<string, string>>): Promise<void> {
    const interaction = await engine.interaction(ctx)
    if (interaction.prompt !== 'login') return leave(ctx, path(interaction))
    keepWayBack(ctx, path(interaction), interaction.client)
    const outcome = await flow.submit(visit(ctx, interaction), method, fields)
    return show(ctx, interaction, method, outcome, {})
  }

  const cancel = async (ctx: Context, interaction: Interaction) => leave(ctx, await engine.cancel(ctx, interaction))

  async function askConsent(ctx: Context, interaction: Interaction): Promise<void> {
    const { question, language } = await consentQuestion(interaction)
    // prompt=consent where the law or an earlier answer has settled everything: an empty question is none (OIDC Core
    // §3.1.2.1 says "should"; GovSSO's clients send it with every request).
    if (question.asked.length === 0) return leave(ctx, await engine.consent(ctx, interaction, 'allow'))
    const action = `${path(interaction)}/consent`
    page(ctx, consentPage.render({ action, ...question }, around(ctx, interaction, language)))
  }

  async function askToGoOn(ctx: Context, interaction: Interaction): Promise<void> {
    const { question, language } = await goOnQuestion(interaction)
    const addresses = { action: `${path(interaction)}/continue`, cancel: path(interaction) }
    page(ctx, goOnPage.render({ ...addresses, ...question }, around(ctx, interaction, language)))
  }

  return [
    {
      method: 'GET',
      path: FIRST_PAGE,
      async handler(ctx) {
        const interaction = await engine.interaction(ctx)
        keepWayBack(ctx, path(interaction), interaction.client)
        if (interaction.prompt === 'continue') return askToGoOn(ctx, interaction)
        return interaction.prompt === 'login' ? start(ctx, interaction) : askConsent(ctx, interaction)
      },
    },
    {
      // A means that was chosen, its page in another language, or the same page anew; what can't be chosen, and other
      // steps' addresses, which are only posted to, go on at the beginning.
      method: 'GET',
      path: '/login/:uid/:step',
      async handler(ctx, { uid = '', step = '' }) {
        const interaction = await engine.interaction(ctx)
        const choices = interaction.prompt === 'login' ? offered(ctx, interaction) : []
        const chosen = choices.find(({ method }) => method === step)
        if (!chosen?.usable) return leave(ctx, `/login/${uid}${ctx.search}`)
        keepWayBack(ctx, path(interaction), interaction.client)
        return begin(ctx, interaction, chosen.method)
      },
    },
    {
      // Back from the card door, with a ticket if the browser showed a certificate there.
      method: 'GET',
      path: '/login/:uid/smart-card/return',
      async handler(ctx) {
        const ticket = typeof ctx.query.ticket === 'string' ? ctx.query.ticket : ''
        const interaction = await engine.interaction(ctx).catch(async (problem: unknown) => {
          // Another browser than the one that began: its address was sent to somebody with a card, or stolen.
          await cardDoor?.tickets.take(undefined, ticket)
          throw problem
        })
        if (interaction.prompt !== 'login') return leave(ctx, path(interaction))
        const outcome = await flow.submit(visit(ctx, interaction), 'smart-card', { ticket })
        return show(ctx, interaction, 'smart-card', outcome, {})
      },
    },
    {
      // Something happens elsewhere: loaded anew by itself, by our script when there is news, or by the person.
      method: 'GET',
      path: '/login/:uid/:method/wait',
      handler: (ctx, { method = '' }) => resume(ctx, method as MethodId, {}),
    },
    {
      // Back from another device's app, or another site. Only the browser that began has the cookie of this address.
      method: 'GET',
      path: '/login/:uid/:method/return',
      handler: (ctx, { method = '' }) => resume(ctx, method as MethodId, answerIn(ctx)),
    },
    returnRoute,
    {
      method: 'POST',
      path: '/login/:uid',
      async handler(ctx) {
        const { interaction, fields, cancelled } = await posted(ctx)
        if (cancelled) return cancel(ctx, interaction)
        if (interaction.prompt !== 'login') throw new Problem('PRT-1004')
        const choice = flow.choices(requirements(interaction)).find(({ method }) => method === fields.method)
        if (!choice) throw new Problem('PRT-1004')
        if (!choice.usable) return showTrouble(ctx, interaction, refusalOf(choice))
        return leave(ctx, `${path(interaction)}/${choice.method}`)
      },
    },
    {
      method: 'POST',
      path: '/login/:uid/consent',
      async handler(ctx) {
        const { interaction, fields } = await posted(ctx)
        if (interaction.prompt !== 'consent') throw new Problem('PRT-1004')
        const { consent } = fields
        if (consent !== 'allow' && consent !== 'deny') throw new Problem('PRT-1004')
        return leave(ctx, await engine.consent(ctx, interaction, consent))
      },
    },
    {
      method: 'POST',
      path: '/login/:uid/continue',
      async handler(ctx) {
        const { interaction, fields } = await posted(ctx)
        if (interaction.prompt !== 'continue' || (fields.as !== 'me' && fields.as !== 'other'))
          throw new Problem('PRT-1004')
        return leave(ctx, await engine.goOn(ctx, interaction, fields.as))
      },
    },
    {
      method: 'POST',
      path: '/login/:uid/:method',
      async handler(ctx, { method = '' }) {
        const { interaction, fields, cancelled } = await posted(ctx, LONG[method])
        const stopped = fields.stop === '1'
        if (cancelled || stopped) await flow.abandon(interaction.id, method)
        if (cancelled) return cancel(ctx, interaction)
        if (interaction.prompt !== 'login') throw new Problem('PRT-1004')
        if (stopped) return leave(ctx, path(interaction))
        // The same page in another language: nothing is tried, and nobody types anything twice.
        if (ctx.query.ui_locales !== undefined) {
          const outcome = await flow.begin(visit(ctx, interaction), method)
          return show(ctx, interaction, method as MethodId, outcome, typedIn(fields))
        }
        const outcome = await flow.submit(visit(ctx, interaction), method, fields)
        return show(ctx, interaction, method as MethodId, outcome, keptAfter(outcome, fields))
      },
    },
  ]
}

const asSignedIn = ({ person, known, acr, amr, at }: SignedIn) => ({ person, known, acr, amr, at: at * 1000 })

type Asked = Extract<Outcome, { step: 'ask' }>
type Waited = Extract<Outcome, { step: 'wait' }>

/**
 * What another site or app sends along: as many fields as a form may have; a doubled one was refused before. Marked, so that
 * an address which somebody opens can't do what a form of ours does.
 */
const answerIn = (ctx: Context): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(ctx.query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  ),
  returned: '1',
})

const offBecause = ({ because }: Closed): 'weak' | 'closed' | 'unavailable' =>
  because === 'PRT-1103' ? 'weak' : because === 'PRT-1104' ? 'closed' : 'unavailable'

const refusalOf = ({ because: code, reason }: Closed): Refusal => ({ code, ...(reason && { reason }) })

/** The method sends the browser to the card's own door. */
const isLeaving = (show: Asked['show']): show is { readonly handle: string } =>
  typeof (show as { readonly handle?: unknown } | null | undefined)?.handle === 'string'

/** Where another try would end the same: it is about the person, not about the means. */
const FINAL: readonly TroubleCode[] = ['PRT-1101', 'PRT-1102', 'PRT-1105', 'PRT-1108', 'PRT-1608', 'PRT-1610']

/** A code that was not tried is as good as before: after a slip elsewhere nobody types it twice. One that was is spent. */
function keptAfter(outcome: Outcome, fields: Readonly<Record<string, string>>): Typed {
  const untried = outcome.step === 'ask' && ['PRT-1205', 'PRT-1206'].includes(outcome.trouble?.code ?? '')
  const { code, ...who } = typedIn(fields)
  return { ...who, ...(untried && code !== undefined && { code }) }
}

/** As a form of ours would send it; undefined where nothing was typed. */
function fieldsOf({ scheme, personCode, phone, code }: Typed): Record<string, string> | undefined {
  const typed = { scheme, person_code: personCode, phone, code }
  const fields = Object.entries(typed).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return fields.length > 0 ? Object.fromEntries(fields) : undefined
}

const wishesOf = ({ id, uiLocales }: Interaction): Wishes => ({
  interaction: id,
  ...(uiLocales && { agency: uiLocales }),
})

const hinted = ({ loginHint }: Interaction): Typed => (loginHint === undefined ? {} : { personCode: loginHint })

function waits(ctx: Context, trouble: Refusal | undefined): void {
  const seconds = trouble?.values?.seconds
  if (seconds !== undefined && Number(seconds) > 0) ctx.set('Retry-After', String(seconds))
}

/** 303: the browser goes on with GET and sends no form again (RFC 9700 §4.12). */
function leave(ctx: Context, to: string): void {
  ctx.status = 303
  ctx.set('Location', to)
  ctx.body = ''
}
