import { field, summary, type WhoInput, whoFields } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** Where a citizen enters the activation code of their letter. */
export interface ActivateInput extends WhoInput {
  /** Where the form posts `scheme` (with several), `person_code` and `code`. */
  readonly action: string
  readonly trouble?: Trouble | undefined
}

function render(input: ActivateInput, frame: Frame): string {
  const { activate: words } = wordsIn(frame.language)
  const { trouble } = input
  const code = {
    name: 'code',
    label: words.label,
    hint: words.hint,
    value: input.typed?.code,
    numeric: true,
    // Not a one-time code to the browser: it would offer the one of the last text message.
    autocomplete: 'off',
    look: 'letter',
    maxlength: 40,
  } as const
  return layout(frame, {
    title: words.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead}</p>
${summary(trouble, frame)}
<form method="post" action="${input.action}" class="sheet">
${whoFields(input, trouble, frame)}
${field(code, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${words.act}</button></div>
</form>`,
  })
}

const now = Date.parse('2026-11-21T02:41:00Z')
const typed = { personCode: '1 1020 03456 78 2', code: '1234 5678 9012 3456' }
export const activatePage: Page<ActivateInput> = {
  render,
  samples: {
    first: { input: { action: '/activate', schemes: ['TH'] } },
    'wrong code': { input: { action: '/activate', schemes: ['TH'], typed, trouble: { code: 'PRT-1501' } } },
    'a wait': {
      input: {
        action: '/activate',
        schemes: ['TH', 'EE'],
        typed,
        trouble: { code: 'PRT-1502', values: { seconds: 1800, until: now + 1_800_000 } },
      },
      frame: { now },
    },
  },
}
