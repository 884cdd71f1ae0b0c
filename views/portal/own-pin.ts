import { field, summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** A new PIN, typed twice. Neither is ever given back. */
export interface OwnPinInput {
  /** Where `pin` and `again` are posted. */
  readonly action: string
  readonly back: string
  readonly replaces: boolean
  readonly trouble?: Trouble | undefined
}

function render({ action, back, replaces, trouble }: OwnPinInput, frame: Frame): string {
  const { me } = wordsIn(frame.language)
  const words = me.newPin
  const input = { numeric: true, autocomplete: 'off', look: 'code', secret: true, maxlength: 40 } as const
  return layout(frame, {
    title: words.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead} ${replaces ? words.replaces : undefined}</p>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
${field({ ...input, name: 'pin', label: words.pin, hint: words.pinHint }, trouble, frame)}
${field({ ...input, name: 'again', label: words.again, hint: words.againHint }, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${words.act}</button>
<a class="act quiet" id="back" href="${back}">${me.back}</a></div>
</form>`,
  })
}

const base = { action: '/me/add/pin', back: '/me' }
export const ownPinPage: Page<OwnPinInput> = {
  render,
  samples: {
    first: { input: { ...base, replaces: false } },
    'another one': { input: { ...base, replaces: true } },
    'too simple': { input: { ...base, replaces: false, trouble: { code: 'PRT-2007', field: 'pin' } } },
    'not the same': { input: { ...base, replaces: false, trouble: { code: 'PRT-2224', field: 'again' } } },
  },
}
