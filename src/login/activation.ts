import type { AuditLog } from '../audit/log.ts'
import { type PersonKey, personKey, type RequestId } from '../identity/identifiers.ts'
import { parsePersonId } from '../identity/person-id.ts'
import type { TroubleCode } from '../identity/trouble.ts'
import type { Guard } from '../methods/guard.ts'
import type { Refusal } from '../methods/method.ts'
import { parseActivationCode } from '../persons/activation-code.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Person, Persons } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import { standingOf } from './standing.ts'

// A citizen with a letter makes their one-time code: person code and activation code in, a secret out, shown once.
// Counted like a sign-in, as a factor of its own; an unknown person code reads like a wrong activation code.

/** Keys are random and never this: asked for in place of whom there isn't, so that the work is the same. */
const NOBODY = personKey('00000000-0000-0000-0000-000000000000')

export interface Activation {
  submit(visit: ActivationVisit): Promise<Activated>
}

export interface ActivationVisit {
  /** `scheme` (optional), `person_code`, `code`, as typed. */
  readonly fields: Readonly<Record<string, string>>
  readonly source: string
  readonly browser?: string | undefined
  readonly request: RequestId
}

export type Activated =
  /** `secret`: for the QR code and the eyes of this person, now and never again. */
  | { readonly step: 'activated'; readonly secret: Buffer; readonly scheme: string; readonly code: string }
  | { readonly step: 'ask'; readonly trouble: Refusal }

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'find'>
  readonly credentials: Pick<Credentials, 'activate'>
  /** The throttle of the factor `letter`. */
  readonly guard: Guard
  readonly audit: AuditLog
  readonly schemes: readonly string[]
}

export function openActivation({ db, persons, credentials, guard, audit, schemes }: Needs): Activation {
  async function refuse(request: RequestId, code: TroubleCode, person: PersonKey | undefined): Promise<void> {
    await audit.append(db, {
      type: 'credential.activation-refused',
      actor: { kind: 'visitor' },
      ...(person && { person }),
      request,
      detail: { code },
    })
  }

  /** The letter used up, the secret made, the tries forgotten: together. */
  async function activate(
    person: Person | undefined,
    code: string,
    request: RequestId,
    succeed: (tx: Db) => Promise<void>,
  ) {
    const key = person && standingOf(person).mayEnter ? person.key : NOBODY
    return transaction(db, async (tx) => {
      const made = await credentials.activate(tx, key, code, request)
      if (made) await succeed(tx)
      return made
    })
  }

  return {
    async submit({ fields, source, browser, request }) {
      const scheme = fields.scheme || schemes[0]!
      const parsed = schemes.includes(scheme) ? parsePersonId(scheme, fields.person_code ?? '') : undefined
      if (!parsed?.ok) return { step: 'ask', trouble: { code: 'PRT-1205', field: 'person_code' } }
      const typed = parseActivationCode(fields.code ?? '')
      // The check digit tells a slip of the pen: nothing was tried, nothing is counted.
      if (!typed.ok) return { step: 'ask', trouble: { code: 'PRT-1501', field: 'code' } }

      const person = await persons.find(db, scheme, parsed.code)
      const attempt = { subject: person?.key ?? `${scheme}|${parsed.code}`, source, browser }
      const spent = await guard.spend(attempt)
      if (!spent.ok) {
        const code = spent.refusal.code === 'PRT-1005' ? 'PRT-1005' : 'PRT-1502'
        if (!spent.onRecord) await refuse(request, code, person?.key)
        return { step: 'ask', trouble: { ...spent.refusal, code } }
      }
      const made = await activate(person, typed.code, request, (tx) => guard.succeed(tx, attempt))
      if (!made) {
        await refuse(request, 'PRT-1501', person?.key)
        const { values } = spent.otherwise
        return { step: 'ask', trouble: { code: 'PRT-1501', field: 'code', ...(values && { values }) } }
      }
      await guard.giveBack(attempt)
      return { step: 'activated', secret: made.secret, scheme, code: parsed.code }
    },
  }
}
