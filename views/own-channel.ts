// A way to reach somebody, then the code that was sent there: two pages of one form.
import { codeField, type Field, field, summary } from './fields.ts'
import { broken, html, type Markup } from './html.ts'
import { type Frame, layout } from './layout.ts'
import { say, type Trouble } from './trouble-words.ts'
import { wordsIn } from './words/words.ts'

export interface ChannelInput {
  /** Where what is asked for first is posted, then `code`, or `another=1`. */
  readonly action: string
  readonly back: string
  /** A code is under way to this one, masked. */
  readonly sentTo?: string | undefined
  readonly trouble?: Trouble | undefined
}

interface ChannelWords {
  readonly title: string
  readonly lead: string
  readonly act: string
  readonly sentTitle: string
  sent(to: string): string
  readonly code: string
  readonly codeHint: string
  readonly confirm: string
  readonly another: string
}

interface Parts {
  readonly asks: Field
  /** Beside the lead, above the form, and among its buttons: on the first of the pages. */
  readonly lead?: string | undefined
  readonly above?: Markup | undefined
  readonly act?: Markup | undefined
}

export function renderChannel(input: ChannelInput, words: ChannelWords, parts: Parts, frame: Frame): string {
  const { action, back, sentTo, trouble } = input
  const code = { label: words.code, hint: words.codeHint }
  const first = sentTo === undefined
  const title = first ? words.title : words.sentTitle
  return layout(frame, {
    title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(title)}</h1>
<p class="lead">${first ? words.lead : words.sent(sentTo)} ${first ? parts.lead : undefined}</p>
${summary(trouble, frame)}
${first ? parts.above : undefined}
<form method="post" action="${action}" class="sheet">
${first ? field(parts.asks, trouble, frame) : codeField(code, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${first ? words.act : words.confirm}</button>
${first ? parts.act : html`<button type="submit" class="act quiet" id="another" name="another" value="1" formnovalidate>${words.another}</button>`}
<a class="act quiet" id="back" href="${back}">${wordsIn(frame.language).me.back}</a></div>
</form>`,
  })
}
