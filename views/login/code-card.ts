import { field, summary, type WhoInput, whoFields } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** The printed card: who somebody is, then the code of a number. */
export interface CodeCardInput extends WhoInput {
  /** Where the form posts `scheme` and `person_code`, then `code`, or `cancel=1`; asked for by GET it begins anew. */
  readonly action: string
  /** Which code of the card is asked for; absent: it is asked who they are. */
  readonly number?: number | undefined
  /** How many codes the card has left, where the browser is the person's own. */
  readonly left?: number | undefined
  /** The next card is due. */
  readonly newCard?: boolean | undefined
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render(input: CodeCardInput, frame: Frame): string {
  const { acts, codeCard, pin } = wordsIn(frame.language)
  const { action, number, left, newCard, others, trouble } = input
  const title = number === undefined ? codeCard.who.title : codeCard.title(number)
  const asked =
    number === undefined
      ? html`<p>${codeCard.who.lead}</p>
${whoFields(input, trouble, frame)}`
      : html`<p>${codeCard.lead(number)}</p>
${left === undefined ? undefined : html`<p>${pin.codesLeft(left)}${newCard ? html` <b>${pin.newCard}</b>` : undefined}</p>`}
${field(
  {
    name: 'code',
    label: codeCard.label(number),
    hint: codeCard.hint,
    numeric: true,
    autocomplete: 'off',
    look: 'code',
    maxlength: 20,
  },
  trouble,
  frame,
)}`
  return layout(frame, {
    title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
${asked}
<div class="acts">
<button type="submit" class="act" id="continue">${number === undefined ? acts.continue : acts.signIn}</button>
${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}
</div>
</form>
${number === undefined ? undefined : html`<p class="aside"><a href="${action}">${codeCard.otherPerson}</a></p>`}`,
  })
}

const action = '/login/sample/code-card'
const others = '/login/sample'
const now = Date.parse('2026-11-21T02:41:00Z')
const schemes = ['TH']

export const codeCardPage: Page<CodeCardInput> = {
  render,
  samples: {
    first: { input: { action, schemes, others } },
    'person code mistyped': {
      input: {
        action,
        schemes: ['TH', 'EE', 'FI'],
        others,
        typed: { scheme: 'EE', personCode: '3800101' },
        trouble: { code: 'PRT-1205', field: 'person_code' },
      },
    },
    'a number': { input: { action, schemes, others, number: 37 } },
    'in their own browser': { input: { action, schemes, others, number: 5, left: 61 } },
    'the last codes': { input: { action, schemes, number: 80, left: 1, newCard: true } },
    'wrong code': {
      input: { action, schemes, others, number: 37, trouble: { code: 'PRT-2020', field: 'code', values: { left: 4 } } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
    'a wait': {
      input: {
        action,
        schemes,
        others,
        number: 37,
        trouble: { code: 'PRT-2021', values: { seconds: 480, until: now + 480_000 } },
      },
      frame: { now },
    },
    'another number': { input: { action, schemes, number: 12, trouble: { code: 'PRT-2024', field: 'code' } } },
  },
}
