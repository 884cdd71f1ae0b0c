import type { Context } from 'koa'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownMailPage } from '../../../views/portal/own-mail.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { OwnMail } from '../../login/own-mail.ts'
import { CHANGE } from '../../login/own-means.ts'
import type { Refusal } from '../../methods/method.ts'
import type { Present } from '../../oidc/present.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import { languageOf } from '../language.ts'
import type { Route } from '../router.ts'
import { type Own, tellWait } from './own.ts'
import { ME } from './relying-party.ts'

export interface Needs extends Own {
  readonly mail: OwnMail
}

export const MAIL_PATH = `${ME}/mail`

/** Where somebody is written to: the address, then the code that was sent to it. */
export function ownMailRoutes({ mail, entrance, checkForm, around, ownerOf, trouble: showTrouble }: Needs): Route[] {
  async function show(ctx: Context, present: Present, trouble?: Refusal, typed?: string): Promise<void> {
    const owner = ownerOf(ctx, present)
    const [now, sentTo] = await Promise.all([mail.now(owner), mail.underWay(owner)])
    tellWait(ctx, trouble)
    const input = { action: MAIL_PATH, back: ME, now, sentTo, typed, trouble }
    page(ctx, ownMailPage.render(input, around(ctx, present)), trouble ? TROUBLE[trouble.code].status : 200)
  }

  return [
    {
      method: 'GET',
      path: MAIL_PATH,
      async handler(ctx) {
        const present = await entrance.enterFor(ctx, CHANGE)
        if (present) await show(ctx, present)
      },
    },
    {
      method: 'POST',
      path: MAIL_PATH,
      async handler(ctx) {
        checkForm(ctx)
        const present = await entrance.enterFor(ctx, CHANGE)
        if (!present) return
        const fields = await readForm(ctx)
        const owner = ownerOf(ctx, present)
        if (fields.another === '1') {
          await mail.forget(owner)
          return show(ctx, present)
        }
        if (fields.remove === '1') {
          await mail.remove(owner)
          return page(ctx, ownDonePage.render({ what: 'mail-removed', back: ME }, around(ctx, present)))
        }
        if (fields.code === undefined)
          return show(ctx, present, await mail.send(owner, fields.address ?? '', languageOf(ctx)), fields.address)
        const wrong = await mail.confirm(owner, fields.code)
        if (wrong?.refusal.code === 'PRT-2222') return showTrouble(ctx, present, wrong.refusal)
        if (wrong) return show(ctx, present, wrong.refusal)
        page(ctx, ownDonePage.render({ what: 'mail', back: ME }, around(ctx, present)))
      },
    },
  ]
}
