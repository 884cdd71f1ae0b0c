import { summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { type PasskeyFormInput, passkeyForm, passkeyName } from '../passkey-form.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** A citizen makes a passkey for themselves: passkey.js asks the browser and posts what their device made. */
export interface OwnPasskeyInput extends Omit<PasskeyFormInput, 'kind'> {
  readonly back: string
  /** What was typed as its name last. */
  readonly name?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render({ back, name, trouble, ...form }: OwnPasskeyInput, frame: Frame): string {
  const { me } = wordsIn(frame.language)
  const lead = html`<p>${me.passkey.lead}</p>
${passkeyName(name, frame)}`
  const acts = html`<a class="act quiet" id="back" href="${back}">${me.back}</a>`
  return layout(frame, {
    title: me.passkey.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(me.passkey.title)}</h1>
${summary(trouble, frame)}
${passkeyForm({ ...form, kind: 'create' }, { lead, acts }, frame)}`,
  })
}

const input: OwnPasskeyInput = {
  action: '/me/add/passkey',
  anew: '/me/add/passkey',
  back: '/me',
  options: '{"challenge":"c2FtcGxlIHF1ZXN0aW9uIG9mIHRoaXJ0eS10d28gYnl0ZXM","rp":{"id":"localhost","name":"Pratu"}}',
  life: 300_000,
  script: '/assets/passkey-sample.js',
  scriptNonce: 'c2FtcGxlLW5vbmNl',
}

export const ownPasskeyPage: Page<OwnPasskeyInput> = {
  render,
  samples: {
    first: { input },
    'not believed': {
      input: { ...input, name: 'โทรศัพท์', trouble: { code: 'PRT-2102' } },
      frame: { requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
  },
}
