// All text messages that came out of the demonstration, the newest first.
import type { Words } from '../../src/identity/language.ts'
import { broken, html } from '../html.ts'
import { type PhoneFrame, phoneDocument } from './phone.ts'

export interface SmsBoxInput {
  readonly messages: readonly { readonly to: string; readonly text: string }[]
}

const WORDS = {
  title: { th: 'ข้อความที่ส่งแล้ว', en: 'Text messages', et: 'Saadetud sõnumid' },
  lead: {
    th: 'ข้อความทั้งหมดที่บริการส่งออก ข้อความเดียวกันอยู่บนโทรศัพท์แต่ละเครื่องด้วย',
    en: 'All that the service sent. Each stands on its telephone, too.',
    et: 'Kõik, mida teenus on saatnud. Igaüks on ka oma telefonis.',
  },
  none: { th: 'ยังไม่มีข้อความ', en: 'None yet', et: 'Veel pole ühtegi' },
} as const satisfies Record<string, Words>

function render({ messages }: SmsBoxInput, frame: PhoneFrame): string {
  const { language } = frame
  const title = WORDS.title[language]
  const list = messages.map(
    ({ to, text }) =>
      html`<li><div><a class="number" href="/phones/${to.slice(1)}">${to}</a> <span class="message">${text}</span></div></li>`,
  )
  return phoneDocument(
    frame,
    title,
    html`<h1>${broken(title)}</h1><p class="lead">${WORDS.lead[language]}</p>
${list.length > 0 ? html`<ul class="cards">${list}</ul>` : html`<p class="sheet">${WORDS.none[language]}</p>`}`,
  )
}

export const smsBoxPage = {
  render,
  samples: {
    some: {
      input: {
        messages: [
          {
            to: '+66100000101',
            text: '123456 is your code for Revenue Department. Give it to nobody: we never ask for it.\n@localhost #123456',
          },
        ],
      },
    },
    none: { input: { messages: [] } },
  } satisfies Record<string, { input: SmsBoxInput }>,
}
