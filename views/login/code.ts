import { codeField, summary, type WhoInput, whoFields } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

export interface CodeInput extends WhoInput {
  /** Where the form posts `scheme` (with several), `person_code` and `code`, or `cancel=1`. */
  readonly action: string
  readonly trouble?: Trouble | undefined
  /** Where a letter's activation code is entered, for those who have no one-time code yet. */
  readonly activation?: string | undefined
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
}

function render(input: CodeInput, frame: Frame): string {
  const words = wordsIn(frame.language)
  const { trouble } = input
  const { label, hint } = words.code
  return layout(frame, {
    title: words.code.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(words.code.title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${input.action}" class="sheet">
${whoFields(input, trouble, frame)}
${codeField({ label, hint, value: input.typed?.code }, trouble, frame)}
<div class="acts">
<button type="submit" class="act" id="continue">${words.acts.signIn}</button>
${input.others === undefined ? undefined : html`<a class="act quiet" id="others" href="${input.others}">${words.acts.other}</a>`}
${leaveButton(frame)}
</div>
</form>
${input.activation ? html`<p class="aside"><a href="${input.activation}">${words.code.noCode}</a></p>` : undefined}`,
  })
}

const action = '/login/sample/totp'
const typed = { scheme: 'TH', personCode: '1 1020 03456 78 2' }
const now = Date.parse('2026-11-21T02:41:00Z')

export const codePage: Page<CodeInput> = {
  render,
  samples: {
    first: { input: { action, schemes: ['TH'], activation: '/activate' } },
    'with other ways': { input: { action, schemes: ['TH'], activation: '/activate', others: '/login/sample' } },
    'wrong code': {
      input: { action, schemes: ['TH'], typed, trouble: { code: 'PRT-1201', values: { left: 3 } } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
    'wrong code, in other languages by a form': {
      input: { action, schemes: ['TH'], typed, trouble: { code: 'PRT-1201', values: { left: 3 } } },
      frame: { here: action, typed: { scheme: 'TH', person_code: typed.personCode } },
    },
    'last try spent': {
      input: {
        action,
        schemes: ['TH'],
        typed,
        trouble: { code: 'PRT-1201', values: { left: 0, seconds: 30, until: now + 30_000 } },
      },
      frame: { now },
    },
    'used code': { input: { action, schemes: ['EE'], typed, trouble: { code: 'PRT-1202', field: 'code' } } },
    'a wait': {
      input: {
        action,
        schemes: ['TH'],
        typed,
        trouble: { code: 'PRT-1203', values: { seconds: 480, until: now + 480_000 } },
      },
      frame: { now },
    },
    stopped: {
      input: {
        action,
        schemes: ['TH'],
        typed,
        trouble: { code: 'PRT-1204', values: { seconds: 86_400, until: now + 86_400_000 } },
      },
      frame: { now },
    },
    'person code mistyped': {
      input: {
        action,
        schemes: ['TH'],
        typed: { personCode: '1 1020 03456 78', code: '123 456' },
        trouble: { code: 'PRT-1205', field: 'person_code' },
      },
    },
    'several countries': {
      input: {
        action,
        schemes: ['TH', 'EE', 'LV', 'LT', 'FI', 'DK', 'SG', 'KR'],
        typed: { scheme: 'FI', personCode: '010190-900P' },
        trouble: { code: 'PRT-1206', field: 'code' },
      },
    },
  },
}
