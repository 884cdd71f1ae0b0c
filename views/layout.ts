// The frame of every page of the service: trial banner, door mark, languages, towards whom, content, help. Owns the
// look of the page around a step; what stands inside comes from one file a page, by audience. Web chooses the frame.
import { LANGUAGES, type Language, type Words } from '../src/identity/language.ts'
import { html, type Markup, trusted, unbroken } from './html.ts'
import { wordsIn } from './words/words.ts'

/** What web knows about the request and the service; the same for every page. */
export interface Frame {
  readonly language: Language
  /** IANA name of the zone in which times are shown, such as `Asia/Bangkok`. */
  readonly timeZone: string
  /** The time at which the page is made, in epoch milliseconds. */
  readonly now: number
  /** Address of pratu.css, and of door.svg, as served. */
  readonly stylesheet: string
  readonly icon: string
  readonly helpPhone: string
  /** As in the log and the audit: what the help desk asks for where something did not go on. */
  readonly requestId?: string
  /** The demonstration says so on every page. */
  readonly demo: boolean
  /** The agency that the citizen is going to, where there is one. */
  readonly towards?: { readonly name: Words }
  /** Path to which the language links lead; absent: the address of this page, without its query. */
  readonly here?: string
  /**
   * What was typed into a page that was answered to a form, by the names of its fields: it goes along when another language is
   * chosen, by a form again, for an address is kept and shown everywhere. The form is posted to `here`, and does nothing there.
   */
  readonly typed?: Readonly<Record<string, string>> | undefined
  /** Where the door mark leads; absent in the middle of a sign-in, which it would break off. */
  readonly home?: string
  /** Address of the page that says what is kept. */
  readonly privacy?: string
}

/** One page: typed input in, the whole document out. Samples are rendered by the tests in every language. */
export interface Page<Input> {
  readonly render: (input: Input, frame: Frame) => string
  readonly samples: Readonly<Record<string, { readonly input: Input; readonly frame?: Partial<Frame> }>>
}

export interface Content {
  /** `¦` marks where the title may break. */
  readonly title: string
  /** Named first in `<title>`, so that a screen reader says it first. */
  readonly trouble?: string | undefined
  /** What this page has in its head besides. */
  readonly head?: Markup
  readonly body: Markup
}

const door = trusted(
  '<svg viewBox="0 0 28 34" aria-hidden="true"><path d="M3 33V10C3 4.500 8 1 14 1s11 3.500 11 9v23" fill="none" stroke="#0d3b45" stroke-width="2"/><path d="M7 33V11.500C7 7.500 10 5 14 5s7 2.500 7 6.500V33z" fill="#14505c"/><path d="M14 5c4 0 7 2.500 7 6.500V33l-7-3z" fill="#f2b544"/><circle cx="12" cy="20" r="1.100" fill="#fff"/></svg>',
)

/**
 * Links to the same page in the other languages: `?ui_locales=xx`, one query parameter, behind those that `here` has.
 * @param form the form that goes along instead, by its id: they are buttons of it then.
 */
export function languageLinks(language: Language, here = '', form?: string): Markup {
  const to = (one: Language) => `${here}${here.includes('?') ? '&' : '?'}ui_locales=${one}`
  const other = (one: Language) =>
    form === undefined
      ? html`<a href="${to(one)}" lang="${one}" hreflang="${one}">${one.toUpperCase()}</a>`
      : html`<button type="submit" form="${form}" formaction="${to(one)}" lang="${one}">${one.toUpperCase()}</button>`
  const link = (one: Language) =>
    one === language
      ? html`<li><strong lang="${one}" aria-current="true">${one.toUpperCase()}</strong></li>`
      : html`<li>${other(one)}</li>`
  return html`<nav aria-label="${wordsIn(language).frame.languages}"><ul class="tongues">${LANGUAGES.map(link)}</ul></nav>`
}

const TYPED = 'typed'

/** Behind everything else, for the first form of a page is the one that is filled in. */
function typedForm({ here = '', typed = {} }: Frame): Markup {
  const fields = Object.entries(typed).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form method="post" action="${here}" id="${TYPED}">${fields}</form>
`
}

/** The sign before a name in a round seal: Thai vowels that are written before their consonant are passed over. */
export const initial = (name: string): string => /[^\s\u0e40-\u0e44]/u.exec(name)?.[0].toUpperCase() ?? ''

export const telephone = (phone: string): Markup =>
  html`<a href="${`tel:${phone.replace(/[^+\d*#]/g, '')}`}">${phone}</a>`

export function layout(frame: Frame, content: Content): string {
  const { language } = frame
  const words = wordsIn(language).frame
  const agency = frame.towards?.name[language]
  const mark = html`${door}<span>${words.mark}</span>`
  const title = unbroken([content.trouble, content.title, 'Pratu'].filter((part) => part !== undefined).join(' · '))
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">
<title>${title}</title>
<link rel="stylesheet" href="${frame.stylesheet}">
<link rel="icon" type="image/svg+xml" href="${frame.icon}">
${content.head}</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
<header>
${frame.demo ? html`<p class="trial">${words.trial}</p>` : undefined}
<div class="top">${frame.home ? html`<a class="sign" href="${frame.home}">${mark}</a>` : html`<span class="sign">${mark}</span>`}
${languageLinks(language, frame.here, frame.typed && TYPED)}</div>
</header>
<main id="content" tabindex="-1">
${agency ? html`<p class="towards"><span class="seal" aria-hidden="true">${initial(agency)}</span><span>${words.towards} <b>${agency}</b></span></p>` : undefined}
${content.body}
</main>
<footer aria-label="${words.footer}">
<p>${words.help} ${telephone(frame.helpPhone)}</p>
${frame.privacy ? html`<a href="${frame.privacy}">${words.privacy}</a>` : undefined}
</footer>
${frame.typed && typedForm(frame)}</body>
</html>
`)
}
