// Everything about one person as a file to read and to print: it carries its sheet inside, loads nothing and leads nowhere.
import { METHOD_IDS } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import type { Words } from '../../src/identity/language.ts'
import { moment } from '../dates.ts'
import { html, type Markup, trusted } from '../html.ts'
import type { Frame, Page } from '../layout.ts'
import { TAX, titleOf } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'
import { nameOfKind, type OwnKind } from './me.ts'

type Names = Readonly<Record<string, Words>>
type Facts = { readonly [name: string]: Json }

export interface OwnFileInput {
  /** Epoch milliseconds. */
  readonly made: number
  /** In the order in which they are read, by their names in the other file. */
  readonly sections: Readonly<Record<string, readonly Facts[]>>
  /** Of agencies and of claims, by what stands for them in the file. */
  readonly names: { readonly agencies: Names; readonly claims: Names }
}

const SHEET = `body{margin:2rem auto;max-width:46rem;padding:0 1rem;font:1.05rem/1.6 "Noto Sans Thai",Loma,"Noto Sans",sans-serif;color:#17212b;background:#fff;overflow-wrap:anywhere}
.whole{white-space:nowrap}
h1{line-height:1.3}h2{margin:2rem 0 .5rem;border-bottom:2px solid #14505c}
dl{margin:0;padding:.6rem 0;border-bottom:1px solid #d8d5cf;break-inside:avoid}
dl div{display:grid;grid-template-columns:minmax(9rem,1fr) 2fr;gap:.25rem 1rem}dt{color:#4a5560}dd{margin:0}
@media (max-width:30rem){dl div{grid-template-columns:1fr;gap:0}}`

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Facts whose values are ids of agencies. */
export const AGENCIES = ['service', 'services', 'client', 'clients']
const MEANS = ['kind', 'means', 'method', 'methods', 'amr', 'blocked_ways', 'from', 'to']
const isKind = (text: unknown): text is OwnKind => text === 'pin' || METHOD_IDS.some((id) => id === text)

function textOf(name: string, text: string, { names }: OwnFileInput, frame: Frame): string {
  const of = AGENCIES.includes(name) ? names.agencies : name === 'claims' ? names.claims : {}
  if (Object.hasOwn(of, text)) return of[text]![frame.language]
  if (!MEANS.includes(name)) return text
  // Ways that are shut stand in one text.
  return text
    .split(', ')
    .map((one) => (isKind(one) ? nameOfKind(one, frame) : one))
    .join(', ')
}

function said(name: string, value: Json | undefined, input: OwnFileInput, frame: Frame): string {
  const { file } = wordsIn(frame.language).own
  if (Array.isArray(value)) return value.map((one) => said(name, one, input, frame)).join(', ')
  if (typeof value === 'boolean') return value ? file.yes : file.no
  if (typeof value === 'object' && value !== null) {
    const words = (value as Facts)[frame.language]
    if (typeof words === 'string') return words
    return Object.entries(value)
      .map(([inner, one]) => `${labelOf(inner, frame)}: ${said(inner, one, input, frame)}`)
      .join('; ')
  }
  // OpenID Connect counts seconds there, and the audit milliseconds.
  if (typeof value === 'number' && (name === 'auth_time' || name === 'at'))
    return moment(name === 'at' ? value : value * 1_000, frame.language, frame.timeZone)
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return TIME.test(text) ? moment(Date.parse(text), frame.language, frame.timeZone) : textOf(name, text, input, frame)
}

function labelOf(name: string, { language }: Frame): string {
  const { labels } = wordsIn(language).own.file
  return Object.hasOwn(labels, name) ? labels[name as keyof typeof labels] : name
}

/** What happened, as the citizen's own page calls it. */
function eventOf(type: string, facts: Facts, { names }: OwnFileInput, frame: Frame): string {
  const { service, means, kind, method, methods } = facts
  const agency = typeof service === 'string' ? names.agencies[service] : undefined
  return titleOf({ type, agency, means: [means, kind, method, methods].flat().filter(isKind) }, frame)
}

function factsOf(facts: Facts, input: OwnFileInput, frame: Frame): Markup {
  const rows = Object.entries(facts).map(([name, value]) => {
    const event = name === 'what' && typeof value === 'string'
    const text = event ? eventOf(value, facts, input, frame) : said(name, value, input, frame)
    return html`<div><dt>${labelOf(name, frame)}</dt><dd>${text}</dd></div>`
  })
  return html`<dl>${rows}</dl>`
}

function render(input: OwnFileInput, frame: Frame): string {
  const { made, sections } = input
  const { language, timeZone } = frame
  const words = wordsIn(language)
  const { file } = words.own
  const titles = file.sections
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${file.title} · Pratu</title>
${trusted(`<style>${SHEET}</style>`)}
</head>
<body>
<main>
${frame.demo ? html`<p>${words.frame.trial}</p>` : undefined}
<h1>${file.title}</h1>
<p>${file.made(moment(made, language, timeZone))}</p>
${Object.entries(sections).map(
  ([name, all]) => html`<section><h2>${Object.hasOwn(titles, name) ? titles[name as keyof typeof titles] : name}</h2>
${all.length > 0 ? all.map((one) => factsOf(one, input, frame)) : html`<p>${file.none}</p>`}</section>`,
)}
</main>
</body>
</html>
`)
}

const at = '2026-11-21T02:38:00.000Z'
export const ownFilePage: Page<OwnFileInput> = {
  render,
  samples: {
    'a few things': {
      input: {
        made: Date.parse(at),
        names: { agencies: { tax: TAX }, claims: {} },
        sections: {
          entry: [{ kind: 'citizen', given_name: 'สมหญิง', family_name: 'ตัวอย่างดี', identifiers: ['TH 1999900001010'] }],
          history: [
            {
              at,
              what: 'sign-in.succeeded',
              service: 'tax',
              means: ['otp', 'totp'],
              auth_time: Date.parse(at) / 1_000,
              place: { th: 'กรุงเทพมหานคร', en: 'Bangkok', et: 'Bangkok' },
            },
          ],
          cases: [],
        },
      },
    },
  },
}
