// The card of numbered codes, as a page for the printer: written to a file by the operator's command, so it carries its
// sheet inside and loads nothing. A leaf of A6 for a purse (the codes in front, the words behind) or of A4 for a letter.
import { LANGUAGES, type Language } from '../../src/identity/language.ts'
import { day } from '../dates.ts'
import { html, type Markup, trusted } from '../html.ts'
import { wordsIn } from '../words/words.ts'

export type Paper = 'a4' | 'a6'

export interface PaperCardInput {
  readonly name: string
  /** As people read it. */
  readonly serial: string
  /** The code of number 1 first. */
  readonly codes: readonly string[]
  /** Epoch milliseconds. */
  readonly issued: number
  /** It will take the place of one that is in use. */
  readonly next: boolean
  /** Scheme and host of the service, to be compared with what a browser shows. */
  readonly address: string
  readonly paper: Paper
}

export interface PaperCardFrame {
  /** The person's; the other languages follow in short. */
  readonly language: Language
  readonly timeZone: string
  readonly helpPhone: string
  readonly demo: boolean
  /** The text of code-card.css. Ours, from the file beside this one. */
  readonly css: string
}

const COLUMNS = 4

/** Down the columns, as people read lists. */
function table(codes: readonly string[], caption: string): Markup {
  const rows = Math.ceil(codes.length / COLUMNS)
  const cells = (row: number) =>
    Array.from({ length: COLUMNS }, (_, column) => {
      const at = column * rows + row
      const code = codes[at]
      return code === undefined
        ? html`<td></td><td></td>`
        : html`<th scope="row">${at + 1}</th><td>${code.slice(0, 3)} ${code.slice(3)}</td>`
    })
  return html`<table><caption>${caption}</caption><tbody>${Array.from({ length: rows }, (_, row) => html`<tr>${cells(row)}</tr>`)}</tbody></table>`
}

function told({ next, address }: PaperCardInput, language: Language, helpPhone: string): Markup {
  const { paper } = wordsIn(language).codeCard
  const sentences = [...(next ? [paper.next] : []), ...paper.steps(address), paper.warning, paper.lost(helpPhone)]
  return html`${sentences.map((sentence) => html`<p>${sentence}${paper.stop}</p>`)}`
}

function render(input: PaperCardInput, { language, timeZone, helpPhone, demo, css }: PaperCardFrame): string {
  const { codeCard, frame } = wordsIn(language)
  const { paper: words } = codeCard
  const others = LANGUAGES.filter((one) => one !== language).map(
    (one) =>
      html`<section lang="${one}"><h2>${wordsIn(one).codeCard.paper.title}</h2>${told(input, one, helpPhone)}</section>`,
  )
  const size = input.paper === 'a6' ? '@page{size:A6;margin:5mm}' : '@page{size:A4;margin:18mm 20mm}'
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${words.title}</title>
${trusted(`<style>${size}${css}</style>`)}
</head>
<body class="${input.paper}">
<main>
${demo ? html`<p class="trial">${frame.trial}</p>` : undefined}
<p class="from">${frame.mark}</p>
<h1>${words.title}</h1>
<p class="whose"><b>${input.name}</b> · <span id="serial">${words.serial(input.serial)}</span> · ${day(input.issued, language, timeZone)}</p>
${table(input.codes, words.codes)}
<section class="words">${told(input, language, helpPhone)}</section>
${others}
</main>
</body>
</html>
`)
}

const issued = Date.parse('2026-11-21T02:41:00Z')
const codes = Array.from({ length: 80 }, (_, at) => String((at * 7919 + 104_729) % 1_000_000).padStart(6, '0'))
const sample = { serial: '1234 567 890', codes, issued, address: 'https://id.example' }
export const paperCardPage = {
  render,
  samples: {
    'for a purse': { input: { ...sample, name: 'สมหญิง ตัวอย่างดี', next: false, paper: 'a6' } },
    'for a letter, beside an earlier one': { input: { ...sample, name: 'Õnne-Mari Näidis', next: true, paper: 'a4' } },
  } satisfies Record<string, { input: PaperCardInput }>,
}
