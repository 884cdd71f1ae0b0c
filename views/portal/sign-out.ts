import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** Asks before a sign-in ends (OIDC RP-Initiated Logout §2): an agency, or a stranger's link, must not do it alone. */
export interface SignOutInput {
  /** Where the form posts `xsrf`, and `logout=yes` unless the person stays. */
  readonly action: string
  readonly xsrf: string
  /** The agency that asked for it, where it is known. */
  readonly agency?: Words | undefined
}

function render({ action, xsrf, agency }: SignOutInput, frame: Frame): string {
  const { signOut: words } = wordsIn(frame.language)
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${agency ? words.lead(agency[frame.language]) : words.plain}</p>
<form method="post" action="${action}" class="sheet">
<p>${words.means}</p>
<input type="hidden" name="xsrf" value="${xsrf}">
<div class="acts">
<button type="submit" class="act" id="logout-confirm" name="logout" value="yes">${words.act}</button>
<button type="submit" class="act quiet" id="cancel">${words.stay}</button>
</div>
</form>`,
  })
}

const action = '/session/end/confirm'
export const signOutPage: Page<SignOutInput> = {
  render,
  samples: {
    'asked by an agency': {
      input: { action, xsrf: 'sample', agency: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' } },
    },
    'asked by nobody': { input: { action, xsrf: 'sample' } },
  },
}
