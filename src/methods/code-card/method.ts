import { hash } from 'node:crypto'
import { plainDigits } from '../../identity/digits.ts'
import type { PersonKey } from '../../identity/identifiers.ts'
import type { Json } from '../../identity/json.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import type { TroubleCode } from '../../identity/trouble.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Guard } from '../guard.ts'
import type { Method, MethodInput, Note, Refusal, Step } from '../method.ts'
import { mayAnswerPin, type SecondFactor } from '../second-factor.ts'
import type { CodeCards, SoughtCard } from './cards.ts'

// A printed card of numbered codes: the person code first, then the code of the number that is asked for. Everybody is
// asked for a number, whether or not they have a card or stand in the register, and it stays the same until it was
// answered rightly: nobody shops for one that they have seen. How many codes are left is said where it tells a stranger
// nothing: in a browser that has signed the person in before, and after a right code.

const FORM = 'code-card'

/** What the page needs; nothing before the person is named. A type, for it goes through JSON. */
export type CodeCardShow = {
  readonly number: number
  readonly left?: number
  /** The next card is due. */
  readonly newCard?: boolean
}

interface Asked {
  readonly scheme: string
  readonly code: string
  readonly show: CodeCardShow
}

export interface Needs {
  readonly db: Db
  readonly cards: Pick<CodeCards, 'seek'>
  readonly guard: Guard
  readonly secondFactor: SecondFactor
  /** Whether this browser has signed that person in before. */
  knows(browser: string | undefined, person: PersonKey): boolean
  readonly clock: Clock
  /** Schemes that are open here, the default first. */
  readonly schemes: readonly string[]
}

/** The throttle speaks of codes from an app; about a card the same is said in other words. */
const SAID: Readonly<Partial<Record<TroubleCode, TroubleCode>>> = {
  'PRT-1201': 'PRT-2020',
  'PRT-1203': 'PRT-2021',
  'PRT-1204': 'PRT-2022',
}

export function openCodeCard({ db, cards, guard, secondFactor, knows, clock, schemes }: Needs): Method {
  async function resume(state: Json, input: MethodInput): Promise<Step> {
    const pin = await secondFactor.answer(state, input)
    if (pin) return pin
    const { fields } = input
    if (fields.person_code !== undefined) return question(fields.scheme || schemes[0]!, fields.person_code, input)
    const asked = askedIn(state)
    if (!asked) return askWho()
    return fields.code === undefined ? ask(asked) : check(asked, fields.code, input)
  }

  async function question(scheme: string, typed: string, { browser }: MethodInput): Promise<Step> {
    const parsed = schemes.includes(scheme) ? parsePersonId(scheme, typed) : undefined
    if (!parsed?.ok) return askWho({ code: 'PRT-1205', field: 'person_code' })
    const sought = await cards.seek(db, scheme, parsed.code)
    return ask({ scheme, code: parsed.code, show: shown(sought, browser) })
  }

  const shown = ({ person, number, left, newCard }: SoughtCard, browser: string | undefined): CodeCardShow =>
    person && left > 0 && knows(browser, person.key) ? { number, left, newCard } : { number }

  async function check(asked: Asked, typed: string, { source, browser, need }: MethodInput): Promise<Step> {
    const digits = plainDigits(typed)
    if (!/^\d{6}$/.test(digits)) return ask(asked, { code: 'PRT-2023', field: 'code' }, { unrecorded: true })
    const { scheme, code } = asked
    const sought = await cards.seek(db, scheme, code)
    const { person, number } = sought
    const about: Note = person ? { person: person.key } : {}
    const now = { ...asked, show: shown(sought, browser) }
    if (number !== asked.show.number) return ask(now, { code: 'PRT-2024', field: 'code' }, { unrecorded: true })
    const attempt = { subject: person?.key ?? `${scheme}|${code}`, source, browser }
    const spent = await guard.spend(attempt)
    if (!spent.ok) return turnedAway(now, spent.refusal, { ...about, ...(spent.onRecord && { unrecorded: true }) })
    const line = sought.matching(digits)
    if (!line || !person) return turnedAway(now, spent.otherwise, about)
    const { use, acts, left, newCard } = line
    return secondFactor.after(
      {
        proof: {
          method: 'code-card',
          scheme,
          code,
          assurance: 'low',
          amr: ['otp'],
          evidence: hash('sha256', `code-card|${person.key}|${number}|${clock.now()}`, 'base64url'),
        },
        known: person,
        pin: sought.pin === true,
        use,
        acts,
        guard,
        attempt,
        tooLate: askWho({ code: 'PRT-2024' }, about),
        show: { codesLeft: left, newCard },
      },
      need,
    )
  }

  return {
    id: 'code-card',
    assurance: 'substantial',
    recalls: mayAnswerPin,
    begin: async () => askWho(),
    resume,
  }
}

function turnedAway(asked: Asked, { code, values }: Refusal, note: Note): Step {
  const told: Refusal = { code: SAID[code] ?? code, ...(values && { values }) }
  if (told.code === 'PRT-2022') return { step: 'refused', refusal: told, note }
  return ask(asked, told.code === 'PRT-2020' ? { ...told, field: 'code' } : told, note)
}

const ask = (asked: Asked, trouble?: Refusal, note?: Note): Step => ({
  step: 'ask',
  form: FORM,
  show: asked.show,
  state: { asked } as unknown as Json,
  ...(trouble && { trouble }),
  ...(note && { note }),
})

/** With trouble, nothing was tried, unless a note says so. */
const askWho = (trouble?: Refusal, note: Note = { unrecorded: true }): Step => ({
  step: 'ask',
  form: FORM,
  state: null,
  ...(trouble && { trouble, note }),
})

const askedIn = (state: Json): Asked | undefined => (state as { readonly asked?: Asked } | null)?.asked
