import { opens, timeOfDay } from '../dates.ts'
import { codeField, summary, type WhoInput, whoFields } from '../fields.ts'
import { broken, html, type Markup } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** First who it is, then the code that was sent: two pages of one form. Works without JavaScript. */
export interface SmsCodeInput extends WhoInput {
  /** Where the form posts `scheme` (with several) and `person_code`, then `code`, `again=1`, `anew=1`, or `cancel=1`. */
  readonly action: string
  /** A code has been asked for. Times in epoch milliseconds. */
  readonly sent?: { readonly until: number; readonly again: number; readonly to?: string } | undefined
  readonly trouble?: Trouble | undefined
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
}

function render(input: SmsCodeInput, frame: Frame): string {
  const { acts, smsCode } = wordsIn(frame.language)
  const { action, sent, others, trouble } = input
  const title = sent ? smsCode.code.title : smsCode.who.title
  return layout(frame, {
    title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
${sent ? askCode(sent, trouble, frame) : askWho(input, frame)}
${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}
</div>
</form>
${sent ? html`<p class="aside">${smsCode.code.never}</p>` : undefined}`,
  })
}

function askWho(input: SmsCodeInput, frame: Frame): Markup {
  const { who } = wordsIn(frame.language).smsCode
  return html`<p>${who.lead}</p>
${whoFields(input, input.trouble, frame)}
<div class="acts">
<button type="submit" class="act" id="continue">${who.send}</button>`
}

function askCode(
  { until, again, to }: NonNullable<SmsCodeInput['sent']>,
  trouble: Trouble | undefined,
  frame: Frame,
): Markup {
  const { acts, smsCode, trouble: onTrouble } = wordsIn(frame.language)
  const { language, timeZone, now } = frame
  const words = smsCode.code
  const wait = again > now ? words.from(opens(again, now, language, timeZone, onTrouble.from)) : undefined
  const code = { label: words.label, hint: words.hint(timeOfDay(until, language, timeZone)) }
  return html`<p>${to === undefined ? words.sent : html`${words.sentTo} <b class="keep">${to}</b>`}</p>
${wait === undefined ? undefined : html`<p class="hint">${wait}</p>`}
${codeField(code, trouble, frame)}
<div class="acts many">
<button type="submit" class="act" id="continue">${acts.signIn}</button>
<button type="submit" class="act quiet" id="again" name="again" value="1" formnovalidate>${words.again}</button>
<button type="submit" class="act quiet" id="anew" name="anew" value="1" formnovalidate>${words.anew}</button>`
}

const action = '/login/sample/sms-code'
const others = '/login/sample'
const now = Date.parse('2026-11-21T02:41:00Z')
const sent = { until: now + 300_000, again: now + 60_000 }

export const smsCodePage: Page<SmsCodeInput> = {
  render,
  samples: {
    'who it is': { input: { action, schemes: ['TH'], others } },
    'person code mistyped': {
      input: {
        action,
        schemes: ['TH', 'EE'],
        typed: { scheme: 'TH', personCode: '1 1020 03456 78' },
        trouble: { code: 'PRT-1205', field: 'person_code' },
      },
    },
    'the code': { input: { action, schemes: ['TH'], sent, others }, frame: { now } },
    'in a known browser': { input: { action, schemes: ['TH'], sent: { ...sent, to: '•••• 5678' } }, frame: { now } },
    'another may be sent': { input: { action, schemes: ['TH'], sent: { ...sent, again: now - 1 } }, frame: { now } },
    'wrong code': {
      input: {
        action,
        schemes: ['TH'],
        sent,
        trouble: { code: 'PRT-1901', field: 'code', values: { left: 3 } },
      },
      frame: { now, requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
    'no longer good': {
      input: { action, schemes: ['TH'], sent, trouble: { code: 'PRT-1902', field: 'code' } },
      frame: { now },
    },
    'too soon for another': {
      input: {
        action,
        schemes: ['TH'],
        sent,
        trouble: { code: 'PRT-1903', values: { seconds: 42, until: now + 42_000 } },
      },
      frame: { now },
    },
  },
}
