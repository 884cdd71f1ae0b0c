import type { Context } from 'koa'
import { type PhoneFrame, phonePage, phonesPage } from '../../../views/demo/phone.ts'
import { type Language, spoken } from '../../identity/language.ts'
import { displayPersonId } from '../../identity/person-id.ts'
import { Problem } from '../../identity/trouble.ts'
import { readForm } from '../../web/form.ts'
import type { Route } from '../../web/router.ts'
import { openSheet } from '../sheet.ts'
import type { Owner, Phones, Telephone } from './phones.ts'

// The telephones on screen: plain forms for people (`#confirm`, `#refuse`), and the same as JSON for scripts and tests.

/** Seconds after which a telephone is looked at anew. */
const LOOK_AGAIN = 3

export function phoneRoutes({ phones }: { readonly phones: Phones }): Route[] {
  const sheet = openSheet()

  const frame = (ctx: Context): PhoneFrame => ({
    language: languageOf(ctx),
    stylesheet: sheet.path,
  })

  function found(number: string): Telephone {
    const telephone = phones.find(number)
    if (!telephone) throw new Problem('PRT-1003')
    return telephone
  }

  function back(ctx: Context, { phone }: Owner): void {
    ctx.status = 303
    ctx.set('Location', `${addressOf(phone)}?ui_locales=${languageOf(ctx)}`)
    ctx.body = ''
  }

  return [
    sheet.route,
    {
      method: 'GET',
      path: '/phones',
      handler(ctx) {
        const input = phones
          .all()
          .map((one) => ({ name: nameOf(one), phone: one.phone, href: addressOf(one.phone), rings: one.rings.length }))
        ctx.type = 'html'
        ctx.body = phonesPage.render({ phones: input }, frame(ctx))
      },
    },
    {
      method: 'GET',
      path: '/phones/:number',
      handler(ctx, { number = '' }) {
        const telephone = found(number)
        // Whoever is setting something is not to be interrupted.
        const setting = ctx.query.set !== undefined
        if (!setting) ctx.set('Refresh', String(LOOK_AGAIN))
        ctx.type = 'html'
        ctx.body = phonePage.render(
          {
            name: nameOf(telephone),
            phone: telephone.phone,
            action: addressOf(telephone.phone),
            rings: telephone.rings,
            messages: telephone.messages,
            apps: phones.apps.map(({ id, label, href }) => ({ id, label, href: href(telephone) })),
            switches: setting ? phones.switches.map((one) => ({ ...one, now: one.get(telephone.phone) })) : [],
            others: setting ? undefined : `${addressOf(telephone.phone)}?set&ui_locales=${languageOf(ctx)}`,
          },
          frame(ctx),
        )
      },
    },
    {
      // `ring` and `answer` from the buttons; a switch's id with one of its options.
      method: 'POST',
      path: '/phones/:number',
      async handler(ctx, { number = '' }) {
        const telephone = found(number)
        const fields = await readForm(ctx)
        const { answer = '', ring = '', picked } = fields
        const how =
          answer === 'refuse' ? 'refuse' : answer === 'confirm' || picked !== undefined ? 'confirm' : undefined
        if (how) phones.answer(telephone.phone, Number(ring), how, picked)
        for (const one of phones.switches) {
          const option = fields[one.id]
          if (option === undefined) continue
          if (!one.options.some(({ id }) => id === option)) throw new Problem('PRT-1004')
          one.set(telephone.phone, option)
        }
        back(ctx, telephone)
      },
    },
    {
      method: 'GET',
      path: '/phones/:number/now.json',
      handler(ctx, { number = '' }) {
        const { phone, scheme, code, rings, messages } = found(number)
        ctx.body = {
          phone,
          scheme,
          person_code: code,
          rings: rings.map(({ id, by, text, code: shown, codes }) => ({
            ring: id,
            by: by.en,
            text,
            code: shown,
            codes,
          })),
          messages,
          switches: Object.fromEntries(phones.switches.map((one) => [one.id, one.get(phone)])),
        }
      },
    },
  ]
}

const addressOf = (phone: string): string => `/phones/${phone.replace(/^\+/, '')}`
const nameOf = ({ given_name, family_name, scheme, code }: Owner): string =>
  [given_name, family_name].filter(Boolean).join(' ') || displayPersonId(scheme, code)

function languageOf(ctx: Context): Language {
  const asked = ctx.query.ui_locales
  return spoken(typeof asked === 'string' ? asked : undefined) ?? spoken(ctx.get('Accept-Language')) ?? 'th'
}
