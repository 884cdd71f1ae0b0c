// All e-mails that came out of the demonstration, the newest first.
import type { Words } from '../../src/identity/language.ts'
import { broken, html, type Markup } from '../html.ts'
import { type PhoneFrame, phoneDocument } from './phone.ts'

export interface MailboxInput {
  readonly messages: readonly { readonly to: string; readonly subject: string; readonly text: string }[]
}

const WORDS = {
  title: { th: 'อีเมลที่ส่งแล้ว', en: 'E-mails', et: 'Saadetud e-kirjad' },
  lead: {
    th: 'อีเมลทั้งหมดที่บริการส่งถึงผู้คน',
    en: 'All that the service sent to people.',
    et: 'Kõik, mida teenus on inimestele saatnud.',
  },
  none: { th: 'ยังไม่มีอีเมล', en: 'None yet', et: 'Veel pole ühtegi' },
} as const satisfies Record<string, Words>

/** As readers of mail do: what is an address can be pressed. */
const lineOf = (line: string): Markup =>
  /^https?:\/\/\S+$/.test(line) ? html`<a class="press" href="${line}">${line}</a><br>` : html`${line}<br>`

function render({ messages }: MailboxInput, frame: PhoneFrame): string {
  const { language } = frame
  const title = WORDS.title[language]
  const list = messages.map(
    ({ to, subject, text }) =>
      html`<li><div><b>${subject}</b> <span class="number">${to}</span> <span class="message">${text.split('\n').map(lineOf)}</span></div></li>`,
  )
  return phoneDocument(
    frame,
    title,
    html`<h1>${broken(title)}</h1><p class="lead">${WORDS.lead[language]}</p>
${list.length > 0 ? html`<ul class="cards">${list}</ul>` : html`<p class="sheet">${WORDS.none[language]}</p>`}`,
  )
}

export const mailboxPage = {
  render,
  samples: {
    some: {
      input: {
        messages: [
          {
            to: 'somying@example.org',
            subject: 'Somebody signed in as you on a new device',
            text: 'Was it not you? Say so here; you need not sign in for it:\nhttp://localhost:3000/n/abc\nOr call us: 1111',
          },
        ],
      },
    },
    none: { input: { messages: [] } },
  } satisfies Record<string, { input: MailboxInput }>,
}
