import { hash } from 'node:crypto'
import type { Json } from '../../identity/json.ts'
import { parsePersonId } from '../../identity/person-id.ts'
import { parsePhoneNumber } from '../../identity/phone-number.ts'
import type { TroubleCode } from '../../identity/trouble.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Method, MethodInput, Note, Refusal, Step } from '../method.ts'
import type { Prompts } from '../prompts.ts'
import { type Needs as AnswerNeeds, judgeAnswer } from './answer.ts'
import type { Call, Calls, Heard } from './calls.ts'
import { displayed, phoneLanguage } from './display-text.ts'
import { endedCode, httpCode, isFailure, wordCode } from './refusals.ts'
import { CALL_LIFE } from './settings.ts'
import { verificationCode } from './verification-code.ts'
import type { HashType } from './wire.ts'

// Mobile-ID: person code and telephone number, a number that page and telephone both show, and a hash that the SIM signs.
// Owns the steps and what is told after each; ringing is calls.ts's, whether an answer is to be believed answer.ts's.
// Every attempt has a hash of its own, from 512 random bits: an answer of yesterday signs another.

const FORM = 'mobile-id'
const HASH_TYPE: HashType = 'SHA256'
const CHALLENGE_BYTES = 64

export interface Needs {
  readonly calls: Calls
  readonly answers: AnswerNeeds
  readonly prompts: Prompts
  /** Whether the service, and anybody's revocation service, can be asked at all. */
  readonly available: () => boolean
  /** Schemes that people may type here, the default first. */
  readonly schemes: readonly string[]
  readonly clock: Clock
  readonly random: Random
}

/** What the waiting page shows: views/login/wait. Times in epoch milliseconds. */
interface Show {
  readonly begun: number
  readonly until: number
  readonly code: string
}

interface State extends Call {
  readonly scheme: string
  readonly begun: number
}

export function openMobileId({ calls, answers, prompts, available, schemes, clock, random }: Needs): Method {
  function personIn({ scheme: typed, person_code: code = '' }: MethodInput['fields']) {
    const scheme = typed || schemes[0]!
    return { scheme, person: schemes.includes(scheme) ? parsePersonId(scheme, code) : undefined }
  }

  async function submitted({ fields, source, language, towards }: MethodInput): Promise<Step> {
    const { scheme, person } = personIn(fields)
    if (!person?.ok) return slip({ code: 'PRT-1205', field: 'person_code' })
    const phone = parsePhoneNumber(fields.phone ?? '', scheme)
    if (phone === undefined) return slip({ code: 'PRT-1701', field: 'phone' })
    const rung = await prompts.begin({ subject: `${scheme}|${person.code}`, source })
    if (!rung.ok) return ask(rung.refusal, rung.onRecord ? { unrecorded: true } : {})
    const begun = clock.now()
    const state: State = {
      id: random.token(128),
      prompt: rung.prompt,
      scheme,
      request: {
        phoneNumber: phone,
        nationalIdentityNumber: person.code,
        hash: hash('sha256', random.bytes(CHALLENGE_BYTES), 'base64'),
        hashType: HASH_TYPE,
        language: phoneLanguage(language, phone),
        ...displayed(towards[language]),
      },
      begun,
      until: begun + CALL_LIFE,
    }
    return wait(state as unknown as Json)
  }

  async function conclude({ scheme, request }: State, heard: Heard): Promise<Step> {
    if ('failed' in heard) return refused(httpCode(heard.failed), heard.failed)
    const { status } = heard
    const { result = '' } = status
    // What nobody knows may be anything: it is not written down.
    if (result !== 'OK') return refused(endedCode(result), isFailure(result) ? result : 'unknown-result')
    const { hash: sent, hashType, nationalIdentityNumber: code } = request
    const verdict = await judgeAnswer(status, { scheme, code, hash: sent, hashType }, answers)
    if (!verdict.ok) return refused(wordCode(verdict.word), verdict.word, verdict.reason)
    return { step: 'proved', proof: verdict.proof }
  }

  return {
    id: 'mobile-id',
    assurance: 'high',
    available,
    away: 'PRT-1718',
    begin: async () => ask(),
    // A form that is sent anew begins anew, where its phone is not being asked already (`begun`).
    recalls: (fields) => fields.person_code === undefined,
    async resume(kept, input) {
      if (kept === null) return input.fields.person_code === undefined ? ask() : submitted(input)
      const state = kept as unknown as State
      const heard = await calls.attend(state)
      if (heard === 'running') return wait(kept)
      calls.forget(state)
      return heard === 'over' ? refused('PRT-1703', 'no-answer') : conclude(state, heard)
    },
    begun(kept, { fields }) {
      const state = kept as unknown as State
      const { scheme, person } = personIn(fields)
      const { phoneNumber, nationalIdentityNumber } = state.request
      const same =
        scheme === state.scheme &&
        person?.ok === true &&
        person.code === nationalIdentityNumber &&
        parsePhoneNumber(fields.phone ?? '', scheme) === phoneNumber
      return same && clock.now() < state.until ? wait(kept) : undefined
    },
    async look(kept) {
      return { come: (await calls.look(kept as unknown as State)) !== 'running' }
    },
    abandon: (kept) => calls.hangUp(kept as unknown as State),
  }
}

/** How soon a page without our script comes anew, in milliseconds. */
const AGAIN = 3_000

/** @param kept handed back as it is: a page that only looks has nothing to write. */
function wait(kept: Json): Step {
  const { begun, until, request } = kept as unknown as State
  const code = verificationCode(Buffer.from(request.hash, 'base64'))
  const show = { begun, until, code } satisfies Show
  return { step: 'wait', form: FORM, show, again: begun + AGAIN, state: kept }
}

const ask = (trouble?: Refusal, note?: Note): Step => ({
  step: 'ask',
  form: FORM,
  state: null,
  ...(trouble && { trouble }),
  ...(note && { note }),
})

/** Nothing was tried: the form again. */
const slip = (trouble: Refusal): Step => ask(trouble, { unrecorded: true })

const refused = (code: TroubleCode, because: string, reason?: Refusal['reason']): Step => ({
  step: 'refused',
  refusal: { code, ...(reason && { reason }) },
  note: { because },
})
