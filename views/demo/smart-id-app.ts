// The Smart-ID app on screen: where the demonstration's people open a link or scan the code of a sign-in, and answer.
import type { Words } from '../../src/identity/language.ts'
import { attr, html } from '../html.ts'
import { type PhoneFrame, phoneDocument } from './phone.ts'

export interface SmartIdAppInput {
  /** Where the forms post `document` with `link` or `scan`; below it, under a session's id, `answer`. */
  readonly action: string
  readonly people: readonly { readonly document: string; readonly name: string; readonly phone: string }[]
  /** The document of the one whose phone it is. */
  readonly whose?: string | undefined
  /** Sign-ins whose code can be scanned. */
  readonly waiting: readonly { readonly id: string; readonly text: string }[]
  /** The link that was opened, or pasted. */
  readonly link?: string | undefined
  /** Why it was not taken up. */
  readonly refused?: 'no-link' | 'unknown' | 'wrong' | 'stale' | 'over' | undefined
  /** What the app asks its holder. */
  readonly asks?: { readonly id: string; readonly document: string; readonly text: string } | undefined
  readonly done?: true | undefined
}

const WORDS = {
  title: { th: 'แอป Smart-ID', en: 'The Smart-ID app', et: 'Smart-ID rakendus' },
  lead: {
    th: 'แอปบนหน้าจอแทนโทรศัพท์จริง',
    en: 'An app on screen, in place of one on a real phone.',
    et: 'Rakendus ekraanil, päris telefoni asemel.',
  },
  whose: { th: 'โทรศัพท์ของใคร', en: 'Whose phone is this?', et: 'Kelle telefon see on?' },
  open: { th: 'เปิดลิงก์นี้', en: 'Open this link', et: 'Ava see link' },
  link: { th: 'ลิงก์ในคิวอาร์โค้ด', en: 'The link in the square code', et: 'Ruutkoodi link' },
  paste: { th: 'ใช้ลิงก์นี้', en: 'Take this link', et: 'Kasuta linki' },
  scan: { th: 'สแกนคิวอาร์โค้ดของ', en: 'Scan the code of', et: 'Skanni kood:' },
  none: {
    th: 'ยังไม่มีคิวอาร์โค้ดให้สแกน',
    en: 'No code is being shown just now.',
    et: 'Praegu ei näidata ühtegi koodi.',
  },
  confirm: { th: 'ยืนยันด้วย PIN1', en: 'Confirm with PIN1', et: 'Kinnita PIN1-koodiga' },
  refuse: { th: 'ปฏิเสธ', en: 'Refuse', et: 'Keeldu' },
  done: { th: 'เรียบร้อย ปิดหน้านี้ได้', en: 'Done. You can close this page.', et: 'Valmis. Lehe võib sulgeda.' },
} as const satisfies Record<string, Words>

const NO_LINK: Words = {
  th: 'นี่ไม่ใช่ลิงก์ของ Smart-ID',
  en: 'This is no link of Smart-ID.',
  et: 'See ei ole Smart-ID link.',
}
const REFUSALS: Readonly<Record<string, Words>> = {
  'no-link': NO_LINK,
  unknown: { th: 'ไม่รู้จักลิงก์นี้', en: 'Nobody knows this link.', et: 'Seda linki ei tunta.' },
  wrong: { th: 'ลิงก์นี้ถูกแก้ไข', en: 'This link was tampered with.', et: 'Seda linki on muudetud.' },
  stale: {
    th: 'โค้ดนี้เก่าเกินไป กรุณาสแกนจากหน้าจออีกครั้ง',
    en: 'This code is too old: scan it from the screen again.',
    et: 'Kood on liiga vana: skannige see ekraanilt uuesti.',
  },
  over: { th: 'การเข้าสู่ระบบนี้จบแล้ว', en: 'This sign-in is over.', et: 'See sisselogimine on läbi.' },
}

function render(input: SmartIdAppInput, frame: PhoneFrame): string {
  const { action, people, whose, waiting, link, refused, asks, done } = input
  const owners = people.map(
    (one) =>
      html`<option value="${one.document}"${attr('selected', one.document === whose || undefined)}>${one.name} · ${one.phone}</option>`,
  )
  const say = (name: keyof typeof WORDS) => WORDS[name][frame.language]
  const trouble =
    refused &&
    html`<p class="sheet trouble" role="alert" id="${`refused-${refused}`}">${(REFUSALS[refused] ?? NO_LINK)[frame.language]}</p>`
  if (asks || done) {
    const question =
      asks &&
      html`<form method="post" action="${`${action}/${asks.id}`}" class="sheet">
<p><b>${asks.text}</b></p>
<input type="hidden" name="document" value="${asks.document}">
<div class="acts">
<button type="submit" class="act" id="confirm" name="answer" value="confirm">${say('confirm')}</button>
<button type="submit" class="act quiet" id="refuse" name="answer" value="refuse">${say('refuse')}</button>
</div>
</form>`
    return phoneDocument(
      frame,
      say('title'),
      html`<h1>${say('title')}</h1>${question ?? html`<p class="sheet" role="status">${say('done')}</p>`}`,
    )
  }
  const picked = html`<div class="field">
<label for="document">${say('whose')}</label>
<select id="document" name="document">${owners}</select>
</div>`
  const scans = waiting.map(
    (one, at) =>
      html`<button type="submit" class="act"${attr('id', at === 0 ? 'scan' : undefined)} name="scan" value="${one.id}">${say('scan')} “${one.text}”</button>`,
  )
  const opened = link?.includes('deviceLinkType=Web2App') && !refused
  const byLink = opened
    ? html`<input type="hidden" name="link" value="${link}"><button type="submit" class="act" id="open">${say('open')}</button>`
    : html`${scans.length > 0 ? scans : html`<p class="hint">${say('none')}</p>`}`
  const paste = html`<form method="post" action="${action}" class="sheet">
<div class="field">
<label for="whose">${say('whose')}</label>
<select id="whose" name="document">${owners}</select>
</div>
<div class="field"><label for="link">${say('link')}</label>
<input id="link" name="link" type="text" autocomplete="off" spellcheck="false" required></div>
<div class="acts"><button type="submit" class="act quiet" id="paste">${say('paste')}</button></div>
</form>`
  return phoneDocument(
    frame,
    say('title'),
    html`<h1>${say('title')}</h1>
<p class="lead">${say('lead')}</p>
${trouble}
<form method="post" action="${action}" class="sheet">
${picked}
<div class="acts many">${byLink}</div>
</form>
${opened ? undefined : paste}`,
  )
}

const people = [
  { document: 'PNOTH-1999900001010-DEMO-Q', name: 'SOMYING TUAYANGDEE', phone: '+66100000101' },
  { document: 'PNOEE-60001019906-DEMO-Q', name: 'ÕNNE-MARI NÄIDIS', phone: '+37200001103' },
]
const input: SmartIdAppInput = { action: '/smart-id-rp/app', people, waiting: [] }
const waiting = [{ id: '6b8f6b8e-0000-4000-8000-000000000000', text: 'Sign in to: Revenue Department' }]

export const smartIdAppPage = {
  render,
  samples: {
    'nothing to scan': { input },
    'a code to scan': { input: { ...input, waiting } },
    'a link': { input: { ...input, link: 'http://localhost:3003/smart-id-rp/app?deviceLinkType=Web2App' } },
    'too old': { input: { ...input, waiting, refused: 'stale' as const } },
    'to be confirmed': {
      input: { ...input, asks: { id: waiting[0]!.id, document: people[0]!.document, text: waiting[0]!.text } },
    },
    done: { input: { ...input, done: true as const } },
  },
}
