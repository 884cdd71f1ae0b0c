// ThaID's page and its app, as the demonstration has them: the picture and the reference code, and whose telephone is
// pointed at it.
import type { Words } from '../../src/identity/language.ts'
import { broken, html, type Markup, trusted } from '../html.ts'
import { type PhoneFrame, phoneDocument } from './phone.ts'

export interface ThaidInput {
  readonly reference: string
  /** Where the app opens on this device. */
  readonly app: string
  /** The picture that leads there, as SVG. */
  readonly picture: Markup
}

export interface ThaidAppInput {
  readonly reference: string
  /** Where the buttons post `phone`. */
  readonly action: string
  readonly people: readonly { readonly name: string; readonly phone: string }[]
}

const WORDS = {
  title: { th: 'เข้าสู่ระบบด้วย¦แอป ThaID', en: 'Sign in with the ThaID app', et: 'Logi sisse ThaID rakendusega' },
  lead: {
    th: 'สแกนภาพนี้ด้วยแอป ThaID แล้วตรวจว่ารหัสอ้างอิงตรงกัน',
    en: 'Scan this picture with the ThaID app, and see that the reference code is the same.',
    et: 'Skanni pilt ThaID rakendusega ja vaata, et viitekood oleks sama.',
  },
  picture: { th: 'ภาพสำหรับแอป ThaID', en: 'Picture for the ThaID app', et: 'Pilt ThaID rakendusele' },
  reference: { th: 'รหัสอ้างอิง', en: 'Reference code', et: 'Viitekood' },
  open: { th: 'เปิดแอปในเครื่องนี้', en: 'Open the app on this device', et: 'Ava rakendus selles seadmes' },
  app: { th: 'แอป ThaID ¦ของใคร', en: 'Whose ThaID app?', et: 'Kelle ThaID rakendus?' },
  appLead: {
    th: 'เลือกว่าโทรศัพท์ของใครสแกนภาพ แล้วยืนยันหรือปฏิเสธในโทรศัพท์เครื่องนั้น',
    en: 'Choose whose telephone scans the picture; confirm or refuse on it.',
    et: 'Vali, kelle telefon pildi skannib; kinnita või keeldu selles.',
  },
} as const satisfies Record<string, Words>

const page = {
  render({ reference, app, picture }: ThaidInput, frame: PhoneFrame): string {
    const { language } = frame
    return phoneDocument(
      frame,
      WORDS.title[language].replaceAll('¦', ''),
      html`<h1>${broken(WORDS.title[language])}</h1>
<p class="lead">${WORDS.lead[language]}</p>
<div class="sheet">
<p class="scan" role="img" aria-label="${WORDS.picture[language]}">${picture}</p>
<p>${WORDS.reference[language]} <output class="reference" id="reference">${reference}</output></p>
<div class="acts"><a class="act" id="open-app" href="${app}">${WORDS.open[language]}</a></div>
</div>`,
    )
  },
}

const app = {
  render({ reference, action, people }: ThaidAppInput, frame: PhoneFrame): string {
    const { language } = frame
    const list = people.map(
      ({ name, phone }) =>
        html`<li><button type="submit" class="act quiet" id="${`phone-${phone.replace('+', '')}`}" name="phone" value="${phone}">${name}</button></li>`,
    )
    return phoneDocument(
      frame,
      WORDS.app[language].replaceAll('¦', ''),
      html`<h1>${broken(WORDS.app[language])}</h1>
<p class="lead">${WORDS.appLead[language]}</p>
<p>${WORDS.reference[language]} <output class="reference" id="reference">${reference}</output></p>
<form method="post" action="${action}"><ul class="cards pick">${list}</ul></form>`,
    )
  },
}

const people = [
  { name: 'สมหญิง ตัวอย่างดี', phone: '+66100000101' },
  { name: 'สมชาย ลองระบบ', phone: '+66100000102' },
]
const reference = '481516'

export const thaidPage = {
  ...page,
  samples: {
    waiting: {
      input: {
        reference,
        app: '/thaid/app/sample',
        picture: trusted('<svg viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>'),
      },
    },
  },
}

export const thaidAppPage = {
  ...app,
  samples: { 'whose telephone': { input: { reference, action: '/thaid/app/sample', people } } },
}
