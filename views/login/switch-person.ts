import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** Somebody proved who they are in a browser that is signed in as another person. Neither is named to the other. */
export interface SwitchPersonInput {
  /** Where the form with the hidden `fields` goes: signs the other out and goes on. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** Where a form posts `cancel=1`: nobody is signed out, back to the agency. */
  readonly cancel?: string | undefined
}

function render({ action, fields, cancel }: SwitchPersonInput, frame: Frame): string {
  const { switchPerson: words } = wordsIn(frame.language)
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<div class="sheet">
<p>${words.lead}</p>
<p>${words.now}</p>
<form method="post" action="${action}">${hidden}
<div class="acts"><button type="submit" class="act" id="continue">${words.act}</button></div>
</form>
${cancel ? html`<form method="post" action="${cancel}"><div class="acts">${leaveButton(frame)}</div></form>` : undefined}
</div>`,
  })
}

export const switchPersonPage: Page<SwitchPersonInput> = {
  render,
  samples: {
    plain: {
      input: {
        action: '/session/end/confirm',
        fields: { xsrf: 'sample', logout: 'yes' },
        cancel: '/login/sample',
      },
    },
  },
}
