import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** Asks before a sign-in ends (OIDC RP-Initiated Logout §2): an agency, or a stranger's link, must not do it alone. */
export interface SignOutInput {
  /** Where the form posts `xsrf`, with `logout=yes` for everywhere and without it for the one service alone. */
  readonly action: string
  readonly xsrf: string
  /** The service that asked for it, where it is known. */
  readonly agency?: Words | undefined
  /** The person is signed in there, and may leave that one alone. */
  readonly here?: boolean
  /** Where they are signed in besides. */
  readonly others?: readonly Words[]
  /** Where whoever changes their mind goes, when no service is known. */
  readonly stay: string
}

function render({ action, xsrf, agency, here = false, others = [], stay }: SignOutInput, frame: Frame): string {
  const { language } = frame
  const { signOut: words } = wordsIn(language).session
  const alone =
    agency && here
      ? html`<button type="submit" class="act quiet" id="only-here">${broken(words.here(agency[language]))}</button>`
      : html`<a class="act quiet" id="cancel" href="${stay}">${broken(words.stay)}</a>`
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${agency ? words.lead(agency[language]) : words.plain}</p>
<form method="post" action="${action}" class="sheet">
${others.length > 0 ? html`<p>${words.others}</p><ul id="others">${others.map((name) => html`<li>${name[language]}</li>`)}</ul>` : undefined}
<p>${words.means}</p>
<input type="hidden" name="xsrf" value="${xsrf}">
<div class="acts">
<button type="submit" class="act" id="logout-confirm" name="logout" value="yes">${broken(words.act)}</button>
${alone}
</div>
</form>`,
  })
}

const action = '/session/end/confirm'
const agency = { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' }
const others = [
  { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' },
  { th: 'กรมที่ดิน', en: 'Department of Lands', et: 'Maa-amet' },
]
export const signOutPage: Page<SignOutInput> = {
  render,
  samples: {
    'asked by an agency': { input: { action, xsrf: 'sample', agency, here: true, others, stay: '/' } },
    'asked by the only one': { input: { action, xsrf: 'sample', agency, here: true, stay: '/' } },
    'asked by one where the person is not': { input: { action, xsrf: 'sample', agency, others, stay: '/' } },
    'asked by nobody': { input: { action, xsrf: 'sample', others, stay: '/' } },
  },
}
