import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { SOCIAL } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'
import { nameOfKind, type OwnKind } from './me.ts'

/** A change of one's own means has happened. */
export interface OwnDoneInput {
  readonly what: 'added' | 'removed' | 'blocks' | 'session' | 'withdrawn' | 'mail' | 'mail-removed'
  readonly kind?: OwnKind
  /** To whom a consent was withdrawn. */
  readonly agency?: Words
  readonly back: string
}

/** What was done, and whether it is told on the person's channels. */
function wordsOf({ what, agency }: OwnDoneInput, { language }: Frame) {
  const { me, own } = wordsIn(language)
  switch (what) {
    case 'session':
      return { title: own.end.done, text: own.end.doneText, told: undefined }
    case 'withdrawn':
      return { title: own.withdraw.done, text: own.withdraw.doneText(agency?.[language] ?? ''), told: undefined }
    case 'mail':
      return { title: me.done.added.title, text: own.mail.done, told: me.done.told }
    case 'mail-removed':
      return { title: me.done.removed.title, text: own.mail.removed, told: me.done.told }
    default:
      return { ...me.done[what], told: me.done.told }
  }
}

function render(input: OwnDoneInput, frame: Frame): string {
  const { kind, back } = input
  const { me } = wordsIn(frame.language)
  const { title, text, told } = wordsOf(input, frame)
  return layout(frame, {
    title,
    body: html`<h1>${broken(title)}</h1>
<div class="sheet" role="status" id="done">
<p>${kind ? html`<b>${nameOfKind(kind, frame)}.</b> ` : undefined}${text}</p>
${told === undefined ? undefined : html`<p>${told}</p>`}
<div class="acts"><a class="act" id="back" href="${back}">${me.back}</a></div>
</div>`,
  })
}

export const ownDonePage: Page<OwnDoneInput> = {
  render,
  samples: {
    added: { input: { what: 'added', kind: 'totp', back: '/me' } },
    removed: { input: { what: 'removed', kind: 'sms-code', back: '/me' } },
    blocks: { input: { what: 'blocks', back: '/me' } },
    'a session': { input: { what: 'session', back: '/me' } },
    'a consent': { input: { what: 'withdrawn', agency: SOCIAL, back: '/me/consents' } },
    'an address': { input: { what: 'mail', back: '/me' } },
    'no address': { input: { what: 'mail-removed', back: '/me' } },
  },
}
