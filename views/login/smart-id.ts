import { summary, whoFields } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** What comes before a square code: nothing is begun by looking at this page, only by its button. */
export interface SmartIdInput {
  /** Where the forms post `way=link`, or `way=code` with `scheme` and `person_code`, or `cancel=1`. */
  readonly action: string
  /** A phone may ring for a typed person code, too; of these schemes. */
  readonly notify: boolean
  readonly schemes: readonly string[]
  readonly typed?: { readonly scheme?: string; readonly personCode?: string } | undefined
  readonly trouble?: Trouble | undefined
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
}

function render(input: SmartIdInput, frame: Frame): string {
  const { acts, smartId: words } = wordsIn(frame.language)
  const { action, notify, trouble, others } = input
  const byCode = html`<form method="post" action="${action}" class="sheet">
<h2>${words.notify.title}</h2>
<p>${words.notify.lead}</p>
${whoFields(input, trouble, frame)}
<div class="acts">
<button type="submit" class="act quiet" id="notify" name="way" value="code">${broken(words.notify.start)}</button>
</div>
</form>`
  return layout(frame, {
    title: words.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(words.title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
<p>${words.lead}</p>
<p class="hint">${words.same}</p>
<div class="acts many">
<button type="submit" class="act" id="continue" name="way" value="link">${broken(words.start)}</button>
${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}
</div>
</form>
${notify ? byCode : undefined}`,
  })
}

const input: SmartIdInput = { action: '/login/sample/smart-id', notify: false, schemes: ['EE'] }
const others = '/login/sample'

export const smartIdPage: Page<SmartIdInput> = {
  render,
  samples: {
    'the only way': { input },
    'with other ways': { input: { ...input, others } },
    'by person code, too': { input: { ...input, others, notify: true, schemes: ['EE', 'LV', 'LT'] } },
    'person code mistyped': {
      input: {
        ...input,
        others,
        notify: true,
        typed: { scheme: 'EE', personCode: '4040404000' },
        trouble: { code: 'PRT-1205', field: 'person_code' },
      },
    },
  },
}
