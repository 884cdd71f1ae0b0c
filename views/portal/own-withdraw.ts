import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { SOCIAL } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

/** Before a consent is taken back. */
export interface OwnWithdrawInput {
  readonly action: string
  readonly back: string
  readonly agency: Words
  readonly things: readonly Words[]
}

function render({ action, back, agency, things }: OwnWithdrawInput, frame: Frame): string {
  const { language } = frame
  const { withdraw: words } = wordsIn(language).own
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead(agency[language])}</p>
<div class="sheet"><ul>${things.map((one) => html`<li>${one[language]}</li>`)}</ul></div>
<p class="aside">${words.kept}</p>
<form method="post" action="${action}">
<div class="acts"><button type="submit" class="act grave" id="withdraw">${words.act}</button>
<a class="act quiet" id="keep" href="${back}">${words.keep}</a></div>
</form>`,
  })
}

export const ownWithdrawPage: Page<OwnWithdrawInput> = {
  render,
  samples: {
    'two things': {
      input: {
        action: '/me/consents/1',
        back: '/me/consents',
        agency: SOCIAL,
        things: [
          { th: 'วันเกิด', en: 'Date of birth', et: 'Sünniaeg' },
          { th: 'ชื่อและนามสกุลอักษรโรมัน', en: 'Name in Latin letters', et: 'Nimi ladina tähtedega' },
        ],
      },
    },
  },
}
