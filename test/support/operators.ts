import { generateKeyPairSync, sign } from 'node:crypto'
import { openAuditLog } from '../../src/audit/log.ts'
import { openAuditReading } from '../../src/audit/read.ts'
import type { Signer } from '../../src/audit/signature.ts'
import { keyId, type NewOperator, publicText, ROLE_NAMES, type Role } from '../../src/operators/operator.ts'
import { openOperatorKeys, openOperators } from '../../src/operators/register.ts'
import { type OperatorActor, openRequests } from '../../src/operators/requests.ts'
import type { Db } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { testClock } from './clock.ts'
import { testIndexer, testSealer } from './keys.ts'

// Operators with keys of their own on a real database, without a command line.

/** A person with a key, whether or not they are an operator. */
export interface Somebody {
  readonly actor: OperatorActor
  readonly key: string
  /** As they hand themselves over. */
  as(...roles: readonly Role[]): NewOperator
  /** For one command. */
  signer(more?: Partial<Signer>): Signer
}

export function somebody(name: string): Somebody {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = keyId(publicKey)
  return {
    actor: { kind: 'operator', name },
    key,
    as: (...roles) => ({ name, publicKey: publicText(publicKey), roles: roles.length > 0 ? roles : ROLE_NAMES }),
    signer: (more = {}) => ({
      name,
      key,
      roles: ROLE_NAMES,
      command: 'test it',
      given: { arguments: [], options: {} },
      sign: async (text) => sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      ...more,
    }),
  }
}

export function operatorsWorld(db: Db) {
  const clock = testClock()
  const sealer = testSealer('audit-payload')
  const keys = openOperatorKeys({ sealer })
  /** What a command works with that this operator runs; without one, as the service, or before there are operators. */
  function partsOf(signer?: Signer) {
    const operators = { keys, signer }
    const audit = openAuditLog({ sealer, clock, random: systemRandom, operators })
    return {
      audit,
      operators: openOperators({ sealer, audit, clock }),
      requests: openRequests({
        sealer: testSealer(),
        indexer: testIndexer('one-time-codes'),
        audit,
        clock,
        random: systemRandom,
        operators,
      }),
    }
  }
  const [anna, bob] = [somebody('anna'), somebody('bob')]
  const service = partsOf()
  return {
    db,
    clock,
    keys,
    anna,
    bob,
    partsOf,
    service,
    /** Anna and Bob, with every role. */
    begin: () => service.operators.begin(db, [anna.as(), bob.as()], { kind: 'operator', name: 'root' }),
    verify: () =>
      openAuditReading({ sealer, audit: service.audit, operatorKeys: keys }).verify(db, {
        kind: 'operator',
        name: 'night',
      }),
  }
}

export type OperatorsWorld = ReturnType<typeof operatorsWorld>
