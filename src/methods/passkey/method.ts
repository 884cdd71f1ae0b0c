import { hash } from 'node:crypto'
import { type Assurance, atLeast } from '../../identity/assurance.ts'
import type { Json } from '../../identity/json.ts'
import type { TroubleCode } from '../../identity/trouble.ts'
import { validIdentifiers } from '../../persons/in-force.ts'
import type { Persons } from '../../persons/person.ts'
import { atOnce } from '../../platform/at-once.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Method, MethodInput, Note, Step } from '../method.ts'
import type { Ceremony } from './ceremony.ts'
import { QUESTION_LIFE } from './enrolment.ts'
import { levelOf } from './means.ts'
import type { Held, Passkeys } from './passkeys.ts'
import { PASSKEY_REFUSALS, type PasskeyRefusal } from './refusals.ts'

// Signing in with a passkey: nobody types who they are, the key says it. The question is of one interaction, which only
// the browser that began it can reach; the first who answers it uses it up, right or wrong. A key that is unknown, was
// removed or is another person's gets one answer. `substantial`; `high` where a desk saw a key made that can't leave
// its device, which two operators had allowed.

const FORM = 'passkey'
/** For a marker, nodes' clocks may differ by so much. */
const SKEW_SECONDS = 60

export interface Needs {
  readonly db: Db
  readonly ceremony: Ceremony
  readonly passkeys: Pick<Passkeys, 'find' | 'use'>
  readonly persons: Pick<Persons, 'get'>
  readonly artifacts: Pick<Artifacts, 'once'>
  readonly clock: Clock
  readonly random: Random
}

/** What the page needs. */
export interface PasskeyShow {
  /** PublicKeyCredentialRequestOptionsJSON. */
  readonly options: Json
  /** For how many milliseconds the question is good. */
  readonly life: number
}

interface State {
  /** base64url, 256 bits. */
  readonly challenge: string
  /** Epoch milliseconds. */
  readonly until: number
}

export function openPasskey({ db, ceremony, passkeys, persons, artifacts, clock, random }: Needs): Method {
  function ask(code?: TroubleCode, note?: Note): Step {
    const challenge = random.bytes(32).toString('base64url')
    const show = { options: ceremony.requestOptions(challenge), life: QUESTION_LIFE } satisfies PasskeyShow
    const state = { challenge, until: clock.now() + QUESTION_LIFE } satisfies State
    return { step: 'ask', form: FORM, show, state, ...(code && { trouble: { code } }), ...(note && { note }) }
  }

  const again = (because: PasskeyRefusal, whose?: Held): Step =>
    ask(PASSKEY_REFUSALS[because].trouble, { because, ...(whose && { person: whose.person }) })

  /** @returns the challenge to the first who answers within its life, whatever comes of it then. */
  async function take(state: State | null): Promise<string | undefined> {
    if (!state) return undefined
    const first = await artifacts.once(`passkey question ${state.challenge}`, QUESTION_LIFE / 1000 + SKEW_SECONDS)
    return first && clock.now() <= state.until ? state.challenge : undefined
  }

  async function answered(state: State | null, answer: string, need: Assurance): Promise<Step> {
    const challenge = await take(state)
    if (challenge === undefined) return again('unknown-question')
    const named = ceremony.named(answer)
    if (!named) return again('malformed')
    const held = await passkeys.find(db, named.id)
    if (!held) return again('unknown')
    // Found without a list of ours, the key must say whose it is (WebAuthn §7.2, 6).
    if (!named.handle?.equals(held.handle)) return again('other-holder', held)
    const key = { id: named.id, publicKey: held.publicKey, deviceBound: held.deviceBound }
    const checked = await ceremony.asserted(answer, challenge, key)
    if (!checked.ok) return again(checked.because, held)
    return stepAfter(held, { id: named.id, counter: checked.counter, backedUp: checked.backedUp }, need, challenge)
  }

  async function stepAfter(
    held: Held,
    use: Parameters<Passkeys['use']>[0],
    need: Assurance,
    challenge: string,
  ): Promise<Step> {
    const about = { person: held.person }
    const assurance = levelOf(held)
    // Told as what it is: another key of theirs may do.
    if (!atLeast(assurance, need)) return { step: 'refused', refusal: { code: 'PRT-2105' }, note: about }
    const known = await persons.get(db, held.person)
    const [first, ...others] = known ? validIdentifiers(known, clock.now()) : []
    if (!known || !first) return { step: 'refused', refusal: { code: 'PRT-1102' }, note: about }
    const seen = ['passkey', held.id, challenge, use.counter].join('|')
    return {
      step: 'proved',
      proof: {
        method: 'passkey',
        scheme: first.scheme,
        code: first.code,
        ...(others.length > 0 && { orElse: others.map(({ scheme, code }) => ({ scheme, code })) }),
        assurance,
        // RFC 8176 §2: possession of a key, in hardware where it can't leave it; a person was there, and was verified.
        amr: [held.deviceBound ? 'hwk' : 'swk', 'user', 'mfa'],
        evidence: hash('sha256', seen, 'base64url'),
      },
      atOnce: { known, when: passkeys.use(use), acts: [] },
      async settle(tx) {
        const counted = await atOnce(tx, { when: [passkeys.use(use)], acts: [] })
        return counted ? undefined : again('counted-back', held)
      },
    }
  }

  return {
    id: 'passkey',
    assurance: 'high',
    begin: async () => ask(),
    async resume(kept: Json, { fields, need }: MethodInput): Promise<Step> {
      const state = kept as unknown as State | null
      return fields.answer ? answered(state, fields.answer, need) : ask('PRT-2104', { unrecorded: true })
    },
  }
}
