import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** The passkey is made; the desk is closed. */
export interface DeskDoneInput {
  readonly level: 'high' | 'substantial'
}

function render({ level }: DeskDoneInput, frame: Frame): string {
  const { done } = wordsIn(frame.language).desk
  return layout(frame, {
    title: done.title,
    body: html`<h1>${broken(done.title)}</h1>
<div class="sheet">
<p>${done[level]}</p>
<p>${done.keep}</p>
<p class="hint">${done.close}</p>
</div>`,
  })
}

export const deskDonePage: Page<DeskDoneInput> = {
  render,
  samples: {
    'the surest': { input: { level: 'high' } },
    'may be copied': { input: { level: 'substantial' } },
  },
}
