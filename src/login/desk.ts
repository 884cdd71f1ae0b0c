import type { AuditLog } from '../audit/log.ts'
import { plainDigits } from '../identity/digits.ts'
import type { RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Guard } from '../methods/guard.ts'
import type { Refusal } from '../methods/method.ts'
import type { Enrolment } from '../methods/passkey/enrolment.ts'
import type { Passkey } from '../methods/passkey/passkeys.ts'
import type { OperatorRequest, Requests } from '../operators/requests.ts'
import type { Person, Persons } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import { standingOf } from './standing.ts'

// A desk: an officer's browser in which a citizen makes a passkey before the officer's eyes, after two operators said so.
// The code that the asking officer was given opens it once, in one browser, for 15 minutes after the other's approval.
// Guessing at codes is counted like a sign-in. Doesn't speak HTTP (web/desk does).

export interface Desk {
  /** PRT-2201, PRT-2202, PRT-1005. @returns what that browser holds from now on. */
  open(visit: DeskVisit, code: string): Promise<{ readonly ok: true; readonly browser: string } | Trouble>
  /** The question for the citizen's device. PRT-2203 where this browser opened nothing, or its time is over. */
  ask(visit: DeskVisit): Promise<{ readonly ok: true; readonly person: Person; readonly options: Json } | Trouble>
  /** Keeps what their device made, and the request is used up; what is wrong with an answer may be tried again. */
  keep(
    visit: DeskVisit,
    answered: { readonly answer: string; readonly name: string },
  ): Promise<{ readonly ok: true; readonly passkey: Passkey } | Trouble>
}

export interface DeskVisit {
  /** The number of the operators' request. */
  readonly operatorRequest: string
  /** What `open` gave this browser. */
  readonly browser?: string | undefined
  readonly source: string
  readonly request: RequestId
}

interface Trouble {
  readonly ok: false
  readonly trouble: Refusal
}

export interface Needs {
  readonly db: Db
  readonly requests: Pick<Requests, 'openDesk' | 'atDesk' | 'use'>
  readonly persons: Pick<Persons, 'get'>
  readonly enrolment: Enrolment
  /** The throttle of the factor `desk`. */
  readonly guard: Guard
  readonly audit: AuditLog
  readonly random: Random
}

class UsedMeanwhile extends Error {}

export function openDesk({ db, requests, persons, enrolment, guard, audit, random }: Needs): Desk {
  async function refuse(visit: DeskVisit, refusal: Refusal, { unrecorded }: { readonly unrecorded: boolean }) {
    if (!unrecorded)
      await audit.append(db, {
        type: 'desk.refused',
        actor: { kind: 'visitor' },
        request: visit.request,
        detail: { code: refusal.code, operatorRequest: visit.operatorRequest },
      })
    return { ok: false, trouble: refusal } as const
  }

  /** The request that this browser opened, and for whom. */
  async function here({
    operatorRequest,
    browser,
  }: DeskVisit): Promise<{ request: OperatorRequest; person: Person } | TroubleCode> {
    const request = browser === undefined ? undefined : await requests.atDesk(db, operatorRequest, browser)
    if (request?.kind !== 'desk-passkey' || request.person === undefined) return 'PRT-2203'
    const person = await persons.get(db, request.person)
    const standing = person && standingOf(person)
    if (!person || !standing) return 'PRT-2203'
    return standing.mayEnter ? { request, person } : standing.code
  }

  return {
    async open(visit, typed) {
      const { operatorRequest, source } = visit
      const code = plainDigits(typed)
      // Nothing was tried: a slip of the finger costs nothing.
      if (!/^\d{12}$/.test(code)) return { ok: false, trouble: { code: 'PRT-2201', field: 'code' } }
      const attempt = { subject: `desk|${operatorRequest}`, source }
      const spent = await guard.spend(attempt)
      if (!spent.ok) {
        const refusal = { ...spent.refusal, code: spent.refusal.code === 'PRT-1005' ? 'PRT-1005' : 'PRT-2202' } as const
        return refuse(visit, refusal, { unrecorded: spent.onRecord })
      }
      const browser = random.token(256)
      const opened = await transaction(db, async (tx) => {
        const request = await requests.openDesk(tx, operatorRequest, code, browser)
        if (request) await guard.succeed(tx, attempt)
        return request !== undefined
      })
      if (!opened) {
        const { values } = spent.otherwise
        return refuse(visit, { code: 'PRT-2201', field: 'code', ...(values && { values }) }, { unrecorded: false })
      }
      await guard.giveBack(attempt)
      return { ok: true, browser }
    },
    async ask(visit) {
      const found = await here(visit)
      if (typeof found === 'string') return { ok: false, trouble: { code: found } }
      const { person, request } = found
      const begun = await enrolment.begin(db, person, { by: 'desk', operatorRequest: request.id })
      return begun.ok ? { ok: true, person, options: begun.options } : { ok: false, trouble: { code: begun.code } }
    },
    async keep(visit, { answer, name }) {
      const found = await here(visit)
      if (typeof found === 'string') return { ok: false, trouble: { code: found } }
      const { person, request } = found
      try {
        const finished = await transaction(db, async (tx) => {
          const made = await enrolment.finish(tx, person.key, { answer, name, request: visit.request })
          // Two answers at once: the one that comes second leaves nothing behind.
          if (made.ok && !(await requests.use(tx, request))) throw new UsedMeanwhile()
          return made
        })
        return finished.ok ? finished : { ok: false, trouble: { code: finished.code } }
      } catch (error) {
        if (error instanceof UsedMeanwhile) return { ok: false, trouble: { code: 'PRT-2203' } }
        throw error
      }
    },
  }
}
