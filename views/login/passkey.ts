import { summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { type PasskeyFormInput, passkeyForm } from '../passkey-form.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** Signing in with a passkey: passkey.js asks the browser and posts what the person's device signed. */
export interface PasskeyInput extends Omit<PasskeyFormInput, 'kind' | 'anew'> {
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render(input: PasskeyInput, frame: Frame): string {
  const { acts, passkey } = wordsIn(frame.language)
  const { others, trouble, ...form } = input
  const further = html`${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}`
  return layout(frame, {
    title: passkey.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(passkey.title)}</h1>
${summary(trouble, frame)}
${passkeyForm({ ...form, kind: 'get', anew: form.action }, { lead: html`<p>${passkey.lead}</p>`, acts: further }, frame)}`,
  })
}

const input: PasskeyInput = {
  action: '/login/sample/passkey',
  options: '{"challenge":"c2FtcGxlIHF1ZXN0aW9uIG9mIHRoaXJ0eS10d28gYnl0ZXM","rpId":"localhost"}',
  life: 300_000,
  script: '/assets/passkey-sample.js',
  scriptNonce: 'c2FtcGxlLW5vbmNl',
}
const others = '/login/sample'

export const passkeyPage: Page<PasskeyInput> = {
  render,
  samples: {
    'the only way': { input },
    'with other ways': { input: { ...input, others } },
    'unknown here': {
      input: { ...input, others, trouble: { code: 'PRT-2101' } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
    'waited too long': { input: { ...input, trouble: { code: 'PRT-2103' } } },
  },
}
