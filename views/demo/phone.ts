// The telephones of the demonstration: what rings, what came as a message, and what each can be told to do.
import type { Language, Words } from '../../src/identity/language.ts'
import { attr, broken, html, type Markup, unbroken } from '../html.ts'
import { languageLinks } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

export interface PhoneFrame {
  readonly language: Language
  /** Address of the sheet: pratu.css followed by demo.css. */
  readonly stylesheet: string
}

export interface PhonesInput {
  readonly phones: readonly {
    readonly name: string
    readonly phone: string
    readonly href: string
    /** How many questions wait on it. */
    readonly rings: number
  }[]
}

export interface PhoneInput {
  readonly name: string
  readonly phone: string
  /** Where the buttons post `ring` and `answer` (`confirm`, `refuse`), with `picked` where a number is to be picked. */
  readonly action: string
  readonly rings: readonly {
    readonly id: number
    readonly by: Words
    readonly text?: string | undefined
    readonly code?: string | undefined
    readonly codes?: readonly string[] | undefined
  }[]
  readonly messages: readonly { readonly from: string; readonly text: string }[]
  /** What its holder opens by themselves. */
  readonly apps?: readonly { readonly id: string; readonly label: Words; readonly href: string }[]
  readonly switches: readonly {
    readonly id: string
    readonly label: Words
    readonly options: readonly { readonly id: string; readonly label: Words }[]
    /** The option that is set. */
    readonly now: string
  }[]
  /** Where the switches are, which this page then doesn't have. */
  readonly others?: string | undefined
}

const WORDS = {
  phones: { th: 'โทรศัพท์', en: 'Telephones', et: 'Telefonid' },
  lead: {
    th: 'โทรศัพท์ของบุคคลสมมติ ยืนยันหรือปฏิเสธได้ที่นี่แทนการใช้เครื่องจริง',
    en: 'The telephones of people who don’t exist. Confirm or refuse here what you would on your own.',
    et: 'Inimeste telefonid, keda ei ole olemas. Kinnita või keeldu siin, nagu teeksid oma telefonis.',
  },
  rings: { th: 'มีคำขอรออยู่', en: 'rings', et: 'heliseb' },
  quiet: {
    th: 'ยังไม่มีคำขอ หน้านี้จะปรับปรุงเองทุก 3 วินาที',
    en: 'Nothing is asked just now. This page looks again every 3 seconds.',
    et: 'Praegu ei küsita midagi. Leht vaatab iga 3 sekundi järel uuesti.',
  },
  code: { th: 'เลขตรวจสอบ', en: 'Verification number', et: 'Kontrollkood' },
  pick: {
    th: 'เลือกเลขที่ตรงกับบนหน้าจอ',
    en: 'Choose the number that the page shows',
    et: 'Vali number, mida näitab leht',
  },
  confirm: { th: 'ยืนยัน', en: 'Confirm', et: 'Kinnita' },
  refuse: { th: 'ปฏิเสธ', en: 'Refuse', et: 'Keeldu' },
  messages: { th: 'ข้อความ', en: 'Messages', et: 'Sõnumid' },
  from: { th: 'จาก', en: 'From', et: 'Saatja' },
  behave: { th: 'โทรศัพท์เครื่องนี้ควรทำอะไร', en: 'What this telephone does', et: 'Mida see telefon teeb' },
  set: { th: 'ตั้งค่า', en: 'Set', et: 'Määra' },
  all: { th: 'โทรศัพท์ทั้งหมด', en: 'All telephones', et: 'Kõik telefonid' },
} as const satisfies Record<string, Words>

/** A page of the world outside. */
export function phoneDocument({ language, stylesheet }: PhoneFrame, title: string, body: Markup): string {
  const words = wordsIn(language)
  return String(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${unbroken(title)} · ${WORDS.phones[language]}</title>
<link rel="stylesheet" href="${stylesheet}">
<link rel="icon" href="data:,">
</head>
<body class="agency phone">
<a class="skip" href="#content">${words.frame.skip}</a>
<header>
<p class="trial">${words.frame.trial}</p>
<div class="top"><a class="sign" href="/phones"><span>${WORDS.phones[language]}</span></a>
${languageLinks(language)}</div>
</header>
<main id="content" tabindex="-1">
${body}
</main>
</body>
</html>
`)
}

function renderAll({ phones }: PhonesInput, frame: PhoneFrame): string {
  const { language } = frame
  const list = phones.map(
    ({ name, phone, href, rings }) => html`<li>
<div><b>${name}</b> <a class="number" href="${href}">${phone}</a>${rings > 0 ? html` <small>${WORDS.rings[language]}</small>` : undefined}</div>
</li>`,
  )
  const title = WORDS.phones[language]
  return phoneDocument(
    frame,
    title,
    html`<h1>${broken(title)}</h1><p class="lead">${WORDS.lead[language]}</p><ul class="cards">${list}</ul>`,
  )
}

function ringing(ring: PhoneInput['rings'][number], at: number, action: string, language: Language): Markup {
  // The first on the screen has the plain ids; more than one at once is rare.
  const id = (name: string): string => (at === 0 ? name : `${name}-${at + 1}`)
  const codes = ring.codes?.map(
    (code) =>
      html`<button type="submit" class="act" name="picked" value="${code}"${attr('id', id(`pick-${code}`))}>${code}</button>`,
  )
  return html`<form method="post" action="${action}" class="sheet ring">
<p><b>${ring.by[language]}</b></p>
${ring.text === undefined ? undefined : html`<p>${ring.text}</p>`}
${ring.code === undefined ? undefined : html`<p>${WORDS.code[language]} <output class="code"${attr('id', id('code'))}>${ring.code}</output></p>`}
<input type="hidden" name="ring" value="${ring.id}">
${codes ? html`<p>${WORDS.pick[language]}</p><div class="acts">${codes}</div>` : undefined}
<div class="acts">
${codes ? undefined : html`<button type="submit" class="act"${attr('id', id('confirm'))} name="answer" value="confirm">${WORDS.confirm[language]}</button>`}
<button type="submit" class="act quiet"${attr('id', id('refuse'))} name="answer" value="refuse">${WORDS.refuse[language]}</button>
</div>
</form>`
}

function renderOne(
  { name, phone, action, rings, messages, apps = [], switches, others }: PhoneInput,
  frame: PhoneFrame,
): string {
  const { language } = frame
  const asked = rings.map((ring, at) => ringing(ring, at, action, language))
  const came = messages.map(
    ({ from, text }) =>
      html`<li><div><small>${WORDS.from[language]} ${from}</small> <span class="message">${text}</span></div></li>`,
  )
  const told = switches.map(
    ({ id, label, options, now }) => html`<form method="post" action="${action}" class="switch">
<label for="${`switch-${id}`}">${label[language]}</label>
<select id="${`switch-${id}`}" name="${id}">${options.map(
      (one) =>
        html`<option value="${one.id}"${attr('selected', one.id === now || undefined)}>${one.label[language]}</option>`,
    )}</select>
<button type="submit" class="act quiet">${WORDS.set[language]}</button>
</form>`,
  )
  return phoneDocument(
    frame,
    `${name} ${phone}`,
    html`<h1>${name} <span class="number">${phone}</span></h1>
${asked.length > 0 ? asked : html`<p class="sheet" id="quiet">${WORDS.quiet[language]}</p>`}
${came.length > 0 ? html`<h2>${WORDS.messages[language]}</h2><ul class="cards">${came}</ul>` : undefined}
${told.length > 0 ? html`<h2>${WORDS.behave[language]}</h2>${told}` : undefined}
<div class="acts many">
${apps.map(({ id, label, href }) => html`<a class="act" id="${`app-${id}`}" href="${href}">${label[language]}</a>`)}
${others === undefined ? undefined : html`<a class="act quiet" id="switches" href="${others}">${WORDS.behave[language]}</a>`}
<a class="act quiet" href="/phones">${WORDS.all[language]}</a>
</div>`,
  )
}

const by = { th: 'Mobile-ID บนซิม', en: 'Mobile-ID on the SIM', et: 'Mobiil-ID SIM-kaardil' }
const action = '/phones/66100000101'
const app = {
  id: 'smart-id',
  label: { th: 'สแกนด้วย Smart-ID', en: 'Scan with Smart-ID', et: 'Skanni Smart-ID-ga' },
  href: '/smart-id-rp/app?document=sample',
}
const somebody = { name: 'สมหญิง ตัวอย่างดี', phone: '+66100000101' }
const switches = [
  {
    id: 'mobile-id',
    label: { th: 'Mobile-ID', en: 'Mobile-ID', et: 'Mobiil-ID' },
    options: [
      { id: 'usual', label: { th: 'รอผู้ถือ', en: 'Waits for its holder', et: 'Ootab omanikku' } },
      { id: 'off', label: { th: 'ปิดเครื่อง', en: 'Is switched off', et: 'On välja lülitatud' } },
    ],
    now: 'off',
  },
]

export const phonesPage = {
  render: renderAll,
  samples: {
    some: {
      input: {
        phones: [
          { ...somebody, href: action, rings: 1 },
          { name: 'Õnne-Mari Näidis', phone: '+37210001109', href: '/phones/37210001109', rings: 0 },
        ],
      },
    },
  } satisfies Record<string, { input: PhonesInput }>,
}

export const phonePage = {
  render: renderOne,
  samples: {
    ringing: {
      input: {
        ...somebody,
        action,
        rings: [
          { id: 2, by, text: 'Pratu: Revenue Department', code: '7580' },
          { id: 1, by, codes: ['12', '34', '56'] },
        ],
        messages: [{ from: 'Pratu', text: '123456 is your code for Revenue Department.' }],
        switches: [],
        others: `${action}?set`,
      },
    },
    'being told what to do': { input: { ...somebody, action, rings: [], messages: [], switches } },
    quiet: { input: { ...somebody, action, rings: [], messages: [], apps: [app], switches: [] } },
  } satisfies Record<string, { input: PhoneInput }>,
}
