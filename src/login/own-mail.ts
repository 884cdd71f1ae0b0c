import { plainDigits } from '../identity/digits.ts'
import type { Json } from '../identity/json.ts'
import type { Language } from '../identity/language.ts'
import { maskMailAddress, parseMailAddress } from '../identity/mail-address.ts'
import type { Queue } from '../jobs/queue.ts'
import type { Guard, Try } from '../methods/guard.ts'
import type { Refusal } from '../methods/method.ts'
import type { Prompts } from '../methods/prompts.ts'
import type { Codes, Kept } from '../methods/sms-code/codes.ts'
import { LIFE } from '../methods/sms-code/codes.ts'
import type { MailAddresses } from '../persons/mail-addresses.ts'
import type { CodeMail } from '../persons/mail-notices.ts'
import { MAIL } from '../persons/notices.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Artifacts } from '../sessions/artifacts.ts'
import type { Owner } from './own-means.ts'

// A citizen says where they are written to: a code goes there, and typed back it puts the address in force. Until then the
// former one stays, and it is the former one that hears of the change. No more codes are sent than to telephones, so that
// nobody has strangers' mailboxes filled.

/** What is asked for how long, so that another code is sent a minute after the last (login's prompts). */
export const MAIL_BELL = { shared: 'mail-code', life: 60_000 } as const

const LIFE_SECONDS = 15 * 60

export interface OwnMail {
  /** What is in force, as its owner knows it. */
  now(owner: Owner): Promise<string | undefined>
  /** A code is on its way to this address. */
  underWay(owner: Owner): Promise<string | undefined>
  send(owner: Owner, typed: string, language: Language): Promise<Refusal | undefined>
  /** `over`: that code opens nothing any more. */
  confirm(owner: Owner, typed: string): Promise<{ readonly refusal: Refusal; readonly over: boolean } | undefined>
  /** The address was the wrong one. */
  forget(owner: Owner): Promise<void>
  remove(owner: Owner): Promise<boolean>
}

export interface Needs {
  readonly db: Db
  readonly addresses: MailAddresses
  readonly queue: Pick<Queue, 'put'>
  readonly codes: Codes
  readonly prompts: Prompts
  readonly guard: Guard
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'remove'>
}

interface Waiting {
  readonly person: string
  readonly address: string
  readonly kept: Kept
}

export function openOwnMail({ db, addresses, queue, codes, prompts, guard, artifacts }: Needs): OwnMail {
  const place = ({ session }: Owner): string => `own-mail|${session}`

  async function waiting(owner: Owner): Promise<Waiting | undefined> {
    const found = (await artifacts.get('attempt', place(owner)))?.value as Waiting | undefined
    return found?.person === owner.person.key ? found : undefined
  }
  const forget = (owner: Owner): Promise<void> => artifacts.remove('attempt', place(owner))
  const masked = (address: string | undefined) => address && maskMailAddress(address)

  return {
    forget,
    now: async ({ person }) => masked((await addresses.find(db, person.key))?.address),
    underWay: async (owner) => masked((await waiting(owner))?.address),
    async send(owner, typed, language) {
      const address = parseMailAddress(typed)
      if (address === undefined) return { code: 'PRT-2230', field: 'address' }
      const { person, source } = owner
      for (const subject of [`mail|${person.key}`, `mail|${address.toLowerCase()}`]) {
        const rung = await prompts.begin({ subject, source })
        if (rung.ok) continue
        const { code, values } = rung.refusal
        return { code: code === 'PRT-1005' ? code : 'PRT-2233', ...(values && { values }) }
      }
      const { digits, kept } = codes.make()
      const mail: CodeMail = { to: address, person: person.key, code: digits, until: kept.sent + LIFE, language }
      const job = { kind: MAIL, destination: 'smtp', person: person.key, about: 'address-code' }
      await queue.put(db, { ...job, payload: mail as unknown as Json })
      const value: Waiting = { person: person.key, address, kept }
      await artifacts.put('attempt', place(owner), value as unknown as Json, LIFE_SECONDS)
      return undefined
    },
    async confirm(owner, typed) {
      const had = await waiting(owner)
      if (!had) return { refusal: { code: 'PRT-2222' }, over: true }
      const digits = plainDigits(typed)
      if (!/^\d{6}$/.test(digits)) return { refusal: { code: 'PRT-2231', field: 'code' }, over: false }
      const { person, source, request } = owner
      const attempt: Try = { subject: `mail|${person.key}`, source }
      const spent = await guard.spend(attempt)
      if (!spent.ok) return { refusal: spent.refusal, over: false }
      const checked = await codes.check(had.kept, digits)
      if (checked === 'over') {
        await forget(owner)
        return { refusal: { code: 'PRT-2232' }, over: true }
      }
      if (checked === 'wrong') {
        const { values } = spent.otherwise
        return { refusal: { code: 'PRT-2231', field: 'code', ...(values && { values }) }, over: false }
      }
      await guard.giveBack(attempt)
      await transaction(db, async (tx) => {
        const actor = { kind: 'citizen', person: person.key } as const
        await addresses.confirm(tx, person.key, had.address, { actor, request })
        await guard.succeed(tx, attempt)
      })
      await forget(owner)
      return undefined
    },
    remove: ({ person, request }) =>
      transaction(db, (tx) =>
        addresses.remove(tx, person.key, { actor: { kind: 'citizen', person: person.key }, request }),
      ),
  }
}
