import { field, summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** The PIN, after a code was right. */
export interface PinInput {
  /** Where the form posts `pin`, or `cancel=1`. */
  readonly action: string
  /** How many codes the person's card has left, where the code came from one. */
  readonly codesLeft?: number | undefined
  /** The card runs out soon. */
  readonly newCard?: boolean | undefined
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render({ action, codesLeft, newCard, others, trouble }: PinInput, frame: Frame): string {
  const { acts, pin } = wordsIn(frame.language)
  const input = {
    name: 'pin',
    label: pin.label,
    hint: pin.hint,
    numeric: true,
    // One that a browser keeps is no longer something that one knows.
    autocomplete: 'off',
    look: 'code',
    secret: true,
    maxlength: 40,
  } as const
  return layout(frame, {
    title: pin.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(pin.title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
<p>${pin.lead}</p>
${codesLeft === undefined ? undefined : html`<p>${pin.codesLeft(codesLeft)}${newCard ? html` <b>${pin.newCard}</b>` : undefined}</p>`}
${field(input, trouble, frame)}
<div class="acts">
<button type="submit" class="act" id="continue">${acts.signIn}</button>
${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}
</div>
</form>`,
  })
}

const action = '/login/sample/totp'
const others = '/login/sample'
const now = Date.parse('2026-11-21T02:41:00Z')

export const pinPage: Page<PinInput> = {
  render,
  samples: {
    first: { input: { action } },
    'after a code from a card': { input: { action, others, codesLeft: 57 } },
    'a card that runs out': { input: { action, others, codesLeft: 12, newCard: true } },
    'wrong PIN': {
      input: { action, others, trouble: { code: 'PRT-2001', field: 'pin', values: { left: 3 } } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
    'a wait': {
      input: { action, others, trouble: { code: 'PRT-2002', values: { seconds: 480, until: now + 480_000 } } },
      frame: { now },
    },
    'too short': { input: { action, others, trouble: { code: 'PRT-2006', field: 'pin' } } },
  },
}
