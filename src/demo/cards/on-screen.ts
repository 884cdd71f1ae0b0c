import { fileURLToPath } from 'node:url'
import type { Context } from 'koa'
import { displayPersonId } from '../../identity/person-id.ts'
import { Problem } from '../../identity/trouble.ts'
import type { Around } from '../../web/app.ts'
import { openAssets } from '../../web/assets.ts'
import { readForm } from '../../web/form.ts'
import { scriptNonce } from '../../web/headers.ts'
import type { Route } from '../../web/router.ts'
import type { Card } from './authority.ts'
import type { Reader } from './reader.ts'

// The card on screen: a script on the card's page that speaks Web eID's messages in place of the extension, and these
// addresses in place of the native application and the card. Owns how both get onto the page; the page itself is the
// service's own and knows nothing of it, and no other page gets them.

export interface Needs {
  readonly issuer: string
  readonly cards: readonly Card[]
  readonly reader: Reader
  /** Whose card it is. */
  nameOf(scheme: string, code: string): string
  /** The origin that a token for this service is made for. */
  readonly origin: string
  /** Refuses a form sent from another site. */
  readonly checkForm: (ctx: Context) => void
}

export interface CardOnScreen {
  readonly routes: readonly Route[]
  /** Around everything that the service answers. */
  readonly around: Around
}

const VIEWS = fileURLToPath(new URL('../../../views/demo/', import.meta.url))
const SCRIPT = 'card-on-screen.js'
const SHEET = 'card-on-screen.css'
/** The page has it under several addresses; nothing else has a form that a card answers. */
const CARD_FORM = /<form [^>]*\bdata-nonce="/

export function openCardOnScreen({ issuer, cards, reader, nameOf, origin, checkForm }: Needs): CardOnScreen {
  const assets = openAssets(VIEWS, [SCRIPT, SHEET])

  async function form(ctx: Context): Promise<Record<string, string>> {
    checkForm(ctx)
    // A page can't choose what its browser sends here: so whoever asks is the site that the token is for.
    if (ctx.get('Origin') !== issuer) throw new Problem('PRT-1009')
    return readForm(ctx)
  }

  const routes: Route[] = [
    ...assets.routes,
    {
      method: 'GET',
      path: '/demo/cards.json',
      handler(ctx) {
        ctx.body = cards.map(({ scheme, code, serial }) => ({
          card: serial,
          name: nameOf(scheme, code),
          person_code: displayPersonId(scheme, code),
          tries_left: reader.triesLeft(serial),
        }))
      },
    },
    {
      method: 'POST',
      path: '/demo/cards/sign',
      async handler(ctx) {
        const { card = '', pin = '', nonce = '' } = await form(ctx)
        const signed = reader.sign({ card, pin, nonce, origin })
        ctx.body = signed.ok
          ? signed.token
          : { because: signed.because, ...('left' in signed && { left: signed.left }) }
      },
    },
    {
      method: 'POST',
      path: '/demo/cards/pin',
      async handler(ctx) {
        const { card = '', blocked } = await form(ctx)
        if (!reader.setBlocked(card, blocked === '1')) throw new Problem('PRT-1003')
        ctx.body = { tries_left: reader.triesLeft(card) }
      },
    },
  ]

  return {
    routes,
    async around(ctx, next) {
      await next()
      if (ctx.type !== 'text/html' || typeof ctx.body !== 'string' || !CARD_FORM.test(ctx.body)) return
      const sheet = `<link rel="stylesheet" href="${assets.address(SHEET)}">`
      const script = `<script src="${assets.address(SCRIPT)}" nonce="${scriptNonce(ctx)}" defer></script>`
      ctx.body = ctx.body.replace('</head>', `${sheet}${script}</head>`)
      // The script asks the addresses above, and nobody else.
      ctx.set('Content-Security-Policy', `${ctx.response.get('Content-Security-Policy')}; connect-src 'self'`)
    },
  }
}
