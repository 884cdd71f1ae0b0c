import { broken, html, type Markup, trusted } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** The one time that a new secret is shown to its owner. Never cached, never in an address of ours. */
export interface ActivatedInput {
  /** The square code as an SVG element, made by us from `otpauth`. */
  readonly picture: Markup
  /** `otpauth://totp/…`: opens the app when this page is on the phone itself. */
  readonly otpauth: string
  /** The secret in base32, as the apps take it typed. */
  readonly secret: string
}

function render({ picture, otpauth, secret }: ActivatedInput, frame: Frame): string {
  const { activated: words } = wordsIn(frame.language)
  const groups = (secret.match(/.{1,4}/g) ?? []).map((group) => html`<span>${group}</span> `)
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<p class="lead">${words.lead}</p>
<div class="sheet">
<ol class="steps">${words.steps.map((step) => html`<li>${step}</li>`)}</ol>
<div class="square" role="img" aria-label="${words.picture}">${picture}</div>
<div class="acts"><a class="act" id="open-app" href="${otpauth}">${broken(words.open)}</a></div>
<p class="typed">${words.typed}</p>
<p class="secret" translate="no">${groups}</p>
<p class="ground"><b>${words.warning}</b></p>
</div>`,
  })
}

// A small invented square: the tests need one, and making a real one is web's business.
const square = trusted(
  '<svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg"><path d="M1 1h3v3H1zM5 1h1v1H5zM7 1h1v2H7zM5 3h1v3H5zM1 5h2v1H1zM1 7h1v1H1zM3 7h3v1H3zM7 5h1v3H7z"/></svg>',
)
export const activatedPage: Page<ActivatedInput> = {
  render,
  samples: {
    plain: {
      input: {
        picture: square,
        otpauth: 'otpauth://totp/Pratu?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Pratu',
        secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
      },
    },
  },
}
