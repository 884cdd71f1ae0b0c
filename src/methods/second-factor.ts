import { hash } from 'node:crypto'
import { type Assurance, atLeast } from '../identity/assurance.ts'
import { plainDigits } from '../identity/digits.ts'
import type { Json } from '../identity/json.ts'
import type { Proof } from '../identity/proof.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Person, Persons } from '../persons/person.ts'
import type { Pins } from '../persons/pins.ts'
import { atOnce, type Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Guard, Try } from './guard.ts'
import type { MethodInput, Note, Refusal, Step } from './method.ts'

// What follows a right one-time code, whichever method asked for it. Who has set a PIN is asked for it, always: the code
// is used up at that moment, the PIN is a second step with a state of its own. Who has none goes on with `low`, or is told
// what to do where that won't do. Called by methods/totp, sms-code and code-card; a PIN is never asked for before a code
// was right, so that it tells nobody who is in the register.

export const PIN_FORM = 'pin'
/** To remember a PIN, or to find the note. */
const LIFE = 5 * 60_000
const TRIES = 5

/** What the page of the PIN says of the card that the code came from; a type, for it goes through JSON. */
export type PinShow = {
  readonly codesLeft?: number
  /** It runs out soon. */
  readonly newCard?: boolean
}

/** A right code, not used up yet. */
export interface Right {
  /** Assurance and amr as without a PIN. */
  readonly proof: Proof
  readonly known: Person
  /** They have set a PIN: as the search that found them said in its own statement. */
  readonly pin: boolean
  /** Uses the code up: of any number of callers at once, for one. */
  readonly use: Part
  /** What goes with it. */
  readonly acts?: readonly Part[]
  /** The code's own tries. */
  readonly guard: Guard
  readonly attempt: Try
  /** Where somebody else was faster with the same code. */
  readonly tooLate: Step
  /** What the page of the PIN shows besides. */
  readonly show?: PinShow
}

export interface SecondFactor {
  /** What comes after a right code. Without a PIN and with a low need: `proved`, with no statement of its own. */
  after(right: Right, need: Assurance): Promise<Step>
  /** First of all in `resume`. @returns undefined where the input is the method's own: `kept` is no question for a PIN. */
  answer(kept: Json, input: MethodInput): Promise<Step | undefined>
}

/**
 * For `recalls` of a method that keeps nothing but the question for a PIN: everything save its first form may be the
 * answer, or that page asked for anew in another language.
 */
export const mayAnswerPin = (fields: MethodInput['fields']): boolean => fields.person_code === undefined

interface Question {
  readonly proof: Proof
  readonly person: Person['key']
  /** Epoch milliseconds. */
  readonly asked: number
  readonly wrong: number
  readonly show?: PinShow
}

/** The throttle speaks of one-time codes; about a PIN the same is said in other words. */
const SAID: Readonly<Partial<Record<TroubleCode, TroubleCode>>> = {
  'PRT-1201': 'PRT-2001',
  'PRT-1203': 'PRT-2002',
  'PRT-1204': 'PRT-2003',
}

export interface Needs {
  readonly db: Db
  readonly pins: Pick<Pins, 'check' | 'answered'>
  readonly persons: Pick<Persons, 'find'>
  /** The throttle of the factor `pin`. */
  readonly guard: Guard
  readonly clock: Clock
}

export function openSecondFactor({ db, pins, persons, guard, clock }: Needs): SecondFactor {
  async function after(right: Right, need: Assurance): Promise<Step> {
    const { proof, known, pin, show } = right
    const enough = atLeast(proof.assurance, need)
    if (!pin && enough) return proved(right)
    if (!(await usedUp(right))) return right.tooLate
    const about = { person: known.key }
    if (!pin) return { step: 'refused', refusal: { code: 'PRT-2005' }, note: about }
    return ask({ proof, person: known.key, asked: clock.now(), wrong: 0, ...(show !== undefined && { show }) })
  }

  async function usedUp({ use, acts = [], guard: own, attempt }: Right): Promise<boolean> {
    const { may, acts: success } = own.success(attempt)
    const done = await atOnce(db, { when: [use], may, acts: [...acts, ...success] })
    if (done && may && !done.may) await own.giveBack(attempt)
    return done !== undefined
  }

  async function answer(kept: Json, { fields, source, browser }: MethodInput): Promise<Step | undefined> {
    const question = questionIn(kept)
    if (!question) return fields.pin === undefined ? undefined : over({ unrecorded: true })
    if (!mayAnswerPin(fields)) return undefined
    const about: Note = { person: question.person }
    if (clock.now() - question.asked > LIFE) return over({ ...about, because: 'late' })
    const typed = plainDigits(fields.pin ?? '')
    if (typed === '') return ask(question)
    if (!/^\d{6,12}$/.test(typed)) return ask(question, { code: 'PRT-2006', field: 'pin' }, { unrecorded: true })

    const attempt = { subject: question.person, source, browser }
    const spent = await guard.spend(attempt)
    if (!spent.ok) return turnedAway(question, spent.refusal, { ...about, ...(spent.onRecord && { unrecorded: true }) })
    const checked = await pins.check(db, question.person, typed)
    if (checked === undefined) return over({ ...about, because: 'no-pin' })
    if (checked === false) {
      const wrong = question.wrong + 1
      const { values } = spent.otherwise
      if (wrong < TRIES) return turnedAway({ ...question, wrong }, spent.otherwise, about)
      return over({ ...about, because: 'wrong' }, values)
    }
    const known = await persons.find(db, question.proof.scheme, question.proof.code)
    if (known?.key !== question.person) return over({ ...about, because: 'person-changed' })
    return proved({
      proof: withPin(question, checked),
      known,
      pin: true,
      use: pins.answered(checked, question.asked),
      guard,
      attempt,
      tooLate: over({ ...about, because: 'answered' }),
    })
  }

  return { after, answer }
}

/** Nothing is written before the statement that lets the person in. */
function proved({ proof, known, use, acts = [], guard, attempt, tooLate }: Right): Step {
  const { may, acts: success } = guard.success(attempt)
  return {
    step: 'proved',
    proof,
    atOnce: { known, when: use, may, acts: [...acts, ...success] },
    async settle(tx) {
      if (!(await atOnce(tx, { when: [use], acts }))) return tooLate
      await guard.succeed(tx, attempt)
      return undefined
    },
    settled: () => guard.giveBack(attempt),
  }
}

const withPin = ({ proof, asked }: Question, pin: string): Proof => ({
  ...proof,
  assurance: 'substantial',
  amr: [...proof.amr, 'pin', 'mfa'],
  evidence: hash('sha256', `${proof.evidence}|pin|${pin}|${asked}`, 'base64url'),
})

function ask(question: Question, trouble?: Refusal, note?: Note): Step {
  return {
    step: 'ask',
    form: PIN_FORM,
    state: { question } as unknown as Json,
    ...(question.show !== undefined && { show: question.show }),
    ...(trouble && { trouble }),
    ...(note && { note }),
  }
}

function turnedAway(question: Question, { code, values }: Refusal, note: Note): Step {
  const told: Refusal = { code: SAID[code] ?? code, ...(values && { values }) }
  if (told.code === 'PRT-2003') return { step: 'refused', refusal: told, note }
  return ask(question, told.code === 'PRT-2001' ? { ...told, field: 'pin' } : told, note)
}

/** The code is used up, so the way leads back to the beginning. `values`: when the next PIN would be looked at. */
const over = (note: Note, values?: Refusal['values']): Step => ({
  step: 'refused',
  refusal: { code: 'PRT-2004', ...(values && { values }) },
  note,
})

const questionIn = (kept: Json): Question | undefined => (kept as { readonly question?: Question } | null)?.question
