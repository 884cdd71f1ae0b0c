import type { Context } from 'koa'
import { smsBoxPage } from '../../../views/demo/sms-box.ts'
import { spoken } from '../../identity/language.ts'
import type { Route } from '../../web/router.ts'
import { openSheet } from '../sheet.ts'
import type { SmsBox } from './box.ts'

// The gateway's door, and all messages that came: for people at `/sms`, for scripts at `/sms/messages.json?to=`.

const MOST = 16 * 1024
/** Seconds after which the page looks again. */
const LOOK_AGAIN = 3

export function smsBoxRoutes({ box }: { readonly box: SmsBox }): Route[] {
  const sheet = openSheet()
  return [
    {
      method: 'POST',
      path: '/sms/messages',
      async handler(ctx) {
        const body = await textOf(ctx)
        ctx.status = body === undefined ? 413 : box.receive((name) => ctx.get(name), body)
        ctx.body = ''
      },
    },
    {
      method: 'GET',
      path: '/sms/messages.json',
      handler(ctx) {
        const to = typeof ctx.query.to === 'string' ? `+${ctx.query.to.replace(/^[+ ]/, '')}` : undefined
        ctx.body = box.all().filter((message) => to === undefined || message.to === to)
      },
    },
    {
      method: 'GET',
      path: '/sms',
      handler(ctx) {
        const asked = ctx.query.ui_locales
        const language =
          spoken(typeof asked === 'string' ? asked : undefined) ?? spoken(ctx.get('Accept-Language')) ?? 'th'
        ctx.set('Refresh', String(LOOK_AGAIN))
        ctx.type = 'html'
        ctx.body = smsBoxPage.render({ messages: box.all() }, { language, stylesheet: sheet.path })
      },
    },
  ]
}

async function textOf(ctx: Context): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
