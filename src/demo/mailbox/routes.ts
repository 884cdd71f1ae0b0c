import { mailboxPage } from '../../../views/demo/mailbox.ts'
import { spoken } from '../../identity/language.ts'
import type { Route } from '../../web/router.ts'
import { openSheet } from '../sheet.ts'
import type { Mailbox } from './box.ts'

// All e-mails that came: for people at `/mail`, for scripts at `/mail/messages.json?to=`.

/** Seconds after which the page looks again. */
const LOOK_AGAIN = 3

export function mailboxRoutes({ box }: { readonly box: Mailbox }): Route[] {
  const sheet = openSheet()
  return [
    {
      method: 'GET',
      path: '/mail/messages.json',
      handler(ctx) {
        const { to } = ctx.query
        ctx.body = box.all().filter((message) => typeof to !== 'string' || message.to === to)
      },
    },
    {
      method: 'GET',
      path: '/mail',
      handler(ctx) {
        const asked = ctx.query.ui_locales
        const language =
          spoken(typeof asked === 'string' ? asked : undefined) ?? spoken(ctx.get('Accept-Language')) ?? 'th'
        ctx.set('Refresh', String(LOOK_AGAIN))
        ctx.type = 'html'
        ctx.body = mailboxPage.render({ messages: box.all() }, { language, stylesheet: sheet.path })
      },
    },
  ]
}
