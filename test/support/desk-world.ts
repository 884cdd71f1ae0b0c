import { openAuditReading } from '../../src/audit/read.ts'
import { requestId } from '../../src/identity/identifiers.ts'
import { type DeskVisit, openDesk } from '../../src/login/desk.ts'
import { openRecovery } from '../../src/login/recovery.ts'
import { passkeyMeans } from '../../src/methods/passkey/means.ts'
import { openOperators } from '../../src/operators/register.ts'
import type { RequestKind } from '../../src/operators/request-kinds.ts'
import { type OperatorActor, openRequests } from '../../src/operators/requests.ts'
import { credentialMeans } from '../../src/persons/credential-means.ts'
import type { Person } from '../../src/persons/person.ts'
import type { Db } from '../../src/platform/db.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openLiveSessions } from '../../src/sessions/live.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openRotation } from '../../src/signing/rotation.ts'
import { waitsOf } from '../../src/signing/waits.ts'
import { testIndexer, testSealer } from './keys.ts'
import { passkeyWorld } from './passkey-world.ts'

// Two operators, a desk and a recovery, on a real database, without HTTP.

export const ANNA: OperatorActor = { kind: 'operator', name: 'anna' }
export const BOB: OperatorActor = { kind: 'operator', name: 'bob' }

/** The master key is another test's. */
const nowhere = () => {
  throw new Error('there is no master key here')
}

export function deskWorld(db: Db) {
  const world = passkeyWorld(db)
  const { clock, audit, persons, throttle, credentials, passkeys, enrolment, notices } = world
  const requests = openRequests({
    sealer: testSealer(),
    indexer: testIndexer('one-time-codes'),
    audit,
    clock,
    random: systemRandom,
  })
  const operators = openOperators({ sealer: testSealer('audit-payload'), audit, clock })
  const vaults = [openDatabaseVault({ db, sealer: testSealer('signing'), clock })] as const
  const rotation = openRotation({
    vaults,
    audit,
    clock,
    waits: waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 }),
    parties: async () => [],
  })
  const keepers = [passkeyMeans({ passkeys }), credentialMeans({ credentials, kind: 'totp' })]
  const recovery = openRecovery({ keepers, credentials, persons, requests, notices, audit })
  const desk = openDesk({
    db,
    requests,
    persons,
    enrolment,
    audit,
    random: systemRandom,
    guard: {
      spend: (attempt) => throttle.spend('desk', attempt),
      succeed: (tx, attempt) => throttle.succeed(tx, 'desk', attempt),
      giveBack: throttle.giveBack,
      success: (attempt) => throttle.success('desk', attempt),
    },
  })
  const visit = (operatorRequest: string, more: Partial<DeskVisit> = {}): DeskVisit => ({
    operatorRequest,
    source: '192.0.2.1',
    request: requestId('desk'),
    ...more,
  })
  return {
    ...world,
    /** As an operator's command is told it. */
    config: {
      issuer: 'https://id.example',
      helpPhone: '1111',
      timeZone: 'Asia/Bangkok',
      profile: 'production' as const,
      passkeys: 'on' as const,
      lookUpDelayDays: 0,
    },
    operators,
    rotation,
    masterChange: { begin: nowhere },
    auditReading: openAuditReading({ sealer: testSealer('audit-payload'), audit }),
    live: openLiveSessions({
      ...{ audit, clock, sealer: testSealer('sessions') },
      tell: async () => undefined,
      ended: async () => undefined,
    }),
    requests,
    recovery,
    desk,
    visit,
    /** Asked for by Anna. */
    async ask(person: Person, kind: RequestKind = 'desk-passkey') {
      const { request, code = '' } = await requests.ask(db, {
        kind,
        person: person.key,
        reason: 'passport AA1234567 seen',
        by: ANNA,
      })
      return { id: request.id, code, request }
    },
    /** Allowed by Bob, and opened in a browser of the desk. */
    async opened(person: Person) {
      const { id, code } = await this.ask(person)
      await requests.approve(db, id, BOB)
      const opened = await desk.open(visit(id), code)
      if (!opened.ok) throw new Error(`not opened: ${opened.trouble.code}`)
      return visit(id, { browser: opened.browser })
    },
  }
}

export type DeskWorld = ReturnType<typeof deskWorld>
