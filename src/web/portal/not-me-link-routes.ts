import type { Context } from 'koa'
import { troublePage } from '../../../views/login/trouble.ts'
import { ownNotMePage } from '../../../views/portal/own-not-me.ts'
import { ownNotMeDonePage } from '../../../views/portal/own-not-me-done.ts'
import { METHOD_IDS, requestId } from '../../identity/identifiers.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import { methodOf, type NotMe } from '../../login/not-me.ts'
import type { Told } from '../../persons/notices.ts'
import type { Person } from '../../persons/person.ts'
import { type FrameOf, page } from '../frame.ts'
import { LINKED } from '../letters.ts'
import type { CheckForm } from '../limits.ts'
import type { Route } from '../router.ts'

// The link of a notice: "this was not me", said without signing in. Looking does nothing, for mail scanners look before
// people do; the button does. It leads to no sign-in, names nobody, and is good for this one thing once.

export interface Needs {
  readonly notMe: NotMe
  readonly frame: FrameOf
  readonly checkForm: CheckForm
}

const PATH = `${LINKED}/:link`

export function notMeLinkRoutes({ notMe, frame, checkForm }: Needs): Route[] {
  const around = (ctx: Context, person?: Person) =>
    frame(ctx, person?.language ? { wishes: { person: person.language } } : {})

  function used(ctx: Context): void {
    ctx.state.trouble = 'PRT-2234'
    const input = { trouble: { code: 'PRT-2234' }, requestId: ctx.state.requestId as string } as const
    page(ctx, troublePage.render(input, around(ctx)), TROUBLE['PRT-2234'].status)
  }

  return [
    {
      method: 'GET',
      path: PATH,
      async handler(ctx, { link = '' }) {
        const found = await notMe.linked(link)
        if (!found) return used(ctx)
        const { person, told } = found
        const input = { action: `${LINKED}/${link}`, about: lineOf(told), ends: 'all', blocks: methodOf(told) } as const
        page(ctx, ownNotMePage.render(input, around(ctx, person)))
      },
    },
    {
      method: 'POST',
      path: PATH,
      async handler(ctx, { link = '' }) {
        checkForm(ctx)
        const done = await notMe.saidByLink(link, requestId(ctx.state.requestId as string))
        if (!done) return used(ctx)
        const { number, blocked, person } = done
        const input = { number, blocked, asked: false, ended: true, signedOut: false }
        page(ctx, ownNotMeDonePage.render(input, around(ctx, person)))
      },
    },
  ]
}

/** As the history calls what the notice told of. */
const TYPES: Readonly<Record<Told['kind'], string>> = {
  'new-device': 'new-device',
  'means-added': 'credential.enrolled',
  'means-removed': 'credential.removed',
  wiped: 'credential.wiped',
  recovered: 'person.recovered',
  'method-blocked': 'person.blocks-changed',
  'method-opened': 'person.blocks-changed',
  'address-changed': 'address.confirmed',
  'address-removed': 'address.removed',
}

const lineOf = ({ kind, method = '', at, device, place }: Told) => ({
  type: TYPES[kind],
  at,
  means: (['pin', ...METHOD_IDS] as const).filter((one) => method.split(',').includes(one)),
  device,
  place,
  received: [],
})
