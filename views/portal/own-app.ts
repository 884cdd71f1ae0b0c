import { codeField, summary } from '../fields.ts'
import { broken, html, type Markup, trusted } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** A one-time-code app on its way: the secret to be taken over, and the field for a code from it. Never cached. */
export interface OwnAppInput {
  /** Where `code` is posted. */
  readonly action: string
  readonly back: string
  readonly picture: Markup
  /** `otpauth://totp/…`: opens the app when this page is on the phone itself. */
  readonly otpauth: string
  /** In base32, as the apps take it typed. */
  readonly secret: string
  /** There is an app in force, which this one replaces. */
  readonly replaces: boolean
  readonly trouble?: Trouble | undefined
}

function render({ action, back, picture, otpauth, secret, replaces, trouble }: OwnAppInput, frame: Frame): string {
  const { me, activated: words } = wordsIn(frame.language)
  const groups = (secret.match(/.{1,4}/g) ?? []).map((group) => html`<span>${group}</span> `)
  const code = { label: me.app.code, hint: me.app.hint }
  return layout(frame, {
    title: me.app.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(me.app.title)}</h1>
<p class="lead">${me.app.lead} ${replaces ? me.app.replaces : undefined}</p>
${summary(trouble, frame)}
<div class="sheet">
<ol class="steps">${words.steps.slice(0, 2).map((step) => html`<li>${step}</li>`)}</ol>
<div class="square" role="img" aria-label="${words.picture}">${picture}</div>
<div class="acts"><a class="act quiet" id="open-app" href="${otpauth}">${broken(words.open)}</a></div>
<p class="typed">${words.typed}</p>
<p class="secret" translate="no">${groups}</p>
<p class="ground"><b>${words.warning}</b></p>
</div>
<form method="post" action="${action}" class="sheet">
${codeField(code, trouble, frame)}
<div class="acts"><button type="submit" class="act" id="continue">${me.app.act}</button>
<a class="act quiet" id="back" href="${back}">${me.back}</a></div>
</form>`,
  })
}

// A small invented square, as on the page of the letter.
const picture = trusted(
  '<svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg"><path d="M1 1h3v3H1zM5 1h1v1H5zM7 1h1v2H7zM5 3h1v3H5zM1 5h2v1H1zM1 7h1v1H1zM3 7h3v1H3zM7 5h1v3H7z"/></svg>',
)
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const base = {
  action: '/me/add/totp',
  back: '/me',
  picture,
  otpauth: `otpauth://totp/Pratu?secret=${secret}&issuer=Pratu`,
  secret,
}
const now = Date.parse('2026-11-21T02:41:00Z')
export const ownAppPage: Page<OwnAppInput> = {
  render,
  samples: {
    first: { input: { ...base, replaces: false } },
    'another one': { input: { ...base, replaces: true } },
    'wrong code': {
      input: { ...base, replaces: false, trouble: { code: 'PRT-2220', field: 'code', values: { left: 3 } } },
    },
    'a wait': {
      input: { ...base, replaces: false, trouble: { code: 'PRT-2227', values: { seconds: 30, until: now + 30_000 } } },
      frame: { now },
    },
  },
}
