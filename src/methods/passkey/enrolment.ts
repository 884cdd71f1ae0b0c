import type { AuditLog } from '../../audit/log.ts'
import { type Assurance, atLeast } from '../../identity/assurance.ts'
import type { PersonKey, RequestId } from '../../identity/identifiers.ts'
import type { Json } from '../../identity/json.ts'
import { maskPersonId } from '../../identity/person-id.ts'
import type { TroubleCode } from '../../identity/trouble.ts'
import type { Notices } from '../../persons/notices.ts'
import type { Person } from '../../persons/person.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Ceremony } from './ceremony.ts'
import type { Passkey, Passkeys } from './passkeys.ts'
import { PASSKEY_REFUSALS, type PasskeyRefusal } from './refusals.ts'

// Making a passkey: who may, and a question that is answered once. A citizen who has just signed in at `high` makes one
// for themselves; at a desk two operators let one be made before their eyes. Owns the question's life; the page is the
// caller's (the citizen's own page, or the desk's), who brings the answer in the transaction in which it is kept.

/** Milliseconds: to find the key and touch it. */
export const QUESTION_LIFE = 5 * 60_000
/** How old the sign-in may be that allows a change of means. */
const FRESH = 5 * 60_000
const SKEW_SECONDS = 60
/** More than anybody has devices; a list without an end would stand in every page. */
const MOST = 20

/** By what right: the sign-in of this very browser, or an approved request of two operators. */
export type Allowance =
  /** `at`: epoch milliseconds. */
  | { readonly by: 'sign-in'; readonly acr: Assurance; readonly at: number }
  | { readonly by: 'desk'; readonly operatorRequest: string }

export type Begun =
  /** For `navigator.credentials.create`: PublicKeyCredentialCreationOptionsJSON. */
  { readonly ok: true; readonly options: Json } | { readonly ok: false; readonly code: 'PRT-1103' | 'PRT-2108' }

export type Finished =
  | { readonly ok: true; readonly passkey: Passkey }
  /** On record already, with its reason. */
  | { readonly ok: false; readonly code: TroubleCode; readonly because?: PasskeyRefusal }

export interface Enrolment {
  /** PRT-1103: the sign-in was not at `high`, or is older than five minutes. PRT-2108: they have twenty already. */
  begin(db: Db, person: Person, allowance: Allowance): Promise<Begun>
  /** Uses the question up, whatever comes of it; what is made is announced to the person, what isn't goes on record. PRT-2102, 2103, 2104, 2107, 2109. */
  finish(tx: Db, person: PersonKey, answer: Answered): Promise<Finished>
}

export interface Answered {
  /** JSON as the browser's `toJSON` made it. */
  readonly answer: string
  /** What its owner calls it. */
  readonly name: string
  readonly request?: RequestId | undefined
}

export interface Needs {
  readonly ceremony: Ceremony
  readonly passkeys: Pick<Passkeys, 'handleOf' | 'list' | 'add'>
  readonly artifacts: Pick<Artifacts, 'put' | 'get' | 'consume'>
  readonly notices: Pick<Notices, 'tell'>
  readonly audit: AuditLog
  readonly clock: Clock
  readonly random: Random
}

interface Question {
  readonly person: string
  /** Epoch milliseconds. */
  readonly until: number
  readonly operatorRequest?: string
}

export function openEnrolment({ ceremony, passkeys, artifacts, notices, audit, clock, random }: Needs): Enrolment {
  /** @returns the question to the first who answers it, in its life. */
  async function take(challenge: string): Promise<Question | undefined> {
    const found = await artifacts.get('passkey-question', challenge)
    if (!found) return undefined
    const now = clock.now()
    const first = await artifacts.consume('passkey-question', challenge, Math.floor(now / 1000), SKEW_SECONDS)
    const question = found.value as unknown as Question
    return first === 'consumed' && now <= question.until ? question : undefined
  }

  async function finish(tx: Db, person: PersonKey, { answer, name, request }: Answered): Promise<Finished> {
    if (answer === '') return { ok: false, code: 'PRT-2104' }
    const challenge = ceremony.named(answer)?.challenge
    if (challenge === undefined) return refused('malformed')
    const question = await take(challenge)
    // Another person's question was stolen or mixed up; it is spent either way.
    if (question?.person !== person) return refused('unknown-question')
    const checked = await ceremony.registered(answer, challenge)
    if (!checked.ok) return refused(checked.because)
    const passkey = await passkeys.add(tx, checked, {
      person,
      name,
      actor: { kind: 'citizen', person },
      request,
      deskRequest: question.operatorRequest,
    })
    if (!passkey) return { ok: false, code: 'PRT-2107' }
    await notices.tell(tx, person, { kind: 'means-added', method: 'passkey', except: 'passkey' })
    return { ok: true, passkey }
  }

  return {
    async begin(db, person, allowance) {
      const now = clock.now()
      const may = allowance.by === 'desk' || (atLeast(allowance.acr, 'high') && now - allowance.at <= FRESH)
      if (!may) return { ok: false, code: 'PRT-1103' }
      const have = await passkeys.list(db, person.key)
      if (have.length >= MOST) return { ok: false, code: 'PRT-2108' }
      const challenge = random.bytes(32).toString('base64url')
      const question = {
        person: person.key,
        until: now + QUESTION_LIFE,
        ...(allowance.by === 'desk' && { operatorRequest: allowance.operatorRequest }),
      } satisfies Question
      await artifacts.put('passkey-question', challenge, question, QUESTION_LIFE / 1000 + SKEW_SECONDS)
      return {
        ok: true,
        options: ceremony.creationOptions({
          challenge,
          handle: await passkeys.handleOf(db, person.key),
          ...shownBy(person),
          have: have.map(({ id }) => Buffer.from(id, 'base64url')),
        }),
      }
    },
    async finish(tx, person, answered) {
      const finished = await finish(tx, person, answered)
      if (finished.ok) return finished
      const { code, because } = finished
      await audit.append(tx, {
        type: 'credential.enrolment-refused',
        actor: { kind: 'citizen', person },
        person,
        ...(answered.request && { request: answered.request }),
        detail: { code, because, method: 'passkey' },
      })
      return finished
    },
  }
}

const refused = (because: PasskeyRefusal): Finished => ({ ok: false, code: PASSKEY_REFUSALS[because].trouble, because })

/** What the person's own device shows beside the key: their name, and so much of the code as tells two people apart. */
function shownBy({ names, identifiers }: Person): { name: string; displayName: string } {
  const { given, family, givenLatin, familyLatin } = names
  const full = [given ?? givenLatin, family ?? familyLatin].filter(Boolean).join(' ')
  const [first] = identifiers
  const masked = first ? maskPersonId(first.scheme, first.code) : ''
  return { name: masked || full, displayName: full || masked }
}
