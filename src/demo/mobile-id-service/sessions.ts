import type { Words } from '../../identity/language.ts'
import type { AuthenticationRequest, SessionStatus } from '../../methods/mobile-id/wire.ts'
import { FAILURES } from '../../methods/mobile-id/wire.ts'
import { type Clock, pause } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Phones } from '../phones/phones.ts'
import { BEHAVIOURS, type Behaviour, isForged } from './behaviours.ts'
import { PUBLISHED } from './published.ts'
import { shown } from './requests.ts'
import type { Holder, Sims } from './sims.ts'
import { verificationNumber } from './verification-number.ts'

// The sessions of the demo's Mobile-ID: a telephone rings, its holder answers or doesn't, and whoever polls is told. The
// published test numbers answer by themselves.

export interface Sessions {
  /** @returns its id. */
  begin(request: AuthenticationRequest): string
  /** At the latest after `patience` ms; undefined for a session that is unknown or forgotten. A newer poll releases an older one. */
  poll(id: string, patience: number): Promise<SessionStatus | undefined>
  behaviourOf(phone: string): Behaviour
  set(phone: string, behaviour: Behaviour): void
  /** How many sessions were begun so far, how many wait for their holder now, and how many polls hang. */
  counts(): { readonly begun: number; readonly open: number; readonly polls: number }
  close(): void
}

export interface Needs {
  readonly phones: Phones
  readonly sims: Sims
  readonly clock: Clock
  readonly random: Random
}

/** The holder has two minutes, and the session is forgotten after five. Milliseconds. */
const ANSWER = 120_000
const FORGET = 300_000
const SLOW = 10_000

interface Session {
  readonly begunAt: number
  status: SessionStatus
  /** Ends when there is news. */
  readonly over: AbortController
  /** Of the poll that hangs. */
  released: AbortController
}

const BY: Words = { th: 'Mobile-ID บนซิม', en: 'Mobile-ID on the SIM card', et: 'Mobiil-ID SIM-kaardil' }

/** How it ends without anybody's doing. */
function endedBy(how: Behaviour, holder: Holder): { readonly result: string } | undefined {
  if (how === 'off') return { result: 'PHONE_ABSENT' }
  if ((FAILURES as readonly string[]).includes(how)) return { result: how }
  const outcome = PUBLISHED.find(({ phone }) => phone === holder.phone)?.outcome ?? 'OK'
  return how === 'at-once' && outcome !== 'OK' ? { result: outcome } : undefined
}

export function openSessions({ phones, sims, clock, random }: Needs): Sessions {
  const sessions = new Map<string, Session>()
  const behaviours = new Map<string, Behaviour>()
  const stopped = new AbortController()
  let [begun, polls] = [0, 0]

  function holderOf({ phoneNumber, nationalIdentityNumber }: AuthenticationRequest): Holder | undefined {
    const published = PUBLISHED.find(({ phone, code }) => phone === phoneNumber && code === nationalIdentityNumber)
    if (published) return published
    const owner = phones.find(phoneNumber)
    if (!owner || owner.code !== nationalIdentityNumber) return undefined
    return { ...owner, given: owner.given_name?.toUpperCase(), family: owner.family_name?.toUpperCase() }
  }

  const behaviourOf = (phone: string): Behaviour =>
    behaviours.get(phone) ?? (PUBLISHED.some((one) => one.phone === phone) ? 'at-once' : 'usual')

  function forgetOld(): void {
    for (const [id, { begunAt }] of sessions) if (begunAt + FORGET <= clock.now()) sessions.delete(id)
  }

  /** Makes its telephone ring, or answers in its stead. */
  async function ring(session: Session, request: AuthenticationRequest): Promise<void> {
    const holder = holderOf(request)
    if (!holder) return end(session, { result: 'NOT_MID_CLIENT' })
    const how = behaviourOf(holder.phone)
    const confirm = (): void => end(session, confirmed(holder, request, how))
    const ended = endedBy(how, holder)
    if (ended) return end(session, ended)
    if (how.startsWith('poll-')) return undefined
    if (how === 'at-once' || isForged(how)) return confirm()
    const quiet = phones.ring(holder.phone, {
      by: BY,
      text: [request.relyingPartyName, shown(request)].filter(Boolean).join(': '),
      code: verificationNumber(Buffer.from(request.hash, 'base64')),
      answer: (answer) => (answer === 'confirm' ? confirm() : end(session, { result: 'USER_CANCELLED' })),
    })
    const { signal } = session.over
    signal.addEventListener('abort', quiet)
    await pause(how === 'slow' ? SLOW : ANSWER, signal)
    return how === 'slow' ? confirm() : end(session, { result: 'TIMEOUT' })
  }

  function end(session: Session, status: Omit<SessionStatus, 'state'>): void {
    if (session.over.signal.aborted) return
    session.status = { state: 'COMPLETE', ...status }
    session.over.abort()
  }

  function confirmed(holder: Holder, { hash, hashType }: AuthenticationRequest, how: Behaviour) {
    const forged = isForged(how) ? how : undefined
    if (forged === 'unknown-result') return { result: 'SOMETHING_NEW' }
    return { result: 'OK', ...sims.sign(holder, Buffer.from(hash, 'base64'), hashType, forged) }
  }

  phones.hang({
    id: 'mobile-id',
    label: { th: 'Mobile-ID', en: 'Mobile-ID', et: 'Mobiil-ID' },
    options: BEHAVIOURS,
    get: behaviourOf,
    set: (phone, option) => void behaviours.set(phone, option as Behaviour),
  })

  return {
    behaviourOf,
    set: (phone, behaviour) => void behaviours.set(phone, behaviour),
    begin(request) {
      forgetOld()
      begun++
      const session: Session = {
        begunAt: clock.now(),
        status: { state: 'RUNNING' },
        over: new AbortController(),
        released: new AbortController(),
      }
      const id = random.uuid()
      sessions.set(id, session)
      stopped.signal.addEventListener('abort', () => session.over.abort())
      void ring(session, request)
      return id
    },
    async poll(id, patience) {
      forgetOld()
      const session = sessions.get(id)
      if (!session) return undefined
      session.released.abort()
      const mine = new AbortController()
      session.released = mine
      polls++
      await pause(patience, AbortSignal.any([mine.signal, session.over.signal]))
      polls--
      return session.status
    },
    counts: () => ({
      begun,
      open: [...sessions.values()].filter(({ over }) => !over.signal.aborted).length,
      polls,
    }),
    close: () => stopped.abort(),
  }
}
