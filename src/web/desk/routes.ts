import type { Context } from 'koa'
import { deskCodePage } from '../../../views/desk/code.ts'
import { deskDonePage } from '../../../views/desk/done.ts'
import { deskKeyPage } from '../../../views/desk/key.ts'
import { requestId } from '../../identity/identifiers.ts'
import { maskPersonId } from '../../identity/person-id.ts'
import { Problem, TROUBLE } from '../../identity/trouble.ts'
import type { Desk, DeskVisit } from '../../login/desk.ts'
import type { Refusal } from '../../methods/method.ts'
import { QUESTION_LIFE } from '../../methods/passkey/enrolment.ts'
import { levelOf } from '../../methods/passkey/means.ts'
import { DESK_LIFE } from '../../operators/requests.ts'
import type { Person } from '../../persons/person.ts'
import { type Long, readForm } from '../form.ts'
import { type FrameOf, page } from '../frame.ts'
import { scriptNonce } from '../headers.ts'
import type { Route } from '../router.ts'
import type { SourceOf } from '../source.ts'

// The pages of a desk, in an officer's browser: its code, then the citizen's passkey. The address names the operators'
// request and opens nothing by itself; a cookie of this browser stands for the code once it was typed.

const DESK = '/desk/:request'
/** Of one desk's address alone: an office may have two citizens at once in one browser. */
const COOKIE = '__Secure-pratu_desk'

/** An answer with an attestation may carry certificates. */
export const PASSKEY_ANSWER: Long = { name: 'answer', most: 16_000 }

export interface Needs {
  readonly desk: Desk
  readonly frame: FrameOf
  readonly source: SourceOf
  /** Refuses a form sent from another site. */
  readonly checkForm: (ctx: Context) => void
  /** The public address of a script in views/. */
  readonly script: (name: string) => string
}

export function deskRoutes({ desk, frame, source, checkForm, script }: Needs): Route[] {
  const visit = (ctx: Context, operatorRequest: string): DeskVisit => ({
    operatorRequest,
    browser: ctx.cookies.get(COOKIE, { signed: false }),
    source: source(ctx),
    request: requestId(ctx.state.requestId as string),
  })

  function showCode(ctx: Context, operatorRequest: string, trouble?: Refusal): void {
    const seconds = trouble?.values?.seconds
    if (seconds !== undefined) ctx.set('Retry-After', String(seconds))
    ctx.state.trouble = trouble?.code
    const html = deskCodePage.render({ action: `/desk/${operatorRequest}`, trouble }, frame(ctx))
    page(ctx, html, trouble ? TROUBLE[trouble.code].status : 200)
  }

  /** The citizen's question, made anew: each is answered once. */
  function showKey(
    ctx: Context,
    operatorRequest: string,
    asked: Asked,
    last: { trouble?: Refusal; name?: string } = {},
  ) {
    const { trouble, name } = last
    ctx.state.trouble = trouble?.code
    const here = `/desk/${operatorRequest}`
    const html = deskKeyPage.render(
      {
        action: `${here}/key`,
        anew: here,
        options: JSON.stringify(asked.options),
        life: QUESTION_LIFE,
        script: script('login/passkey.js'),
        scriptNonce: scriptNonce(ctx),
        who: known(asked.person),
        name,
        trouble,
      },
      frame(ctx, { here }),
    )
    page(ctx, html, trouble ? TROUBLE[trouble.code].status : 200)
  }

  return [
    {
      method: 'GET',
      path: DESK,
      async handler(ctx, { request = '' }) {
        const asked = await desk.ask(visit(ctx, request))
        if (asked.ok) return showKey(ctx, request, asked)
        // Nothing was opened here, or it is over: a code is asked for. Who may not have one is told so.
        if (asked.trouble.code !== 'PRT-2203') throw new Problem(asked.trouble.code)
        return showCode(ctx, request)
      },
    },
    {
      method: 'POST',
      path: DESK,
      async handler(ctx, { request = '' }) {
        checkForm(ctx)
        const { code = '' } = await readForm(ctx)
        const opened = await desk.open(visit(ctx, request), code)
        if (!opened.ok) return showCode(ctx, request, opened.trouble)
        ctx.cookies.set(COOKIE, opened.browser, {
          signed: false,
          httpOnly: true,
          sameSite: 'strict',
          path: `/desk/${request}`,
          maxAge: DESK_LIFE,
          overwrite: true,
        })
        ctx.status = 303
        ctx.set('Location', `/desk/${request}`)
        ctx.body = ''
      },
    },
    {
      method: 'POST',
      path: `${DESK}/key`,
      async handler(ctx, { request = '' }) {
        checkForm(ctx)
        const { answer = '', name = '' } = await readForm(ctx, PASSKEY_ANSWER)
        const kept = await desk.keep(visit(ctx, request), { answer, name })
        if (kept.ok) return page(ctx, deskDonePage.render({ level: levelOf(kept.passkey) }, frame(ctx)))
        const asked = await desk.ask(visit(ctx, request))
        if (!asked.ok) throw new Problem(asked.trouble.code)
        return showKey(ctx, request, asked, { trouble: kept.trouble, name })
      },
    },
  ]
}

type Asked = Extract<Awaited<ReturnType<Desk['ask']>>, { ok: true }>

/** So that the citizen sees for whom it is, and who looks over their shoulder does not learn their number. */
function known({ names, identifiers }: Person): string {
  const { given, family, givenLatin, familyLatin } = names
  const name = [given ?? givenLatin, family ?? familyLatin].filter(Boolean).join(' ')
  const [first] = identifiers
  return first ? `${name} (${maskPersonId(first.scheme, first.code)})` : name
}
