import type { AuditLog } from '../../audit/log.ts'
import type { Notices } from '../../persons/notices.ts'
import type { Persons } from '../../persons/person.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Db } from '../../platform/db.ts'
import type { Random } from '../../platform/random.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import { openCeremony } from './ceremony.ts'
import { type Enrolment, openEnrolment, QUESTION_LIFE } from './enrolment.ts'
import type { Needs as MethodNeeds } from './method.ts'
import type { Passkeys } from './passkeys.ts'

// The passkey's parts, put together: the ceremonies under the issuer's own name, the method, the enrolment. Called by
// compose, once, where passkeys are switched on.

export interface Needs {
  readonly issuer: string
  readonly db: Db
  readonly passkeys: Passkeys
  readonly persons: Pick<Persons, 'get'>
  readonly notices: Pick<Notices, 'tell'>
  readonly audit: AuditLog
  readonly artifacts: Artifacts
  readonly clock: Clock
  readonly random: Random
}

export interface PasskeyParts {
  /** What the registry opens the method with. */
  readonly method: MethodNeeds
  readonly enrolment: Enrolment
}

export function openPasskeyParts({
  issuer,
  db,
  passkeys,
  persons,
  notices,
  audit,
  artifacts,
  clock,
  random,
}: Needs): PasskeyParts {
  const { hostname: service, origin } = new URL(issuer)
  const ceremony = openCeremony({ service, origin, life: QUESTION_LIFE })
  return {
    method: { db, ceremony, passkeys, persons, artifacts, clock, random },
    enrolment: openEnrolment({ ceremony, passkeys, artifacts, notices, audit, clock, random }),
  }
}
