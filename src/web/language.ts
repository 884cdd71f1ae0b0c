import type { Context } from 'koa'
import { LANGUAGES, type Language, spoken } from '../identity/language.ts'

// Which language a page is in: the link or button just pressed, what was pressed earlier in this same sign-in, what the agency
// asks for (`ui_locales`), what the person chose before, what the browser speaks, Thai.

const COOKIE = '__Host-pratu_language'
const YEAR = 365 * 24 * 3600 * 1000

export interface Wishes {
  /** The sign-in that is going on: a link pressed within it counts more than the agency's wish. */
  readonly interaction?: string
  /** The agency's `ui_locales`, space-separated (OIDC Core §3.1.2.1). */
  readonly agency?: string
  /** The person's own choice, when we know who it is. */
  readonly person?: Language
}

/** Decides, and keeps a link just pressed in a cookie (language and sign-in only; nothing about the person). */
export function languageOf(ctx: Context, wishes: Wishes = {}): Language {
  // A link of ours leads to an address of ours; in a request of the agency's the word is the agency's.
  const word = spoken(single(ctx.query.ui_locales))
  const [pressed, wished] = ctx.path === '/auth' ? [undefined, word] : [word, undefined]
  const here = wishes.interaction ?? ''
  if (pressed) {
    ctx.cookies.set(COOKIE, `${pressed}.${here}`, {
      signed: false,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      maxAge: YEAR,
      overwrite: true,
    })
    return pressed
  }
  const [kept, where = ''] = (ctx.cookies.get(COOKIE, { signed: false }) ?? '').split('.')
  const earlier = LANGUAGES.find((language) => language === kept)
  if (earlier && here !== '' && where === here) return earlier
  return spoken(wishes.agency) ?? wished ?? earlier ?? wishes.person ?? spoken(ctx.get('Accept-Language')) ?? 'th'
}

/** The language that this browser once pressed, for keeping it with the person. */
export function chosenLanguage(ctx: Context): Language | undefined {
  const [kept] = (ctx.cookies.get(COOKIE, { signed: false }) ?? '').split('.')
  return LANGUAGES.find((language) => language === kept)
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

/** The same from a whole Cookie header, for those who are answered before anything else is done. */
export function keptLanguage(cookies = ''): Language | undefined {
  const from = cookies.indexOf(`${COOKIE}=`)
  if (from < 0) return undefined
  const kept = cookies.slice(from + COOKIE.length + 1, from + COOKIE.length + 3)
  return LANGUAGES.find((language) => language === kept)
}
