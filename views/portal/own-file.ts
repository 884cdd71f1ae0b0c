// Everything about one person as a file to read and to print: it carries its sheet inside, loads nothing and leads nowhere.
import type { Json } from '../../src/identity/json.ts'
import { moment } from '../dates.ts'
import { html, type Markup, trusted } from '../html.ts'
import type { Frame, Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

type Facts = { readonly [name: string]: Json }

export interface OwnFileInput {
  /** Epoch milliseconds. */
  readonly made: number
  /** In the order in which they are read, by their names in the other file. */
  readonly sections: Readonly<Record<string, readonly Facts[]>>
}

const SHEET = `body{margin:2rem auto;max-width:46rem;padding:0 1rem;font:1.05rem/1.6 "Noto Sans Thai",Loma,"Noto Sans",sans-serif;color:#17212b;background:#fff;overflow-wrap:anywhere}
h1{line-height:1.3}h2{margin:2rem 0 .5rem;border-bottom:2px solid #14505c}
dl{margin:0;padding:.6rem 0;border-bottom:1px solid #d8d5cf;break-inside:avoid}
dl div{display:grid;grid-template-columns:minmax(9rem,1fr) 2fr;gap:.25rem 1rem}dt{color:#4a5560}dd{margin:0}
@media (max-width:30rem){dl div{grid-template-columns:1fr;gap:0}}`

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

function said(value: Json | undefined, frame: Frame): string {
  const { file } = wordsIn(frame.language).own
  if (Array.isArray(value)) return value.map((one) => said(one, frame)).join(', ')
  if (typeof value === 'boolean') return value ? file.yes : file.no
  if (typeof value === 'object' && value !== null) {
    const words = (value as Facts)[frame.language]
    if (typeof words === 'string') return words
    return Object.entries(value)
      .map(([name, one]) => `${name}: ${said(one, frame)}`)
      .join('; ')
  }
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return TIME.test(text) ? moment(Date.parse(text), frame.language, frame.timeZone) : text
}

function factsOf(facts: Facts, frame: Frame): Markup {
  const { labels } = wordsIn(frame.language).own.file
  const named = (name: string): string => (Object.hasOwn(labels, name) ? labels[name as keyof typeof labels] : name)
  return html`<dl>${Object.entries(facts).map(([name, value]) => html`<div><dt>${named(name)}</dt><dd>${said(value, frame)}</dd></div>`)}</dl>`
}

function render({ made, sections }: OwnFileInput, frame: Frame): string {
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
${all.length > 0 ? all.map((one) => factsOf(one, frame)) : html`<p>${file.none}</p>`}</section>`,
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
        sections: {
          entry: [{ kind: 'citizen', given_name: 'สมหญิง', family_name: 'ตัวอย่างดี', identifiers: ['TH 1999900001010'] }],
          history: [
            {
              at,
              what: 'sign-in.succeeded',
              service: 'tax',
              means: ['otp', 'totp'],
              place: { th: 'กรุงเทพมหานคร', en: 'Bangkok', et: 'Bangkok' },
            },
          ],
          cases: [],
        },
      },
    },
  },
}
