import type { Context } from 'koa'
import encodeQR from 'qr'
import type { PhoneFrame } from '../../../views/demo/phone.ts'
import { thaidAppPage, thaidPage } from '../../../views/demo/thaid.ts'
import { trusted } from '../../../views/html.ts'
import { type Language, spoken } from '../../identity/language.ts'
import { Problem } from '../../identity/trouble.ts'
import { THAID } from '../../methods/upstream/wire.ts'
import { readForm } from '../../web/form.ts'
import type { Route } from '../../web/router.ts'
import { openSheet } from '../sheet.ts'
import { ODDITIES } from './odd.ts'
import type { Session, Thaid } from './service.ts'

// ThaID's addresses as they are, trailing slashes included, under /thaid; the page with the picture, and the app on
// screen: whose telephone is pointed at it. Confirming and refusing is done on that telephone.

export const THAID_PREFIX = '/thaid'
/** Seconds after which the page looks whether the app has answered. */
const LOOK_AGAIN = 2

export function thaidRoutes({ thaid }: { readonly thaid: Thaid }): Route[] {
  const sheet = openSheet()
  const frame = (ctx: Context): PhoneFrame => ({ language: languageOf(ctx), stylesheet: sheet.path })

  function found(id: string): Session {
    const session = thaid.find(id)
    if (!session) throw new Problem('PRT-1003')
    return session
  }

  const open = (method: 'GET' | 'POST', path: string, handler: Route['handler']): Route => ({
    method,
    path: `${THAID_PREFIX}${path}`,
    handler,
  })

  return [
    open('GET', '/.well-known/openid-configuration', (ctx) => {
      ctx.body = thaid.discovery()
    }),
    open('GET', THAID.keys, (ctx) => {
      ctx.body = thaid.keys()
    }),
    open('GET', THAID.authorization, (ctx) => {
      const begun = thaid.begin(single(ctx.query))
      if (!begun) {
        ctx.status = 400
        ctx.body = { error: 'invalid_request' }
      } else leave(ctx, 'back' in begun ? begun.back : `${THAID_PREFIX}/wait/${begun.id}`)
    }),
    open('GET', '/wait/:session', (ctx, { session = '' }) => {
      const { id, reference, outcome } = found(session)
      if (outcome !== undefined) return leave(ctx, outcome)
      ctx.set('Refresh', String(LOOK_AGAIN))
      const app = `${THAID_PREFIX}/app/${id}`
      const picture = trusted(encodeQR(`http://${ctx.host}${app}`, 'svg', { ecc: 'medium' }))
      html(ctx, thaidPage.render({ reference, app, picture }, frame(ctx)))
    }),
    open('GET', '/app/:session', (ctx, { session = '' }) => {
      const { id, reference } = found(session)
      const people = thaid.people().map(({ given_name, family_name, phone }) => ({
        name: [given_name, family_name].filter(Boolean).join(' ') || phone,
        phone,
      }))
      html(ctx, thaidAppPage.render({ reference, action: `${THAID_PREFIX}/app/${id}`, people }, frame(ctx)))
    }),
    open('POST', '/app/:session', async (ctx, { session = '' }) => {
      const { id } = found(session)
      const { phone = '' } = await readForm(ctx)
      if (!thaid.scan(id, phone)) throw new Problem('PRT-1004')
      leave(ctx, `/phones/${phone.replace(/^\+/, '')}?ui_locales=${languageOf(ctx)}`)
    }),
    open('POST', THAID.token, async (ctx) => {
      const answer = thaid.token(await readForm(ctx), ctx.get('Authorization'))
      // The silence of a service that hangs: until its client has enough of it.
      if (!answer) return new Promise<void>((resolve) => ctx.req.once('close', () => resolve()))
      ctx.status = answer.status
      if (answer.location !== undefined) ctx.set('Location', answer.location)
      ctx.body = answer.body
      return undefined
    }),
    open('GET', '/manage', (ctx) => {
      ctx.body = { odd: thaid.ordered() ?? null, oddities: ODDITIES, asked: thaid.asked() }
    }),
    open('POST', '/manage', async (ctx) => {
      const { odd = '' } = await readForm(ctx)
      const wish = ODDITIES.find((one) => one === odd)
      if (odd !== '' && !wish) throw new Problem('PRT-1004')
      thaid.order(wish)
      ctx.body = { odd: wish ?? null }
    }),
  ]
}

const single = (query: Context['query']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )

function leave(ctx: Context, to: string): void {
  ctx.status = 303
  ctx.set('Location', to)
  ctx.body = ''
}

function html(ctx: Context, text: string): void {
  ctx.type = 'html'
  ctx.body = text
}

function languageOf(ctx: Context): Language {
  const asked = ctx.query.ui_locales
  return spoken(typeof asked === 'string' ? asked : undefined) ?? spoken(ctx.get('Accept-Language')) ?? 'th'
}
