import type { Context } from 'koa'
import type { Frame } from '../../views/layout.ts'
import type { Language, Words } from '../identity/language.ts'
import type { Clock } from '../platform/clock.ts'
import type { Assets } from './assets.ts'
import { languageOf, type Wishes } from './language.ts'

/** What a route adds to the frame that every page has. */
export interface Around {
  readonly towards?: { readonly name: Words } | undefined
  readonly wishes?: Wishes
  /** The language links' path, where the page was answered to a POST of another address. */
  readonly here?: string
  /** What goes along when another language is chosen there. */
  readonly typed?: Frame['typed']
  readonly home?: string
}

export type FrameOf = (ctx: Context, around?: Around) => Frame

/** Of a page that is no answer to anybody in particular. */
export type BareFrame = (language: Language, requestId: string) => Frame

export interface Needs {
  readonly assets: Assets
  readonly clock: Clock
  readonly demo: boolean
  readonly helpPhone: string
  readonly timeZone: string
}

/** The frame that all pages of this service share; the language is decided here, once a request. */
export function openFrames({ assets, clock, demo, helpPhone, timeZone }: Needs): {
  readonly frame: FrameOf
  readonly bareFrame: BareFrame
} {
  const stylesheet = assets.address('pratu.css')
  const icon = assets.address('door.svg')
  const bareFrame: BareFrame = (language, requestId) => ({
    language,
    timeZone,
    now: clock.now(),
    requestId,
    stylesheet,
    icon,
    demo,
    helpPhone,
    privacy: '/privacy',
  })
  return {
    bareFrame,
    frame: (ctx, { towards, wishes = {}, here, typed, home } = {}) => ({
      ...bareFrame(languageOf(ctx, wishes), ctx.state.requestId as string),
      ...(towards === undefined ? {} : { towards }),
      ...(here === undefined ? {} : { here }),
      ...(typed === undefined ? {} : { typed }),
      ...(home === undefined ? {} : { home }),
    }),
  }
}

/** Sends a rendered page. Status 200 unless the route has set another. */
export function page(ctx: Context, html: string, status = 200): void {
  ctx.status = status
  ctx.type = 'html'
  ctx.set('Cache-Control', 'no-store')
  ctx.body = html
}
