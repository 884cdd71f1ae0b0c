import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** Somebody proved who they are in a browser that is signed in as another person. Neither is named to the other. */
export interface SwitchPersonInput {
  /** Where the form posts `switch=1` (sign the other out, go on) or `cancel=1`. */
  readonly action: string
}

function render({ action }: SwitchPersonInput, frame: Frame): string {
  const { switchPerson: words } = wordsIn(frame.language)
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<form method="post" action="${action}" class="sheet">
<p>${words.lead}</p>
<p>${words.now}</p>
<div class="acts">
<button type="submit" class="act" id="continue" name="switch" value="1">${words.act}</button>
${leaveButton(frame)}
</div>
</form>`,
  })
}

export const switchPersonPage: Page<SwitchPersonInput> = {
  render,
  samples: { plain: { input: { action: '/login/sample/switch' } } },
}
