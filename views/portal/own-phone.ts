import { field, summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** A telephone number, then the code that was sent to it: two pages of one form. */
export interface OwnPhoneInput {
  /** Where `phone` is posted, then `code`, or `another=1`. */
  readonly action: string
  readonly back: string
  readonly replaces: boolean
  /** A code is under way to the number that ends in this. */
  readonly sentTo?: string | undefined
  /** What was typed last. */
  readonly phone?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render({ action, back, replaces, sentTo, phone, trouble }: OwnPhoneInput, frame: Frame): string {
  const { me } = wordsIn(frame.language)
  const words = me.phone
  const number = {
    name: 'phone',
    label: words.number,
    hint: words.numberHint,
    value: phone,
    numeric: false,
    autocomplete: 'tel',
    maxlength: 30,
  } as const
  const code = {
    name: 'code',
    label: words.code,
    hint: words.codeHint,
    numeric: true,
    autocomplete: 'one-time-code',
    look: 'code',
    maxlength: 20,
  } as const
  const title = sentTo === undefined ? words.title : words.sentTitle
  return layout(frame, {
    title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(title)}</h1>
<p class="lead">${sentTo === undefined ? words.lead : words.sent(sentTo)} ${replaces ? words.replaces : undefined}</p>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
${field(sentTo === undefined ? number : code, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${sentTo === undefined ? words.act : words.confirm}</button>
${sentTo === undefined ? undefined : html`<button type="submit" class="act quiet" id="another" name="another" value="1" formnovalidate>${words.another}</button>`}
<a class="act quiet" id="back" href="${back}">${me.back}</a></div>
</form>`,
  })
}

const base = { action: '/me/add/sms-code', back: '/me' }
export const ownPhonePage: Page<OwnPhoneInput> = {
  render,
  samples: {
    first: { input: { ...base, replaces: false } },
    'another number': { input: { ...base, replaces: true } },
    sent: { input: { ...base, replaces: false, sentTo: '5678' } },
    'wrong code': {
      input: {
        ...base,
        replaces: true,
        sentTo: '5678',
        trouble: { code: 'PRT-2220', field: 'code', values: { left: 4 } },
      },
    },
    'not a number': { input: { ...base, replaces: false, phone: '12', trouble: { code: 'PRT-2220', field: 'phone' } } },
  },
}
