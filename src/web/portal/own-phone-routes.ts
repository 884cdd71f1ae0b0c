import type { Context } from 'koa'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownPhonePage } from '../../../views/portal/own-phone.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { OwnPhone } from '../../login/own-phone.ts'
import type { Refusal } from '../../methods/method.ts'
import type { Present } from '../../oidc/present.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import { languageOf } from '../language.ts'
import type { Route } from '../router.ts'
import { type Own, tellWait } from './own.ts'
import { ME, portalName } from './relying-party.ts'

export interface Needs extends Own {
  readonly phone: OwnPhone
}

const PATH = `${ME}/add/sms-code`

/** Adding the telephone: its number, then the code that was sent to it. */
export function ownPhoneRoutes(needs: Needs): Route[] {
  const { phone, entrance, checkForm, around, ownerOf } = needs
  const level = needs.toAdd('sms-code')

  async function show(ctx: Context, present: Present, trouble?: Refusal, typed?: string): Promise<void> {
    const underWay = await phone.underWay(ownerOf(ctx, present))
    const replaces = await needs.has(present, 'sms-code')
    const input = { action: PATH, back: ME, replaces, sentTo: underWay?.end, phone: typed, trouble }
    tellWait(ctx, trouble)
    page(ctx, ownPhonePage.render(input, around(ctx, present)), trouble ? TROUBLE[trouble.code].status : 200)
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
        const fields = await readForm(ctx)
        const owner = ownerOf(ctx, present)
        const words = { language: languageOf(ctx), towards: portalName() }
        if (fields.another === '1') {
          await phone.forget(owner)
          return show(ctx, present)
        }
        if (fields.code === undefined)
          return show(ctx, present, await phone.send(owner, fields.phone ?? '', words), fields.phone)
        const wrong = await phone.confirm(owner, fields.code, words)
        if (wrong?.refusal.code === 'PRT-2222') return needs.trouble(ctx, present, wrong.refusal)
        if (wrong) return show(ctx, present, wrong.refusal)
        page(ctx, ownDonePage.render({ what: 'added', kind: 'sms-code', back: ME }, around(ctx, present)))
      },
    },
  ]
}
