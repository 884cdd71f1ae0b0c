import { field, summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** Where an officer opens a desk with the code that they were given. */
export interface DeskCodeInput {
  /** Where the form posts `code`. */
  readonly action: string
  readonly trouble?: Trouble | undefined
}

function render({ action, trouble }: DeskCodeInput, frame: Frame): string {
  const { desk } = wordsIn(frame.language)
  const code = {
    name: 'code',
    label: desk.code,
    hint: desk.hint,
    numeric: true,
    // Not a one-time code to the browser: it would offer the one of the last text message.
    autocomplete: 'off',
    look: 'letter',
    maxlength: 40,
  } as const
  return layout(frame, {
    title: desk.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(desk.title)}</h1>
<p class="lead">${desk.lead}</p>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
${field(code, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${desk.act}</button></div>
</form>`,
  })
}

const now = Date.parse('2026-11-21T02:41:00Z')
export const deskCodePage: Page<DeskCodeInput> = {
  render,
  samples: {
    first: { input: { action: '/desk/12' } },
    'wrong code': { input: { action: '/desk/12', trouble: { code: 'PRT-2201', field: 'code' } } },
    'a wait': {
      input: { action: '/desk/12', trouble: { code: 'PRT-2202', values: { seconds: 480, until: now + 480_000 } } },
      frame: { now },
    },
  },
}
