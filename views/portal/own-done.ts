import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { nameOfKind, type OwnKind } from './me.ts'

/** A change of one's own means has happened. */
export interface OwnDoneInput {
  readonly what: 'added' | 'removed' | 'blocks'
  readonly kind?: OwnKind
  readonly back: string
}

function render({ what, kind, back }: OwnDoneInput, frame: Frame): string {
  const { me } = wordsIn(frame.language)
  const { title, text } = me.done[what]
  return layout(frame, {
    title,
    body: html`<h1>${broken(title)}</h1>
<div class="sheet" role="status" id="done">
<p>${kind ? html`<b>${nameOfKind(kind, frame)}.</b> ` : undefined}${text}</p>
<p>${me.done.told}</p>
<div class="acts"><a class="act" id="back" href="${back}">${me.back}</a></div>
</div>`,
  })
}

export const ownDonePage: Page<OwnDoneInput> = {
  render,
  samples: {
    added: { input: { what: 'added', kind: 'totp', back: '/me' } },
    removed: { input: { what: 'removed', kind: 'sms-code', back: '/me' } },
    blocks: { input: { what: 'blocks', back: '/me' } },
  },
}
