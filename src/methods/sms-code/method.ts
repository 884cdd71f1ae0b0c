import { hash } from 'node:crypto'
import { plainDigits } from '../../identity/digits.ts'
import type { PersonKey } from '../../identity/identifiers.ts'
import type { Json } from '../../identity/json.ts'
import type { Language } from '../../identity/language.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import { maskPhoneNumber } from '../../identity/phone-number.ts'
import type { TroubleCode } from '../../identity/trouble.ts'
import type { Person } from '../../persons/person.ts'
import type { Part } from '../../platform/at-once.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Guard } from '../guard.ts'
import type { Method, MethodInput, Note, Refusal, Step } from '../method.ts'
import type { Prompts } from '../prompts.ts'
import type { SecondFactor } from '../second-factor.ts'
import { type Codes, type Kept, LIFE } from './codes.ts'
import type { SmsGateway } from './gateway.ts'
import { codeMessage, type MessageWords } from './message.ts'

// Person code, then six digits that were sent to the telephone which is enrolled for the person. Who isn't in the
// register, who has no telephone with us and who has one take the same road: the same statements, the same page, and what
// is sent is sent after the answer. Nobody types the number, so nobody learns it here or has messages sent to another.

const FORM = 'sms-code'
/** After so long, in milliseconds, another code may be asked for (login's prompts say so too). */
export const BETWEEN = 60_000

/** What the page needs to know. */
export interface SmsShow {
  /** A code is on its way, to whoever has a telephone with us; good until then (epoch milliseconds). */
  readonly until: number
  /** From when on another may be asked for. */
  readonly again: number
  /** The end of the number, in a browser that the person was signed in by before; elsewhere it would tell of them. */
  readonly to?: string
}

export interface Needs {
  readonly db: Db
  readonly credentials: {
    seek(db: Db, scheme: string, code: string, method: 'sms-code'): Promise<Sought>
    acceptance(credential: string, step: number): Part
  }
  readonly gateway: Pick<SmsGateway, 'serves' | 'soon' | 'available'>
  readonly codes: Codes
  readonly prompts: Prompts
  /** Whether the mark says that this browser has signed the person in before. */
  readonly isKnown: (mark: string | undefined, person: PersonKey) => boolean
  readonly guard: Guard
  readonly secondFactor: SecondFactor
  readonly words: (language: Language) => MessageWords
  readonly clock: Clock
  /** Schemes that are open here, the default first. */
  readonly schemes: readonly string[]
  /** The issuer's host. */
  readonly host: string
}

interface Sought {
  readonly person?: Person
  /** Absent for a decoy. */
  readonly credential?: string
  readonly secret: Buffer
  /** They have set a PIN. */
  readonly pin?: true
}

interface Who {
  readonly scheme: string
  readonly code: string
}

/** Between the two pages. */
interface Underway extends Who {
  readonly kept: Kept
  /** To which telephone it went; null: to none. */
  readonly credential: string | null
  readonly prompt: string
  readonly to?: string
}

/** The throttle speaks of apps' codes; about one from a message the same is said in other words. */
const SAID: Readonly<Partial<Record<TroubleCode, TroubleCode>>> = { 'PRT-1201': 'PRT-1901' }

export function openSmsCode(needs: Needs): Method {
  const { db, credentials, gateway, codes, prompts, isKnown, guard, secondFactor, words, clock, schemes, host } = needs

  async function resume(state: Json, input: MethodInput): Promise<Step> {
    const pin = await secondFactor.answer(state, input)
    if (pin) return pin
    const { fields } = input
    const underway = underwayIn(state)
    if (fields.anew !== undefined) return askWho()
    if (fields.again !== undefined && underway) return send(underway, underway, input)
    if (fields.code !== undefined) return underway ? check(underway, fields.code, input) : late(undefined)
    if (fields.person_code === undefined) return underway ? askCode(underway) : askWho()
    const who = whoIn(fields)
    if (!who) return askWho({ code: 'PRT-1205', field: 'person_code' }, { unrecorded: true })
    return justSent(underway, who) ?? send(who, underway, input)
  }

  /** The form sent a second time, by "back" or an impatient finger: the code is on its way already. */
  function justSent(underway: Underway | undefined, who: Who): Step | undefined {
    const lately = underway && isSame(underway, who) && clock.now() < underway.kept.sent + BETWEEN
    return lately ? askCode(underway) : undefined
  }

  function whoIn({ scheme: typed, person_code: code = '' }: MethodInput['fields']): Who | undefined {
    const scheme = typed || schemes[0]!
    const parsed = schemes.includes(scheme) ? parsePersonId(scheme, code) : undefined
    return parsed?.ok ? { scheme, code: parsed.code } : undefined
  }

  async function send(
    who: Who,
    before: Underway | undefined,
    { source, browser, language, towards }: MethodInput,
  ): Promise<Step> {
    const { scheme, code } = who
    if (!gateway.available()) return { step: 'refused', refusal: { code: 'PRT-1904' } }
    const sought = await credentials.seek(db, scheme, code, 'sms-code')
    const rung = await prompts.begin({ subject: `${scheme}|${code}`, source })
    if (!rung.ok) {
      const { values } = rung.refusal
      const said = rung.refusal.code === 'PRT-1005' ? 'PRT-1005' : 'PRT-1903'
      const note = { ...aboutWhom(sought.person), ...(rung.onRecord && { unrecorded: true as const }) }
      const refusal = { code: said, ...(values && { values }) } as const
      // Whose code is under way is asked for it; somebody else must not be told on that page, nor type theirs into it.
      return before && isSame(before, who) ? askCode(before, refusal, note) : askWho(refusal, note)
    }
    const { digits, kept } = codes.make()
    const { credential = null } = sought
    if (credential !== null) {
      const to = sought.secret.toString('utf8')
      const text = codeMessage(words(language), { code: digits, towards, language, host })
      const expires = new Date(kept.sent + LIFE).toISOString()
      // A number from before the list of countries grew shorter: nothing goes there, and nobody is told.
      if (gateway.serves(to)) gateway.soon({ to, text, language, purpose: 'code', expires })
    }
    const shown = credential !== null && sought.person && isKnown(browser, sought.person.key)
    const to = shown ? { to: maskPhoneNumber(sought.secret.toString('utf8')) } : {}
    return askCode({ scheme, code, kept, credential, prompt: rung.prompt, ...to })
  }

  async function check(underway: Underway, typed: string, { source, browser, need }: MethodInput): Promise<Step> {
    const digits = plainDigits(typed)
    if (!/^\d{6}$/.test(digits)) return askCode(underway, { code: 'PRT-1905', field: 'code' }, { unrecorded: true })
    const { scheme, code, kept } = underway
    const sought = await credentials.seek(db, scheme, code, 'sms-code')
    const { person, credential } = sought
    const about = aboutWhom(person)
    const attempt = { subject: person?.key ?? `${scheme}|${code}`, source, browser }
    const spent = await guard.spend(attempt)
    if (!spent.ok) return turnedAway(underway, spent.refusal, { ...about, ...(spent.onRecord && { unrecorded: true }) })
    const checked = await codes.check(kept, digits)
    if (checked === 'over') return late(underway, about)
    // Another telephone has been enrolled meanwhile: what went to the former one opens nothing.
    if (checked === 'wrong' || !person || credential === undefined || credential !== underway.credential)
      return turnedAway(underway, spent.otherwise, about)
    const next = await secondFactor.after(
      {
        proof: {
          method: 'sms-code',
          scheme,
          code,
          assurance: 'low',
          amr: ['otp', 'sms'],
          evidence: hash('sha256', `sms-code|${credential}|${kept.id}`, 'base64url'),
        },
        known: person,
        pin: sought.pin === true,
        use: credentials.acceptance(credential, kept.sent),
        guard,
        attempt,
        tooLate: late(underway, about),
      },
      need,
    )
    // It was the person's own wish, so it counts as no nuisance.
    await prompts.end(underway.prompt, 'answered')
    return next
  }

  function turnedAway(underway: Underway, { code, values }: Refusal, note: Note): Step {
    const told: Refusal = { code: SAID[code] ?? code, ...(values && { values }) }
    if (told.code === 'PRT-1204') return { step: 'refused', refusal: told, note }
    return askCode(underway, told.code === 'PRT-1901' ? { ...told, field: 'code' } : told, note)
  }

  return {
    id: 'sms-code',
    assurance: 'substantial',
    away: 'PRT-1904',
    available: () => gateway.available(),
    begin: async () => askWho(),
    resume,
    begun(state, { fields }) {
      const who = whoIn(fields)
      return who && justSent(underwayIn(state), who)
    },
  }
}

const isSame = (one: Who, other: Who): boolean => one.scheme === other.scheme && one.code === other.code

const aboutWhom = (person: Person | undefined): Note => (person ? { person: person.key } : {})

const askWho = (trouble?: Refusal, note?: Note): Step => ({
  step: 'ask',
  form: FORM,
  state: null,
  ...(trouble && { trouble }),
  ...(note && { note }),
})

function askCode(underway: Underway, trouble?: Refusal, note?: Note): Step {
  const { sent } = underway.kept
  const { to } = underway
  const show: SmsShow = { until: sent + LIFE, again: sent + BETWEEN, ...(to !== undefined && { to }) }
  return {
    step: 'ask',
    form: FORM,
    show: { ...show },
    state: { underway } as unknown as Json,
    ...(trouble && { trouble }),
    ...(note && { note }),
  }
}

/** The code is no longer good; the page of the code stays, for another is asked for there. */
function late(underway: Underway | undefined, note?: Note): Step {
  const trouble: Refusal = { code: 'PRT-1902', ...(underway && { field: 'code' }) }
  return underway ? askCode(underway, trouble, note) : askWho(trouble, { unrecorded: true })
}

const underwayIn = (state: Json): Underway | undefined =>
  (state as { readonly underway?: Underway } | null)?.underway ?? undefined
