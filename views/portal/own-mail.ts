import { field, summary } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** Where somebody is written to: an address, then the code that was sent to it; two pages of one form. */
export interface OwnMailInput {
  /** Where `address` is posted, then `code`, or `another=1`; `remove=1` takes the address away. */
  readonly action: string
  readonly back: string
  /** The address in force, masked. */
  readonly now?: string | undefined
  /** A code is under way to this one, masked. */
  readonly sentTo?: string | undefined
  /** What was typed last. */
  readonly typed?: string | undefined
  readonly trouble?: Trouble | undefined
}

function render({ action, back, now, sentTo, typed, trouble }: OwnMailInput, frame: Frame): string {
  const { me, own } = wordsIn(frame.language)
  const { mail: words } = own
  const address = {
    name: 'address',
    label: words.label,
    hint: words.hint,
    value: typed,
    numeric: false,
    autocomplete: 'email',
    maxlength: 254,
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
<p class="lead">${sentTo === undefined ? words.lead : words.sent(sentTo)}</p>
${summary(trouble, frame)}
${now !== undefined && sentTo === undefined ? html`<p class="aside" id="now">${words.now(now)} ${words.replaces}</p>` : undefined}
<form method="post" action="${action}" class="sheet">
${field(sentTo === undefined ? address : code, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${sentTo === undefined ? words.act : words.confirm}</button>
${sentTo === undefined ? undefined : html`<button type="submit" class="act quiet" id="another" name="another" value="1" formnovalidate>${words.another}</button>`}
${now !== undefined && sentTo === undefined ? html`<button type="submit" class="act grave" id="remove" name="remove" value="1" formnovalidate>${words.remove}</button>` : undefined}
<a class="act quiet" id="back" href="${back}">${me.back}</a></div>
</form>`,
  })
}

const base = { action: '/me/mail', back: '/me' }
export const ownMailPage: Page<OwnMailInput> = {
  render,
  samples: {
    first: { input: base },
    another: { input: { ...base, now: 'so•••@example.org' } },
    sent: { input: { ...base, sentTo: 'so•••@example.org' } },
    'no address': { input: { ...base, typed: 'somchai', trouble: { code: 'PRT-2230', field: 'address' } } },
    'wrong code': {
      input: {
        ...base,
        sentTo: 'so•••@example.org',
        trouble: { code: 'PRT-2231', field: 'code', values: { left: 4 } },
      },
    },
  },
}
