import type { MethodId } from '../../src/identity/identifiers.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page, telephone } from '../layout.ts'
import { meansNames } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

/** What was done after "this was not me", and how to go on. */
export interface OwnNotMeDoneInput {
  /** Of the case. */
  readonly number: string
  /** Only asked why an official did something. */
  readonly asked: boolean
  readonly ended: boolean
  readonly blocked?: MethodId | undefined
  /** The way by which they are here is shut, too. */
  readonly signedOut: boolean
  /** Absent where they are not signed in. */
  readonly back?: string | undefined
}

function render({ number, asked, ended, blocked, signedOut, back }: OwnNotMeDoneInput, frame: Frame): string {
  const { me, own } = wordsIn(frame.language)
  const { notMe: words } = own
  const title = asked ? words.ask.done : words.done
  return layout(frame, {
    title,
    body: html`<h1>${broken(title)}</h1>
<div class="sheet good" role="status" id="done">
<p>${words.number}: <b class="number" id="case">${number}</b></p>
${ended ? html`<p>${words.ended}</p>` : undefined}
${blocked ? html`<p>${words.blocked(meansNames([blocked], frame))}</p>` : undefined}
${signedOut ? html`<p>${words.signedOut}</p>` : undefined}
</div>
<h2>${words.now}</h2>
<ul class="steps">${(asked ? [words.ask.step] : words.steps).map((step) => html`<li>${step}</li>`)}</ul>
<p class="aside">${telephone(frame.helpPhone)}</p>
${back === undefined ? undefined : html`<div class="acts"><a class="act" id="back" href="${back}">${me.back}</a></div>`}`,
  })
}

const base = { number: 'K-3F7Q-92MD', asked: false, ended: true, signedOut: false, back: '/me' }
export const ownNotMeDonePage: Page<OwnNotMeDoneInput> = {
  render,
  samples: {
    'signed in': { input: { ...base, blocked: 'totp' } },
    'signed out by it': { input: { ...base, blocked: 'smart-card', signedOut: true } },
    'by a link': { input: { ...base, blocked: 'sms-code', back: undefined } },
    'asked why': { input: { ...base, asked: true, ended: false } },
  },
}
