import { hash } from 'node:crypto'
import { plainDigits } from '../../identity/digits.ts'
import type { Json } from '../../identity/json.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import type { Proof } from '../../identity/proof.ts'
import type { Person } from '../../persons/person.ts'
import type { Part } from '../../platform/at-once.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Guard } from '../guard.ts'
import type { Method, MethodInput, Note, Refusal, Step } from '../method.ts'
import { mayAnswerPin, type SecondFactor } from '../second-factor.ts'
import { stepOf } from './code.ts'

// Person code and six digits from an authenticator app, and the PIN of who has set one (second-factor.ts). One form, no
// state between its showing and its sending. An unknown code, a person without this means and a wrong code take the same road: the same statements, the same work
// (a decoy's secret is verified), the same answer.

const FORM = 'totp'

export interface Needs {
  readonly db: Db
  readonly credentials: {
    seek(db: Db, scheme: string, code: string, method: 'totp'): Promise<Sought>
    acceptance(credential: string, step: number): Part
  }
  readonly guard: Guard
  readonly secondFactor: SecondFactor
  readonly clock: Clock
  /** Schemes that are open here, the default first. */
  readonly schemes: readonly string[]
}

interface Sought {
  readonly person?: Person
  /** Absent for a decoy. */
  readonly credential?: string
  readonly secret: Buffer
  readonly pin?: true
}

export function openTotp({ db, credentials, guard, secondFactor, clock, schemes }: Needs): Method {
  async function resume(state: Json, input: MethodInput): Promise<Step> {
    return (await secondFactor.answer(state, input)) ?? first(input)
  }

  async function first({ fields, source, browser, need }: MethodInput): Promise<Step> {
    const scheme = fields.scheme || schemes[0]!
    const parsed = schemes.includes(scheme) ? parsePersonId(scheme, fields.person_code ?? '') : undefined
    if (!parsed?.ok) return slip({ code: 'PRT-1205', field: 'person_code' })
    const typed = sixDigits(fields.code ?? '')
    if (!typed) return slip({ code: 'PRT-1206', field: 'code' })

    const sought = await credentials.seek(db, scheme, parsed.code, 'totp')
    const attempt = { subject: sought.person?.key ?? `${scheme}|${parsed.code}`, source, browser }
    const about: Note = sought.person ? { person: sought.person.key } : {}
    const spent = await guard.spend(attempt)
    if (!spent.ok) return turnedAway(spent.refusal, { ...about, ...(spent.onRecord && { unrecorded: true }) })

    const step = stepOf(sought.secret, typed, clock.now())
    const { credential, person } = sought
    if (step === undefined || credential === undefined || person === undefined)
      return turnedAway(spent.otherwise, about)

    const proof: Proof = {
      method: 'totp',
      scheme,
      code: parsed.code,
      assurance: 'low',
      amr: ['otp'],
      evidence: hash('sha256', `totp|${credential}|${step}`, 'base64url'),
    }
    const right = {
      proof,
      known: person,
      pin: sought.pin === true,
      use: credentials.acceptance(credential, step),
      guard,
      attempt,
      tooLate: turnedAway({ code: 'PRT-1202', field: 'code' }, about),
    }
    return secondFactor.after(right, need)
  }

  return {
    id: 'totp',
    assurance: 'substantial',
    // The form itself leaves nothing behind: only the answer to a PIN's question has something to go back to.
    recalls: mayAnswerPin,
    begin: async () => ({ step: 'ask', form: FORM, state: null }),
    resume,
  }
}

/** Nothing was tried: the form again. */
const slip = (trouble: Refusal): Step => ({ step: 'ask', form: FORM, state: null, trouble, note: { unrecorded: true } })

function turnedAway(refusal: Refusal, note: Note): Step {
  // A stopped means has no form any more; every other trouble is told beside what was typed.
  if (refusal.code === 'PRT-1204') return { step: 'refused', refusal, note }
  const trouble: Refusal = refusal.code === 'PRT-1201' ? { ...refusal, field: 'code' } : refusal
  return { step: 'ask', form: FORM, state: null, trouble, note }
}

/** As typed: apps show six digits in threes, and a Thai keyboard has digits of its own. */
function sixDigits(typed: string): string | undefined {
  const code = plainDigits(typed)
  return /^\d{6}$/.test(code) ? code : undefined
}
