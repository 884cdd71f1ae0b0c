import type { Context } from 'koa'
import encodeQR from 'qr'
import { trusted } from '../../../views/html.ts'
import { activatePage } from '../../../views/portal/activate.ts'
import { activatedPage } from '../../../views/portal/activated.ts'
import { frontPage } from '../../../views/portal/front.ts'
import { type PrivacyInput, privacyPage } from '../../../views/portal/privacy.ts'
import { requestId } from '../../identity/identifiers.ts'
import { maskPersonId } from '../../identity/person-id.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { Activation } from '../../login/activation.ts'
import type { Refusal } from '../../methods/method.ts'
import { enrolmentUri, secretText } from '../../methods/totp/code.ts'
import { readForm, typedIn } from '../form.ts'
import { type FrameOf, page } from '../frame.ts'
import type { Route } from '../router.ts'
import type { SourceOf } from '../source.ts'
import { ME } from './relying-party.ts'

// The citizen's pages outside a sign-in: the front of the house, and making a one-time code from a letter.

export interface Needs {
  readonly activation: Activation
  readonly frame: FrameOf
  readonly source: SourceOf
  /** Refuses a form sent from another site. */
  readonly checkForm: (ctx: Context) => void
  readonly schemes: readonly string[]
  /** Stands in the authenticator app beside the person: the service's host. */
  readonly serviceName: string
  /** For how long what is kept: told to the citizen as it is set. */
  readonly kept: PrivacyInput
}

const ACTIVATE = '/activate'

export function portalRoutes({ activation, frame, source, checkForm, schemes, serviceName, kept }: Needs): Route[] {
  /** With what was typed. */
  function askAgain(ctx: Context, fields: Readonly<Record<string, string>>, trouble?: Refusal): void {
    const { scheme, person_code = '', code = '' } = fields
    const input = { action: ACTIVATE, schemes, typed: typedIn(fields), trouble }
    const typed = { ...(scheme === undefined ? {} : { scheme }), person_code, code }
    const around = frame(ctx, { home: '/', here: ACTIVATE, typed })
    page(ctx, activatePage.render(input, around), trouble ? TROUBLE[trouble.code].status : 200)
  }

  return [
    {
      method: 'GET',
      path: '/',
      handler(ctx) {
        page(ctx, frontPage.render({ activation: ACTIVATE, href: ME }, frame(ctx)))
      },
    },
    {
      method: 'GET',
      path: '/privacy',
      handler(ctx) {
        page(ctx, privacyPage.render(kept, frame(ctx, { home: '/' })))
      },
    },
    {
      method: 'GET',
      path: ACTIVATE,
      handler(ctx) {
        page(ctx, activatePage.render({ action: ACTIVATE, schemes }, frame(ctx, { home: '/' })))
      },
    },
    {
      method: 'POST',
      path: ACTIVATE,
      async handler(ctx) {
        checkForm(ctx)
        const fields = await readForm(ctx)
        // The same page in another language: nothing is tried, and nobody types anything twice.
        if (ctx.query.ui_locales !== undefined) return askAgain(ctx, fields)
        const request = requestId(ctx.state.requestId as string)
        const done = await activation.submit({ fields, source: source(ctx), request })
        if (done.step === 'ask') {
          const seconds = done.trouble.values?.seconds
          if (seconds !== undefined) ctx.set('Retry-After', String(seconds))
          ctx.state.trouble = done.trouble.code
          return askAgain(ctx, fields, done.trouble)
        }
        // Whose code it is may be read over a shoulder in the app for years: masked.
        const otpauth = enrolmentUri(done.secret, serviceName, maskPersonId(done.scheme, done.code))
        const picture = trusted(encodeQR(otpauth, 'svg'))
        page(
          ctx,
          activatedPage.render({ picture, otpauth, secret: secretText(done.secret) }, frame(ctx, { home: '/' })),
        )
      },
    },
  ]
}
