import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** Somebody is signed in in this browser, and the agency wants to be sure that it is who sits there. */
export interface GoOnInput {
  /** Where the form posts `as=me` or `as=other`. */
  readonly action: string
  /** Where another form posts `cancel=1`. */
  readonly cancel: string
  readonly name: string
  readonly agency: { readonly name: Words }
}

function render({ action, cancel, name, agency }: GoOnInput, frame: Frame): string {
  const { goOn: words } = wordsIn(frame.language).session
  return layout(frame, {
    title: words.title(name),
    body: html`<h1>${broken(words.title(name))}</h1>
<div class="sheet">
<p>${words.lead(agency.name[frame.language])}</p>
<p>${words.shared}</p>
<form method="post" action="${action}" class="acts">
<button type="submit" class="act" id="go-on" name="as" value="me">${broken(words.act)}</button>
<button type="submit" class="act quiet" id="somebody-else" name="as" value="other">${broken(words.other)}</button>
</form>
<form method="post" action="${cancel}"><div class="acts">${leaveButton(frame)}</div></form>
</div>`,
  })
}

const agency = { name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' } }
export const goOnPage: Page<GoOnInput> = {
  render,
  samples: {
    plain: { input: { action: '/login/sample/continue', cancel: '/login/sample', name: 'สมหญิง ตัวอย่างดี', agency } },
    'a long name': {
      input: {
        action: '/login/sample/continue',
        cancel: '/login/sample',
        name: 'Maria-Magdalena Õnnepalu-Hohenlohe-Schillingsfürst',
        agency,
      },
    },
  },
}
