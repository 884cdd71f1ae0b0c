import type { Json } from '../identity/json.ts'
import type { Language, Words } from '../identity/language.ts'
import type { Refusal } from '../methods/method.ts'
import type { Proving } from '../methods/sms-code/number-proof.ts'
import type { Credentials } from '../persons/credentials.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import { confirmedBy, type Owner } from './own-means.ts'

// A citizen adds their telephone: a code goes to it, and typed back it puts the number in force. Until then the former
// number stays, and it is the former number that hears of the change.

const LIFE_SECONDS = 15 * 60

/** A code is under way to a number. */
export interface UnderWay {
  /** The last digits, to know it again by. */
  readonly end: string
}

export interface OwnPhone {
  underWay(owner: Owner): Promise<UnderWay | undefined>
  send(owner: Owner, typed: string, page: Page): Promise<Refusal | undefined>
  /** `over`: that code opens nothing any more. */
  confirm(
    owner: Owner,
    typed: string,
    page: Page,
  ): Promise<{ readonly refusal: Refusal; readonly over: boolean } | undefined>
  /** The number was the wrong one. */
  forget(owner: Owner): Promise<void>
}

export interface Page {
  readonly language: Language
  /** What the message says that the code is for. */
  readonly towards: Words
}

export interface Needs {
  readonly db: Db
  readonly proof: Proof
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'remove'>
  /** Announces what is enrolled. */
  readonly credentials: Pick<Credentials, 'enrol'>
}

/** What methods/sms-code does: sends, counts, compares. */
export interface Proof {
  begin(
    typed: string,
    proving: Proving,
  ): Promise<
    | { readonly ok: true; readonly state: Json; readonly number: string }
    | { readonly ok: false; readonly refusal: Refusal }
  >
  confirm(
    state: Json,
    typed: string,
    proving: Proving,
  ): Promise<
    | { readonly ok: true; readonly number: string; succeed(tx: Db): Promise<void> }
    | { readonly ok: false; readonly refusal: Refusal; readonly over: boolean }
  >
}

interface Kept {
  readonly person: string
  readonly end: string
  readonly state: Json
}

export function openOwnPhone({ db, proof, artifacts, credentials }: Needs): OwnPhone {
  const place = ({ session }: Owner): string => `own-phone|${session}`
  const proving = ({ person, source }: Owner, page: Page): Proving => ({ subject: person.key, source, ...page })

  async function kept(owner: Owner): Promise<Kept | undefined> {
    const found = (await artifacts.get('attempt', place(owner)))?.value as Kept | undefined
    return found?.person === owner.person.key ? found : undefined
  }
  const forget = (owner: Owner): Promise<void> => artifacts.remove('attempt', place(owner))

  return {
    underWay: kept,
    forget,
    async send(owner, typed, page) {
      const begun = await proof.begin(typed, proving(owner, page))
      if (!begun.ok) return begun.refusal
      const value = { person: owner.person.key, end: begun.number.slice(-4), state: begun.state }
      await artifacts.put('attempt', place(owner), value, LIFE_SECONDS)
      return undefined
    },
    async confirm(owner, typed, page) {
      const had = await kept(owner)
      if (!had) return { refusal: { code: 'PRT-2222' }, over: true }
      const checked = await proof.confirm(had.state, typed, proving(owner, page))
      if (!checked.ok) {
        if (checked.over) await forget(owner)
        return checked
      }
      const { person, acr, request } = owner
      const one = { person: person.key, method: 'sms-code', secret: Buffer.from(checked.number) } as const
      const actor = { kind: 'citizen', person: person.key } as const
      await transaction(db, async (tx) => {
        await credentials.enrol(tx, one, actor, { request, confirmed: confirmedBy(acr) })
        await checked.succeed(tx)
      })
      await forget(owner)
      return undefined
    },
  }
}
