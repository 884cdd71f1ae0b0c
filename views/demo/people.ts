import type { Words } from '../../src/identity/language.ts'
import { duration } from '../dates.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

/** The demonstration's own page at `/`: whom one can be, and where one can go. */
export interface PeopleInput {
  readonly people: readonly {
    readonly name: string
    /** As people read it, grouped. */
    readonly personCode: string
    /** The current one-time code; absent for people who have none. */
    readonly code?: string | undefined
    /** Their telephone, and where it is on screen. */
    readonly phone?: { readonly number: string; readonly href: string }
    /** Asked for after each code, where they have set one. */
    readonly pin?: string | undefined
    /** Where their printed card of codes is on screen. */
    readonly codeCard?: string | undefined
    /** What this person is there to show, where that is something special. */
    readonly note?: Words | undefined
  }[]
  /** For how long the codes shown are good. */
  readonly secondsLeft: number
  readonly agencies: readonly { readonly name: Words; readonly href: string }[]
}

function render({ people, secondsLeft, agencies }: PeopleInput, frame: Frame): string {
  const { language } = frame
  const { demo: words } = wordsIn(language)
  const cards = people.map(
    ({ name, personCode, code, phone, pin, codeCard, note }) => html`<li>
<div><b>${name}</b> <span class="number">${personCode}</span>${note ? html` <small>${note[language]}</small>` : undefined}${phone ? html` <a class="number" href="${phone.href}">${phone.number}</a>` : undefined}${codeCard ? html` <a class="number" href="${codeCard}">${words.codeCard}</a>` : undefined}${pin ? html` <span class="number">PIN ${pin}</span>` : undefined}</div>
<div class="now">${code ? html`<output aria-label="${words.code}">${code.slice(0, 3)} ${code.slice(3)}</output>` : '–'}</div>
</li>`,
  )
  const sites = agencies.map(
    ({ name, href }) => html`<a class="act" href="${href}">${broken(words.open(name[language]))}</a>`,
  )
  return layout(frame, {
    title: words.peopleTitle,
    body: html`<h1>${broken(words.peopleTitle)}</h1>
<p class="lead">${words.peopleLead} ${words.peopleCard}</p>
<h2>${words.agencies}</h2>
<div class="acts sites">${sites}</div>
<h2>${words.people}</h2>
<p>${words.lives(duration(secondsLeft, language))}</p>
<ul class="cards">${cards}</ul>
<div class="acts"><a class="act quiet" id="fresh" href="/">${words.fresh}</a>
<a class="act quiet" id="me" href="/me">${wordsIn(language).me.name}</a></div>`,
  })
}

const agencies = [
  { name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' }, href: 'http://localhost:3001/' },
  {
    name: { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' },
    href: 'http://localhost:3002/',
  },
]
export const peoplePage: Page<PeopleInput> = {
  render,
  samples: {
    some: {
      input: {
        people: [
          {
            name: 'สมหญิง ตัวอย่างดี',
            personCode: '1 9999 00001 01 0',
            code: '123456',
            phone: { number: '+66100000101', href: 'http://localhost:3003/phones/66100000101' },
            pin: '830174',
            codeCard: '/demo/code-card/1999900001010',
          },
          { name: 'สมชาย ลองระบบ', personCode: '1 9999 00002 02 4', code: '000042' },
          {
            name: 'Krung-Thep-Maha-Nakhon Amon-Rattanakosin-Mahinthara-Ayuthaya',
            personCode: '1 9999 00003 03 9',
            note: { th: 'เสียชีวิตแล้ว เข้าสู่ระบบไม่ได้', en: 'Deceased: can’t sign in', et: 'Surnud: sisse logida ei saa' },
          },
        ],
        secondsLeft: 17,
        agencies,
      },
    },
  },
}
