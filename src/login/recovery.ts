import type { AuditLog } from '../audit/log.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import type { OperatorActor, OperatorRequest, Requests } from '../operators/requests.ts'
import type { Credentials, Letter } from '../persons/credentials.ts'
import type { MeansKeeper, MeansKind } from '../persons/means.ts'
import type { Notices } from '../persons/notices.ts'
import type { Persons } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'

// A person who lost everything: what they signed in with is taken away, whoever holds it now; their sign-ins are over;
// and a letter lets them begin anew. Two operators must want it (operators/requests). One transaction: a person is
// never left with neither the old nor the new.

export interface Recovered {
  readonly person: PersonKey
  /** What was taken away, each kind once. */
  readonly means: readonly MeansKind[]
  readonly letter: Letter
}

export interface Recovery {
  /** With its audit entry and its announcement. @throws Error for a request that is not approved, or was used. */
  carryOut(tx: Db, request: OperatorRequest, by: OperatorActor): Promise<Recovered>
}

export interface Needs {
  readonly keepers: readonly MeansKeeper[]
  readonly credentials: Pick<Credentials, 'issueLetter'>
  readonly persons: Pick<Persons, 'endSignIns' | 'setBlocks'>
  readonly requests: Pick<Requests, 'use'>
  readonly notices: Pick<Notices, 'tell'>
  readonly audit: AuditLog
}

export function openRecovery({ keepers, credentials, persons, requests, notices, audit }: Needs): Recovery {
  return {
    async carryOut(tx, request, actor) {
      const { person } = request
      if (request.kind !== 'recovery' || person === undefined || !(await requests.use(tx, request)))
        throw new Error(`operator request ${request.id} is no recovery to be carried out`)
      // First: the telephone that is about to be taken away still hears of it.
      await notices.tell(tx, person, { kind: 'recovered', method: 'letter' })
      const means: MeansKind[] = []
      for (const keeper of keepers) {
        const held = await keeper.list(tx, person)
        for (const { id } of held) await keeper.remove(tx, person, id, { actor })
        if (held.length > 0) means.push(keeper.kind)
      }
      await persons.endSignIns(tx, person)
      // Whoever can't reach the one way that they left open could not begin anew by a letter.
      await persons.setBlocks(tx, person, undefined, { actor })
      const letter = await credentials.issueLetter(tx, person, actor)
      const { askedBy, approved, reason } = request
      await audit.append(tx, {
        type: 'person.recovered',
        actor,
        person,
        detail: { operatorRequest: request.id, askedBy, approvedBy: approved?.by, reason, means },
      })
      return { person, means, letter }
    },
  }
}
