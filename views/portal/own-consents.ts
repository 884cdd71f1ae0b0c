import type { Words } from '../../src/identity/language.ts'
import { day } from '../dates.ts'
import { broken, html, type Markup } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { SOCIAL, TAX } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

export interface OwnConsent {
  readonly agency: Words
  readonly things: readonly Words[]
  readonly purpose?: Words | undefined
  /** Epoch milliseconds. */
  readonly since: number
  readonly ended?: number | undefined
  readonly withdraw?: string | undefined
}

/** What somebody agreed to, and taking it back. */
export interface OwnConsentsInput {
  readonly standing: readonly OwnConsent[]
  readonly past: readonly OwnConsent[]
  readonly back: string
}

function row({ agency, things, purpose, since, ended, withdraw }: OwnConsent, frame: Frame): Markup {
  const { language, timeZone } = frame
  const { consents: words } = wordsIn(language).own
  const dates = [words.since(day(since, language, timeZone))]
  if (ended !== undefined) dates.push(words.ended(day(ended, language, timeZone)))
  return html`<li><div class="told"><b>${agency[language]}</b><small>${things.map((one) => one[language]).join(', ')}</small>
${purpose ? html`<small>${purpose[language]}</small>` : undefined}<small>${dates.join(' · ')}</small></div>
${withdraw === undefined ? undefined : html`<a class="act grave" href="${withdraw}" aria-label="${words.withdrawNamed(agency[language])}">${words.withdraw}</a>`}</li>`
}

function render({ standing, past, back }: OwnConsentsInput, frame: Frame): string {
  const { me, own } = wordsIn(frame.language)
  const { consents: words } = own
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead}</p>
<div class="sheet">
${standing.length > 0 ? html`<ul class="rows" id="standing">${standing.map((one) => row(one, frame))}</ul>` : html`<p id="none">${words.none}</p>`}
</div>
${past.length > 0 ? html`<h2>${words.past}</h2><div class="sheet"><ul class="rows" id="past">${past.map((one) => row(one, frame))}</ul></div>` : undefined}
<div class="acts"><a class="act quiet" id="back" href="${back}">${me.back}</a></div>`,
  })
}

const since = Date.parse('2026-11-12T04:20:00Z')
const things = [
  { th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' },
  { th: 'ชื่อและนามสกุลอักษรโรมัน', en: 'Name in Latin letters', et: 'Nimi ladina tähtedega' },
]
const purpose = { th: 'คำนวณเบี้ยบำนาญ', en: 'To work out a pension', et: 'Pensioni arvutamiseks' }
export const ownConsentsPage: Page<OwnConsentsInput> = {
  render,
  samples: {
    'one standing, one past': {
      input: {
        standing: [{ agency: SOCIAL, things, purpose, since, withdraw: '/me/consents/1' }],
        past: [{ agency: TAX, things: things.slice(0, 1), since, ended: since + 86_400_000 }],
        back: '/me',
      },
    },
    none: { input: { standing: [], past: [], back: '/me' } },
  },
}
