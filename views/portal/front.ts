import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** What stands at `/` outside the demonstration: somebody who came here by hand must not meet a wall. */
export interface FrontInput {
  /** Where a letter's activation code is entered. */
  readonly activation: string
  /** The citizen's own page. */
  readonly href: string
}

function render({ activation, href }: FrontInput, frame: Frame): string {
  const { front: words, me } = wordsIn(frame.language)
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<div class="sheet">
<p>${words.lead}</p>
<div class="acts"><a class="act" id="activate" href="${activation}">${broken(words.letter)}</a>
<a class="act quiet" id="me" href="${href}">${me.name}</a></div>
</div>`,
  })
}

export const frontPage: Page<FrontInput> = {
  render,
  samples: { plain: { input: { activation: '/activate', href: '/me' } } },
}
