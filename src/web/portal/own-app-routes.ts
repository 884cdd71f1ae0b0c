import type { Context } from 'koa'
import encodeQR from 'qr'
import { trusted } from '../../../views/html.ts'
import { ownAppPage } from '../../../views/portal/own-app.ts'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { OwnApp } from '../../login/own-app.ts'
import type { Refusal } from '../../methods/method.ts'
import { enrolmentUri, secretText } from '../../methods/totp/code.ts'
import type { Present } from '../../oidc/present.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import type { Route } from '../router.ts'
import { type Own, tellWait } from './own.ts'
import { ME } from './relying-party.ts'

export interface Needs extends Own {
  readonly app: OwnApp
  /** Stands in the app beside the person: the service's host. */
  readonly serviceName: string
}

const PATH = `${ME}/add/totp`

/** Connecting an authenticator app: its secret as a square and as text, and a code from it typed back. */
export function ownAppRoutes(needs: Needs): Route[] {
  const { app, entrance, checkForm, around, ownerOf, serviceName } = needs
  const level = needs.toAdd('totp')

  async function show(ctx: Context, present: Present, trouble?: Refusal): Promise<void> {
    const { secret, label } = await app.begin(ownerOf(ctx, present))
    const otpauth = enrolmentUri(secret, serviceName, label)
    const input = {
      action: PATH,
      back: ME,
      picture: trusted(encodeQR(otpauth, 'svg')),
      otpauth,
      secret: secretText(secret),
      replaces: await needs.has(present, 'totp'),
      trouble,
    }
    tellWait(ctx, trouble)
    page(ctx, ownAppPage.render(input, around(ctx, present)), trouble ? TROUBLE[trouble.code].status : 200)
  }

  return [
    {
      method: 'GET',
      path: PATH,
      async handler(ctx) {
        const present = await entrance.enterFor(ctx, level)
        if (present) await show(ctx, present)
      },
    },
    {
      method: 'POST',
      path: PATH,
      async handler(ctx) {
        checkForm(ctx)
        const present = await entrance.enterFor(ctx, level)
        if (!present) return
        const { code = '' } = await readForm(ctx)
        const refusal = await app.finish(ownerOf(ctx, present), code)
        if (refusal?.code === 'PRT-2222') return needs.trouble(ctx, present, refusal)
        if (refusal) return show(ctx, present, refusal)
        page(ctx, ownDonePage.render({ what: 'added', kind: 'totp', back: ME }, around(ctx, present)))
      },
    },
  ]
}
