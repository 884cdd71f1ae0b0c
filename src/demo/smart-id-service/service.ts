import { hash } from 'node:crypto'
import type { Config } from '../../config.ts'
import type { Words } from '../../identity/language.ts'
import type { SessionStatus } from '../../methods/smart-id/wire.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Phones } from '../phones/phones.ts'
import type { Account, Accounts } from './accounts.ts'
import { ENDINGS, type Ending, FORGERIES, type Forgery, isEnding, isForgery, type Order } from './orders.ts'
import { PUBLISHED, type Published } from './published.ts'
import { callbackOf, openSessions, type Session, type Sessions, shownOf, type Taken } from './sessions.ts'
import { openSigning } from './signing.ts'

// The demonstration's Smart-ID: the provider's service and everybody's app. Shares the names on the wire with the real
// client and nothing else, so that neither can hide the other's mistakes. Owns what people and scripts can make of a
// session; its HTTP side is routes.ts.

/** What the real client is told. */
export type SmartIdSettings = NonNullable<Config['smartId']>

export interface Person extends Account {
  /** E.164 */
  readonly phone: string
}

export interface SmartIdService {
  readonly sessions: Sessions
  readonly people: readonly Person[]
  /** What the real client is told, where the service stands at this origin. */
  settings(origin: string): SmartIdSettings
  /** How many sessions were opened so far. */
  opened(): number
  count(): void
  /** For the next so many times, or until told otherwise; undefined: as it should again. */
  order(order: Order | undefined, times?: number): void
  /** What is ordered, used up once. @param fits only of that kind. */
  ordered<Kind extends Order>(fits: (order: string) => order is Kind): Kind | undefined
  /** Somebody's app takes up a link. */
  take(link: string, account: Account): Taken
  /** Somebody's app is looking at the screen. */
  scan(session: Session, account: Account): Taken
  /** Its holder answers. @returns where the app sends the browser, of apps on the same device. */
  answer(session: Session, account: Account, how: 'confirm' | 'refuse', picked?: string): Promise<string | undefined>
  /** A notification for whoever this is. @returns false: no account. */
  notify(session: Session, scheme: string, code: string): boolean
  /** The telephone rings, and its holder answers there. */
  ring(session: Session, person: Person): void
  account(document: string): (Account & Partial<Published & Person>) | undefined
  close(): Promise<void>
}

export interface Needs {
  readonly people: readonly Person[]
  readonly phones: Phones
  readonly accounts: Accounts
  /** Where the service finds the demo's issuer. */
  readonly issuers: string
  readonly clock: Clock
  readonly random: Random
  readonly notification?: SmartIdSettings['notification']
  readonly closing?: () => Promise<void>
}

const RP = { uuid: '00000000-0000-4000-8000-000000000000', name: 'DEMO' }
const SCHEME = 'smart-id-demo'
export const NAME: Words = { th: 'Smart-ID', en: 'Smart-ID', et: 'Smart-ID' }

export function openSmartIdService(needs: Needs): SmartIdService {
  const { people, phones, accounts, issuers, clock, random, notification = 'off', closing } = needs
  const sessions = openSessions({ schemeName: SCHEME, clock, random })
  const signing = openSigning({ schemeName: SCHEME, accounts, random })
  const behaviours = new Map<string, Forgery | Ending>()
  let opened = 0
  let order: { readonly what: Order; left: number } | undefined

  const find = (document: string) =>
    people.find((one) => one.document === document) ?? PUBLISHED.find((one) => one.document === document)

  phones.hang({
    id: 'smart-id',
    label: NAME,
    options: ['OK', ...ENDINGS, ...FORGERIES].map((id) => ({ id, label: { th: id, en: id, et: id } })),
    get: (phone) => behaviours.get(phone) ?? 'OK',
    set(phone, option) {
      if (isEnding(option) || isForgery(option)) behaviours.set(phone, option)
      else behaviours.delete(phone)
    },
  })

  phones.install({
    id: 'smart-id',
    label: { th: 'สแกนด้วย Smart-ID', en: 'Scan with Smart-ID', et: 'Skanni Smart-ID-ga' },
    href: (owner) => `/smart-id-rp/app?document=${people.find(({ phone }) => phone === owner.phone)?.document ?? ''}`,
  })

  function ordered<Kind extends Order>(fits: (order: string) => order is Kind): Kind | undefined {
    const what = order?.what
    if (!order || what === undefined || !fits(what)) return undefined
    order.left -= 1
    if (order.left <= 0) order = undefined
    return what
  }

  const ended = (endResult: string, interaction?: string): SessionStatus => ({
    state: 'COMPLETE',
    result: { endResult, ...(interaction !== undefined && { details: { interaction } }) },
  })

  async function answer(
    session: Session,
    account: Account,
    how: 'confirm' | 'refuse',
    picked?: string,
  ): Promise<string | undefined> {
    const behaviour = ordered(isAnswer) ?? behaviours.get((account as Partial<Person>).phone ?? '')
    if (how === 'refuse') sessions.end(session, ended('USER_REFUSED'))
    else if (behaviour !== undefined && isEnding(behaviour))
      sessions.end(
        session,
        ended(behaviour, behaviour === 'USER_REFUSED_INTERACTION' ? shownOf(session).type : undefined),
      )
    else if (picked !== undefined && picked !== codeOf(session)) sessions.end(session, ended('WRONG_VC'))
    else {
      const { status, verifier } = await signing.confirm(session, account, behaviour)
      sessions.end(session, status)
      return session.flow === 'QR' || session.flow === 'Notification'
        ? undefined
        : returning(session, verifier, behaviour)
    }
    return session.flow === 'QR' || session.flow === 'Notification' ? undefined : returning(session, '', 'no-members')
  }

  function returning(session: Session, verifier: string, behaviour?: Forgery): string {
    if (behaviour === 'no-members') return session.request.initialCallbackUrl ?? ''
    const url = callbackOf(session, verifier)
    return behaviour === 'another-secret'
      ? url.replace(/sessionSecretDigest=[\w-]{43}/, `sessionSecretDigest=${random.token(256)}`)
      : url
  }

  function ring(session: Session, person: Person): void {
    const { displayText60, displayText200, type } = shownOf(session)
    phones.ring(person.phone, {
      by: NAME,
      text: displayText200 ?? displayText60,
      pin: true,
      ...(type === 'confirmationMessageAndVerificationCodeChoice' && { codes: codesAround(session) }),
      answer: (how, picked) => void answer(session, person, how, picked),
    })
  }

  /** The right one among two others, in the order of their numbers. */
  function codesAround(session: Session): string[] {
    const right = codeOf(session)
    const others = new Set<string>()
    while (others.size < 2) {
      const other = random.digits(4)
      if (other !== right) others.add(other)
    }
    return [right, ...others].toSorted()
  }

  return {
    sessions,
    people,
    settings: (origin) => ({
      address: `${origin}/smart-id-rp/v3`,
      rpUuid: RP.uuid,
      rpName: RP.name,
      issuers,
      serverKeys: [],
      scheme: SCHEME,
      level: 'QUALIFIED',
      hash: 'SHA-512',
      notification,
    }),
    opened: () => opened,
    count: () => void opened++,
    order(what, times = Number.POSITIVE_INFINITY) {
      order = what && { what, left: times }
    },
    ordered,
    take(link, account) {
      const taken = sessions.take(link)
      return taken.ok && !find(account.document) ? { ok: false, because: 'unknown' } : taken
    },
    scan(session) {
      if (session.flow !== undefined || session.status.state === 'COMPLETE') return { ok: false, because: 'over' }
      session.flow = 'QR'
      return { ok: true, session, type: 'QR' }
    },
    answer,
    notify(session, scheme, code) {
      const published = PUBLISHED.find((one) => one.scheme === scheme && one.code === code)
      if (published?.ends) sessions.end(session, ended(published.ends, published.interaction))
      else if (published) void answer(session, published, 'confirm')
      const person = people.find((one) => one.scheme === scheme && one.code === code)
      if (person) ring(session, person)
      return published !== undefined || person !== undefined
    },
    ring,
    account: find,
    async close() {
      sessions.close()
      await closing?.()
    },
  }
}

export const isRelyingParty = (uuid: string, name: string): boolean => uuid === RP.uuid && name === RP.name

const isAnswer = (order: string): order is Forgery | Ending => isForgery(order) || isEnding(order)

/** The four digits: the last two bytes of the challenge's SHA-256, as a number, modulo ten thousand. */
function codeOf({ request }: Session): string {
  const digest = hash('sha256', Buffer.from(request.signatureProtocolParameters.rpChallenge, 'base64'), 'hex')
  return String(Number.parseInt(digest.slice(-4), 16) % 10_000).padStart(4, '0')
}
