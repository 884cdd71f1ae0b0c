import type { MethodId, PersonKey } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { Words } from '../identity/language.ts'
import type { Queue } from '../jobs/queue.ts'
import type { Kind } from '../jobs/worker.ts'
import type { Part } from '../platform/at-once.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { OwnLinks } from './own-links.ts'

// Each change of what somebody signs in with, and each sign-in from a browser they never used, is told on channels of
// theirs: the address they confirmed and the telephone that is enrolled, the former one when the channel itself changes.
// What is told commits with its cause; it is sent from the queue. What happened stays readable in the audit and on their
// own page, with or without a channel.

export type NoticeKind =
  | 'means-added'
  | 'means-removed'
  | 'recovered'
  | 'wiped'
  | 'method-blocked'
  | 'method-opened'
  | 'address-changed'
  | 'address-removed'
  | 'new-device'

export interface Notice {
  readonly kind: NoticeKind
  /** A method's id or `pin`; several with commas. Absent where no means is concerned. */
  readonly method?: string
  /** The channel that changed itself, or by which they know already: nothing goes there. */
  readonly except?: MethodId | 'mail'
  /** Of a sign-in: epoch seconds, the browser, the city. */
  readonly signIn?: { readonly at: number; readonly device?: string; readonly place?: Words }
}

export interface Notices {
  /**
   * Before the change, in its transaction: then a telephone that is about to be replaced or taken away still hears of it.
   * The same of the same person is told once in a transaction, whoever says it first; and of somebody who begins anew
   * (`recovered`) not each means that goes.
   */
  tell(tx: Db, person: PersonKey, notice: Notice): Promise<void>
  /** The same as parts of another statement, for a cause that has no time to look for channels: done from the queue. */
  parts(person: PersonKey, notice: Notice): readonly Part[]
  /** Does for `parts` what was put off. */
  readonly putOff: Kind
}

/** What the queue holds of an announcement. */
export interface Announcement {
  readonly to: string
  readonly person: PersonKey
  readonly kind: NoticeKind
  readonly method?: string
  /** When it happened, epoch milliseconds. */
  readonly at: number
  readonly device?: string
  readonly place?: Words
  /** Ends the address at which the person says that it was not them. */
  readonly link?: string
}

/** What the link of a notice is about. */
export type Told = Omit<Announcement, 'to' | 'link' | 'person'> & { readonly signIn?: number }

export const ANNOUNCEMENT = 'announcement'
export const MAIL = 'mail'
export const NOTICE = 'notice'
const [GATEWAY, SMTP] = ['sms-gateway', 'smtp']

/** The person did nothing for it and can undo nothing. */
const WITHOUT_LINK: readonly NoticeKind[] = ['wiped']

export interface Needs {
  readonly db: Db
  readonly queue: Queue
  readonly links: Pick<OwnLinks, 'make'>
  readonly clock: Clock
  /** Which channels this service has; with none, things are told by the audit and the own page alone. */
  readonly channels: { readonly sms: boolean; readonly mail: boolean }
  /** E.164. */
  readonly phoneOf: (db: Db, person: PersonKey) => Promise<string | undefined>
  readonly mailOf: (tx: Db, person: PersonKey) => Promise<{ readonly address: string } | undefined>
}

const SECOND = 1_000
const DAY = 86_400 * SECOND

export function openNotices({ db, queue, links, clock, channels, phoneOf, mailOf }: Needs): Notices {
  // A transaction is an object of its own; with it goes what was told in it.
  const told = new WeakMap<Db, Set<string>>()

  function isNew(tx: Db, person: PersonKey, { kind, method }: Notice): boolean {
    if (tx.isTransaction !== true) return true
    const before = told.get(tx) ?? new Set<string>()
    told.set(tx, before)
    const said = `${person}|${kind}|${method}`
    const all = `${person}|recovered`
    if (before.has(said) || before.has(all)) return false
    before.add(said)
    if (kind === 'recovered') before.add(all)
    return true
  }

  async function tell(tx: Db, person: PersonKey, notice: Notice): Promise<void> {
    const { kind, method, except, signIn } = notice
    if (!(channels.sms || channels.mail) || !isNew(tx, person, notice)) return
    const mail = channels.mail && except !== 'mail' ? (await mailOf(tx, person))?.address : undefined
    // Messages cost money: of a new browser, which is no change yet, whoever reads mail is told by mail alone.
    const calls = channels.sms && except !== 'sms-code' && !(kind === 'new-device' && mail !== undefined)
    const phone = calls ? await phoneOf(tx, person) : undefined
    if (mail === undefined && phone === undefined) return
    const about: Told = {
      kind,
      at: signIn ? signIn.at * SECOND : clock.now(),
      ...(method !== undefined && { method }),
      ...(signIn?.device !== undefined && { device: signIn.device }),
      ...(signIn?.place && { place: signIn.place }),
      ...(signIn && { signIn: signIn.at }),
    }
    const link = WITHOUT_LINK.includes(kind) ? undefined : await links.make(tx, person, asJson(about))
    const payload = (to: string): Json => asJson({ ...about, to, person, ...(link !== undefined && { link }) })
    const common = { person, about: kind }
    await queue.putAll(tx, [
      ...(mail === undefined ? [] : [{ ...common, kind: MAIL, destination: SMTP, payload: payload(mail) }]),
      ...(phone === undefined
        ? []
        : [{ ...common, kind: ANNOUNCEMENT, destination: GATEWAY, payload: payload(phone) }]),
    ])
  }

  /** Whether there is a channel of theirs at all: nothing is put into the queue for those who have none. */
  const ONLY = [
    ...(channels.mail ? ['exists (select from mail_address where person = ?)'] : []),
    ...(channels.sms
      ? ["exists (select from credential where person = ? and method = 'sms-code' and state = 'active')"]
      : []),
  ]

  const putOff = ONLY.length > 0 && queue.part(`(${ONLY.join(' or ')})`)

  return {
    tell,
    parts(person, notice) {
      if (!putOff) return []
      const job = { kind: NOTICE, destination: 'here', payload: asJson({ person, notice }) }
      return [
        putOff(
          job,
          ONLY.map(() => person),
        ),
      ]
    },
    putOff: {
      name: NOTICE,
      waits: [SECOND, 10 * SECOND, 60 * SECOND, 600 * SECOND],
      keep: DAY,
      async attempt({ payload }) {
        const { person, notice } = payload as unknown as { person: PersonKey; notice: Notice }
        await transaction(db, (tx) => tell(tx, person, notice))
        return 'done'
      },
    },
  }
}

const asJson = (value: object): Json => value as unknown as Json
