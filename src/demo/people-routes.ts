import type { Context } from 'koa'
import { peoplePage } from '../../views/demo/people.ts'
import type { Frame } from '../../views/layout.ts'
import type { Words } from '../identity/language.ts'
import { displayPersonId } from '../identity/person-id.ts'
import type { Clock } from '../platform/clock.ts'
import type { Route } from '../web/router.ts'
import { openSheet } from './sheet.ts'
import type { DemoPerson, World } from './world.ts'

// What the demo adds to the service's own addresses: whom one can be, for people and for scripts.

export interface Needs {
  readonly world: World
  readonly clock: Clock
  readonly agencies: readonly { readonly name: Words; readonly href: string }[]
  /** Where the telephone with this number is on screen. */
  phoneAt(phone: string): string
  /** The frame of the service's pages for this request. */
  frame(ctx: Context): Frame
}

export function peopleRoutes({ world, clock, agencies, phoneAt, frame }: Needs): Route[] {
  const sheet = openSheet()
  return [
    sheet.route,
    {
      method: 'GET',
      path: '/',
      async handler(ctx) {
        const { people, until } = await world.currentCodes()
        const input = {
          people: people.map((person) => ({
            name: person.name,
            personCode: displayPersonId(person.scheme, person.code),
            code: person.oneTimeCode,
            phone: { number: person.phone, href: phoneAt(person.phone) },
            pin: person.pin,
            codeCard: `/demo/code-card/${person.code}`,
            note: noteOn(person),
          })),
          secondsLeft: Math.ceil((until - clock.now()) / 1000),
          agencies,
        }
        ctx.type = 'html'
        ctx.body = peoplePage.render(input, { ...frame(ctx), stylesheet: sheet.path })
      },
    },
    {
      method: 'GET',
      path: '/demo/citizens.json',
      async handler(ctx) {
        const { people } = await world.currentCodes()
        ctx.body = people.map(({ name, scheme, code, status, phone, pin, secret, oneTimeCode }) => ({
          name,
          person_code: code,
          totp_secret: secret,
          code: oneTimeCode,
          phone,
          pin,
          scheme,
          status,
        }))
      },
    },
  ]
}

const NOTES: Readonly<Record<string, Words>> = {
  deceased: { th: 'เสียชีวิตแล้ว เข้าสู่ระบบไม่ได้', en: 'Deceased: can’t sign in', et: 'Surnud: sisse logida ei saa' },
  suspended: {
    th: 'ถูกระงับในทะเบียน เข้าสู่ระบบไม่ได้',
    en: 'Suspended in the register: can’t sign in',
    et: 'Registris peatatud: sisse logida ei saa',
  },
  emigrated: { th: 'ย้ายไปอยู่ต่างประเทศ', en: 'Lives abroad now', et: 'Elab nüüd välismaal' },
  protected: { th: 'ข้อมูลได้รับความคุ้มครองพิเศษ', en: 'Specially protected', et: 'Eriti kaitstud isik' },
  resident: { th: 'ผู้มีถิ่นที่อยู่', en: 'Resident', et: 'Elanik' },
  'e-resident': { th: 'พลเมืองอิเล็กทรอนิกส์ของเอสโตเนีย', en: 'Estonian e-resident', et: 'Eesti e-resident' },
  EE: { th: 'ชาวเอสโตเนีย กรุณาเลือกประเทศ', en: 'Estonian: choose the country', et: 'Eestlane: vali riik' },
}

/** What the person is there to show. */
const noteOn = ({ kind, status, scheme }: DemoPerson): Words | undefined =>
  NOTES[status] ?? NOTES[kind] ?? NOTES[scheme]
