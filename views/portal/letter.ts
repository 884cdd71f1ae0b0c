// The letter that brings an activation code, as a page for the printer: written to a file by the operator's command, so
// it carries its sheet inside and loads nothing. One leaf of A4, the address where a C5 or DL window envelope shows it.
import { LANGUAGES, type Language } from '../../src/identity/language.ts'
import { day } from '../dates.ts'
import { html, trusted } from '../html.ts'
import { wordsIn } from '../words/words.ts'

export interface LetterInput {
  /** Name and postal address, one line each; an empty address leaves lines to write it on by hand. */
  readonly to: readonly string[]
  /** As people read it: `1234 5678 9012 3456`. */
  readonly code: string
  /** Epoch milliseconds. */
  readonly issued: number
  readonly until: number
  /** Where the code is entered, to be typed from paper: `https://id.example/activate`. */
  readonly address: string
}

export interface LetterFrame {
  /** The person's; the other languages follow in short. */
  readonly language: Language
  readonly timeZone: string
  readonly helpPhone: string
  readonly demo: boolean
  /** The text of letter.css. Ours, from the file beside this one. */
  readonly css: string
}

function render(input: LetterInput, { language, timeZone, helpPhone, demo, css }: LetterFrame): string {
  const { letter: words, frame } = wordsIn(language)
  const others = LANGUAGES.filter((one) => one !== language).map((one) => {
    const { letter } = wordsIn(one)
    const told = [
      ...letter.steps(input.address),
      letter.until(day(input.until, one, timeZone)),
      letter.warning,
      letter.help(helpPhone),
    ]
    return html`<section lang="${one}"><h2>${letter.subject}</h2><p>${told.map((sentence) => html`${sentence}${letter.stop} `)}</p></section>`
  })
  const lines = input.to.length > 1 ? input.to : [...input.to, '', '', '']
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${words.subject}</title>
${trusted(`<style>${css}</style>`)}
</head>
<body>
<main>
${demo ? html`<p class="trial">${frame.trial}</p>` : undefined}
<p class="from">${frame.mark}</p>
<address>${lines.map((line) => html`<span>${line}</span>`)}</address>
<p class="date">${day(input.issued, language, timeZone)}</p>
<h1>${words.subject}</h1>
<p>${words.intro}${words.stop}</p>
<div class="code"><p>${words.codeLabel}</p><p class="digits" id="code">${input.code}</p><p>${words.until(day(input.until, language, timeZone))}</p></div>
<ol>${words.steps(input.address).map((step) => html`<li>${step}</li>`)}</ol>
<p><b>${words.warning}${words.stop}</b></p>
<p>${words.notYou}${words.stop} ${words.help(helpPhone)}${words.stop}</p>
<hr>
${others}
</main>
</body>
</html>
`)
}

const issued = Date.parse('2026-11-21T02:41:00Z')
export const letterPage = {
  render,
  samples: {
    'with an address': {
      input: {
        to: ['สมชาย ใจดี', '99/1 หมู่ 4 ถนนสุขุมวิท', 'ตำบลบางเมือง อำเภอเมือง', 'สมุทรปราการ 10270'],
        code: '1234 5678 9012 3456',
        issued,
        until: issued + 30 * 86_400_000,
        address: 'https://id.example/activate',
      },
    },
    'name only': {
      input: {
        to: ['Somchai Jaidee'],
        code: '1234 5678 9012 3456',
        issued,
        until: issued + 30 * 86_400_000,
        address: 'http://localhost:3000/activate',
      },
    },
  } satisfies Record<string, { input: LetterInput }>,
}
