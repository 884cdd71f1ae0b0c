import { plainDigits } from '../../identity/digits.ts'
import type { Json } from '../../identity/json.ts'
import type { Language, Words } from '../../identity/language.ts'
import { parsePhoneNumber } from '../../identity/phone-number.ts'
import type { Db } from '../../platform/db.ts'
import type { Guard, Try } from '../guard.ts'
import type { Refusal } from '../method.ts'
import type { Prompts } from '../prompts.ts'
import { type Codes, type Kept, LIFE } from './codes.ts'
import type { SmsGateway } from './gateway.ts'
import { codeMessage, type MessageWords } from './message.ts'

// A citizen who wants a telephone enrolled proves that it is in their hand: a code goes to it, and they type it back.
// Sends no more than a sign-in may: by the number, so that nobody has strangers' telephones ring, and by the person.

export interface Proving {
  /** The person's key. */
  readonly subject: string
  readonly source: string
  readonly browser?: string | undefined
  readonly language: Language
  /** What the message says that the code is for. */
  readonly towards: Words
}

export interface NumberProof {
  /** @returns `state` for `confirm`, to be kept where only this person's browser gets at it; times in epoch milliseconds. */
  begin(
    typed: string,
    proving: Proving,
  ): Promise<
    | { readonly ok: true; readonly state: Json; readonly number: string; readonly until: number }
    | { readonly ok: false; readonly refusal: Refusal }
  >
  /**
   * Counted before it is compared. `number`: E.164, to be enrolled now.
   * `over`: this code opens nothing any more; another must be asked for.
   */
  confirm(
    state: Json,
    typed: string,
    proving: Proving,
  ): Promise<
    | {
        readonly ok: true
        readonly number: string
        /** In the transaction that enrols it: the tries are forgotten. */
        succeed(tx: Db): Promise<void>
      }
    | { readonly ok: false; readonly refusal: Refusal; readonly over: boolean }
  >
}

export interface Needs {
  readonly gateway: Pick<SmsGateway, 'serves' | 'soon' | 'available'>
  readonly codes: Codes
  readonly prompts: Prompts
  readonly guard: Guard
  readonly words: (language: Language) => MessageWords
  /** The scheme whose country a number without a prefix belongs to. */
  readonly home: string
  readonly host: string
}

interface Underway {
  readonly number: string
  readonly subject: string
  readonly kept: Kept
}

export function openNumberProof({ gateway, codes, prompts, guard, words, home, host }: Needs): NumberProof {
  return {
    async begin(typed, { subject, source, language, towards }) {
      const number = parsePhoneNumber(typed, home)
      if (number === undefined || !gateway.serves(number)) return refused({ code: 'PRT-1906', field: 'phone' })
      if (!gateway.available()) return refused({ code: 'PRT-1904' })
      for (const rings of [`person|${subject}`, number]) {
        const rung = await prompts.begin({ subject: rings, source })
        if (rung.ok) continue
        const { code, values } = rung.refusal
        return refused({ code: code === 'PRT-1005' ? code : 'PRT-1903', ...(values && { values }) })
      }
      const { digits, kept } = codes.make()
      const until = kept.sent + LIFE
      const text = codeMessage(words(language), { code: digits, towards, language, host })
      gateway.soon({ to: number, text, language, purpose: 'code', expires: new Date(until).toISOString() })
      const state: Underway = { number, subject, kept }
      return { ok: true, state: state as unknown as Json, number, until }
    },
    async confirm(state, typed, { subject, source, browser }) {
      const underway = state as unknown as Underway | null
      if (underway?.subject !== subject) return { ...refused({ code: 'PRT-1902' }), over: true }
      const digits = plainDigits(typed)
      if (!/^\d{6}$/.test(digits)) return { ...refused({ code: 'PRT-1905', field: 'code' }), over: false }
      const attempt: Try = { subject: `number|${subject}`, source, browser }
      const spent = await guard.spend(attempt)
      if (!spent.ok) return { ...refused(spent.refusal), over: false }
      const checked = await codes.check(underway.kept, digits)
      if (checked === 'over') return { ...refused({ code: 'PRT-1902', field: 'code' }), over: true }
      if (checked === 'right') {
        await guard.giveBack(attempt)
        return { ok: true, number: underway.number, succeed: (tx) => guard.succeed(tx, attempt) }
      }
      const { values } = spent.otherwise
      return { ...refused({ code: 'PRT-1901', field: 'code', ...(values && { values }) }), over: false }
    },
  }
}

const refused = (refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal })
