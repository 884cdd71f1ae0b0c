import type { Context } from 'koa'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownPinPage } from '../../../views/portal/own-pin.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { OwnPin } from '../../login/own-pin.ts'
import type { Refusal } from '../../methods/method.ts'
import type { Present } from '../../oidc/present.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import type { Route } from '../router.ts'
import type { Own } from './own.ts'
import { ME } from './relying-party.ts'

export interface Needs extends Own {
  readonly pin: OwnPin
}

const PATH = `${ME}/add/pin`

/** Setting the PIN, typed twice. */
export function ownPinRoutes(needs: Needs): Route[] {
  const { pin, entrance, checkForm, around, ownerOf } = needs
  const level = needs.toAdd('pin')

  async function show(ctx: Context, present: Present, trouble?: Refusal): Promise<void> {
    const input = { action: PATH, back: ME, replaces: await needs.has(present, 'pin'), trouble }
    ctx.state.trouble = trouble?.code
    page(ctx, ownPinPage.render(input, around(ctx, present)), trouble ? TROUBLE[trouble.code].status : 200)
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
        const { pin: typed = '', again = '' } = await readForm(ctx)
        const refusal = await pin.set(ownerOf(ctx, present), { pin: typed, again })
        if (refusal) return show(ctx, present, refusal)
        page(ctx, ownDonePage.render({ what: 'added', kind: 'pin', back: ME }, around(ctx, present)))
      },
    },
  ]
}
