import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'
import { nameOfKind, type OwnKind } from './me.ts'

/** Before a means of one's own goes: what that will mean. */
export interface OwnRemoveInput {
  /** Where the answer is posted; with `last=1` where the warning of the last means was shown. */
  readonly action: string
  readonly back: string
  readonly kind: OwnKind
  readonly label?: string | undefined
  readonly last: boolean
}

function render({ action, back, kind, label, last }: OwnRemoveInput, frame: Frame): string {
  const { remove: words } = wordsIn(frame.language).me
  const name = nameOfKind(kind, frame)
  const title = words.title(label === undefined ? name : `${name}, ${label}`)
  return layout(frame, {
    title,
    body: html`<h1>${broken(title)}</h1>
<p class="lead">${words.lead} ${kind === 'pin' ? words.pin : undefined}</p>
${last ? html`<div class="sheet trouble brief" role="alert" id="last"><p><b>${words.last.title}</b></p><p>${words.last.text}</p></div>` : undefined}
<form method="post" action="${action}">
${last ? html`<input type="hidden" name="last" value="1">` : undefined}
<div class="acts"><button type="submit" class="act grave" id="remove">${last ? words.actLast : words.act}</button>
<a class="act quiet" id="keep" href="${back}">${words.keep}</a></div>
</form>`,
  })
}

const base = { action: '/me/remove/totp/1', back: '/me' }
export const ownRemovePage: Page<OwnRemoveInput> = {
  render,
  samples: {
    'one of several': { input: { ...base, kind: 'sms-code', label: '•••• 1234', last: false } },
    'the last': { input: { ...base, kind: 'totp', last: true } },
    'the PIN': { input: { ...base, kind: 'pin', last: false } },
  },
}
