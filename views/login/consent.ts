import type { Words } from '../../src/identity/language.ts'
import { birthDate } from '../dates.ts'
import { broken, html, type Markup } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** One line that the citizen reads; `kind: 'date'` is a birth date as the register has it (`YYYY`, `YYYY-MM`, `YYYY-MM-DD`). */
export interface Shown {
  readonly label: Words
  readonly value: string
  readonly kind?: 'date'
}

export interface ConsentInput {
  /** Where the form posts `consent=allow` or `consent=deny`. */
  readonly action: string
  readonly agency: Words
  /** What is sent only if the citizen agrees. */
  readonly asked: readonly Shown[]
  /** What the law sends in any case, with the provision: so that the page tells the whole of it. */
  readonly anyway?: readonly (Shown & { readonly provision?: Words | undefined })[]
  readonly purpose: Words
  /** Who answers for the data at the agency. */
  readonly officer: string
}

function render(input: ConsentInput, frame: Frame): string {
  const { language } = frame
  const words = wordsIn(language)
  const lines = (shown: readonly Shown[]): Markup[] =>
    shown.map(
      ({ label, value, kind }) =>
        html`<div><dt>${label[language]}</dt><dd>${kind === 'date' ? birthDate(value, language) : value}</dd></div>`,
    )
  const anyway = input.anyway ?? []
  const provisions = [...new Set(anyway.flatMap(({ provision }) => provision?.[language] ?? []))]
  return layout(frame, {
    title: words.consent.title,
    body: html`<h1>${broken(words.consent.title)}</h1>
<p class="lead">${words.consent.lead(input.agency[language])}</p>
<div class="sheet">
<dl class="facts">${lines(input.asked)}</dl>
${
  anyway.length > 0
    ? html`<h2>${words.consent.anyway}</h2>
<dl class="facts">${lines(anyway)}</dl>
${provisions.map((provision) => html`<p class="provision">${provision}</p>`)}`
    : undefined
}
<dl class="ground">
<div><dt>${words.consent.purpose}</dt><dd>${input.purpose[language]}</dd></div>
<div><dt>${words.consent.ground}</dt><dd>${words.consent.consent}</dd></div>
<div><dt>${words.consent.officer}</dt><dd>${input.officer}</dd></div>
</dl>
<form method="post" action="${input.action}" class="acts">
<button type="submit" class="act" id="consent-allow" name="consent" value="allow">${words.consent.allow}</button>
<button type="submit" class="act quiet" id="consent-deny" name="consent" value="deny">${words.consent.deny}</button>
</form>
</div>`,
  })
}

const agency = { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' }
const sample: ConsentInput = {
  action: '/login/sample/consent',
  agency,
  asked: [
    { label: { th: 'ชื่อและนามสกุล', en: 'Name', et: 'Nimi' }, value: 'สมชาย ใจดี' },
    { label: { th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' }, value: '1980-05-17', kind: 'date' },
    { label: { th: 'เลขประจำตัวประชาชน', en: 'Person number', et: 'Isikukood' }, value: '1 1020 03456 78 2' },
  ],
  purpose: {
    th: 'ยื่นแบบและชำระภาษีเงินได้บุคคลธรรมดา',
    en: 'To file and pay personal income tax',
    et: 'Tuludeklaratsiooni esitamiseks ja tulumaksu tasumiseks',
  },
  officer: 'ประทีป แสงทอง, privacy@revenue.example',
}

export const consentPage: Page<ConsentInput> = {
  render,
  samples: {
    plain: { input: sample },
    'with what the law sends': {
      input: {
        ...sample,
        asked: sample.asked.slice(0, 1),
        anyway: sample.asked.slice(1).map((line) => ({
          ...line,
          provision: { th: 'ประมวลรัษฎากร มาตรา 17', en: 'Revenue Code, section 17', et: 'Maksuseadustik, § 17' },
        })),
      },
    },
    'year of birth only, long name': {
      input: {
        ...sample,
        asked: [
          {
            label: { th: 'ชื่อและนามสกุล', en: 'Name', et: 'Nimi' },
            value: 'Krung-Thep-Maha-Nakhon-Amon-Rattanakosin-Mahinthara-Ayuthaya von und zu Hohenlohe-Schillingsfürst',
          },
          { label: { th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' }, value: '1937', kind: 'date' },
        ],
      },
    },
  },
}
