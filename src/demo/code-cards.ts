import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Context } from 'koa'
import { paperCardPage } from '../../views/portal/code-card.ts'
import type { Actor } from '../identity/actor.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { Language } from '../identity/language.ts'
import { Problem } from '../identity/trouble.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Route } from '../web/router.ts'

// The printed card of each demo person, on screen: made when it is first looked at after a start, for nobody can print a
// second copy of one that there is.

export interface Needs {
  readonly db: Db
  readonly persons: { find(db: Db, scheme: string, code: string): Promise<Somebody | undefined> }
  readonly codeCards: {
    issue(
      db: Db,
      person: PersonKey,
      actor: Actor,
      lost: boolean,
    ): Promise<{ readonly serial: string; readonly codes: readonly string[] }>
  }
  readonly clock: Clock
  readonly config: { readonly issuer: string; readonly helpPhone: string; readonly timeZone: string }
}

interface Somebody {
  readonly key: PersonKey
  readonly names: { readonly given?: string; readonly family?: string }
}

interface OnScreen {
  readonly name: string
  readonly serial: string
  readonly codes: readonly string[]
  readonly issued: number
}

const SELF: Actor = { kind: 'service', part: 'demo' }

export interface CodeCardWorld {
  /** Undefined for a person code that nobody in the demo has. */
  cardOf(scheme: string, code: string): Promise<OnScreen | undefined>
  page(card: OnScreen, language: Language, css: string): string
}

export function openCodeCardWorld({ db, persons, codeCards, clock, config }: Needs): CodeCardWorld {
  const cards = new Map<PersonKey, Promise<OnScreen>>()

  async function print({ key, names }: Somebody): Promise<OnScreen> {
    const { serial, codes } = await transaction(db, (tx) => codeCards.issue(tx, key, SELF, true))
    const name = [names.given, names.family].filter(Boolean).join(' ')
    return { name, serial, codes, issued: clock.now() }
  }

  return {
    async cardOf(scheme, code) {
      const person = await persons.find(db, scheme, code)
      if (!person) return undefined
      const card = cards.get(person.key) ?? print(person)
      cards.set(person.key, card)
      return card.catch((error: unknown) => {
        cards.delete(person.key)
        throw error
      })
    },
    page({ name, serial, codes, issued }, language, css) {
      const input = {
        name,
        serial: serial.replace(/(\d{4})(\d{3})(\d{3})/, '$1 $2 $3'),
        codes,
        issued,
        next: false,
        address: config.issuer,
        paper: 'a4',
      } as const
      const { helpPhone, timeZone } = config
      return paperCardPage.render(input, { language, timeZone, helpPhone, demo: true, css })
    },
  }
}

/** `/demo/code-card/<person code>`, and the same with `.json` for scripts: `{ serial, codes }`, number 1 first. */
export function codeCardRoutes({
  world,
  people,
  languageOf,
}: {
  readonly world: () => CodeCardWorld
  readonly people: readonly { readonly scheme: string; readonly code: string }[]
  languageOf(ctx: Context): Language
}): Route[] {
  // Paper carries its sheet inside; a page that is served may not.
  const css = readFileSync(new URL('../../views/portal/code-card.css', import.meta.url))
  const sheet = `/assets/demo-code-card-${createHash('sha256').update(css).digest('base64url').slice(0, 12)}.css`
  return [
    {
      method: 'GET',
      path: sheet,
      handler(ctx) {
        ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
        ctx.type = 'css'
        ctx.body = css
      },
    },
    {
      method: 'GET',
      path: '/demo/code-card/:code',
      async handler(ctx, { code = '' }) {
        const known = people.find((one) => one.code === code.replace(/\.json$/, ''))
        const card = known && (await world().cardOf(known.scheme, known.code))
        if (!card) throw new Problem('PRT-1003')
        if (code.endsWith('.json')) {
          ctx.body = { serial: card.serial, codes: card.codes }
          return
        }
        ctx.type = 'html'
        const html = world().page(card, languageOf(ctx), '')
        ctx.body = html.replace(
          /<style>.*?<\/style>/s,
          `<link rel="icon" href="data:,"><link rel="stylesheet" href="${sheet}">`,
        )
      },
    },
  ]
}
