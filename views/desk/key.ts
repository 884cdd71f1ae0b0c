import { summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { type PasskeyFormInput, passkeyForm, passkeyName } from '../passkey-form.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** A citizen makes a passkey before an officer: passkey.js asks the browser and posts what their device made. */
export interface DeskKeyInput extends Omit<PasskeyFormInput, 'kind'> {
  /** As the citizen knows themselves: name and masked code. */
  readonly who: string
  /** What they typed as its name last. */
  readonly name?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render({ who, name, trouble, ...form }: DeskKeyInput, frame: Frame): string {
  const { desk } = wordsIn(frame.language)
  const lead = html`<p>${desk.key.lead(who)}</p>
<p class="hint">${desk.key.sure}</p>
${passkeyName(name, frame)}`
  return layout(frame, {
    title: desk.key.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(desk.key.title)}</h1>
${summary(trouble, frame)}
${passkeyForm({ ...form, kind: 'create' }, { lead }, frame)}`,
  })
}

const input: DeskKeyInput = {
  action: '/desk/12/key',
  anew: '/desk/12',
  options: '{"challenge":"c2FtcGxlIHF1ZXN0aW9uIG9mIHRoaXJ0eS10d28gYnl0ZXM","rp":{"id":"localhost","name":"Pratu"}}',
  life: 300_000,
  script: '/assets/passkey-sample.js',
  scriptNonce: 'c2FtcGxlLW5vbmNl',
  who: 'สมหญิง ตัวอย่างดี (1 9999 ••••• 01 0)',
}

export const deskKeyPage: Page<DeskKeyInput> = {
  render,
  samples: {
    first: { input },
    'not believed': {
      input: { ...input, name: 'กุญแจของฉัน', trouble: { code: 'PRT-2102' } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
  },
}
