import { openAuditLog } from '../../src/audit/log.ts'
import { type Clients, type Needs, openClients } from '../../src/clients/client.ts'
import { type Disclosure, openDisclosure } from '../../src/disclosure/disclosure.ts'
import { type Imported, type ImportNeeds, importClients } from '../../src/disclosure/import.ts'
import type { Json } from '../../src/identity/json.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openRotation, type Rotation } from '../../src/signing/rotation.ts'
import { waitsOf } from '../../src/signing/waits.ts'
import { type TestClock, testClock } from './clock.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { testRandom, testSealer } from './keys.ts'

export const OPERATOR = { kind: 'operator', name: 'niran' } as const

export interface TestRegister extends TestDatabase {
  readonly clock: TestClock
  readonly clients: Clients
  readonly disclosure: Disclosure
  readonly audit: ImportNeeds['audit']
  readonly rotation: Rotation
  bring(document: Json, bounds?: Partial<ImportNeeds['bounds']>): Promise<Imported>
  /** Another node on the same database. */
  node(more?: Partial<Needs>): Clients
}

/** The relying parties' register and disclosure on a database of their own. */
export async function testRegister(): Promise<TestRegister> {
  const database = await testDatabase()
  const { db } = database
  const clock = testClock()
  const random = testRandom('register')
  const audit = openAuditLog({ sealer: testSealer('audit-payload'), clock, random })
  const nodes: Clients[] = []
  const disclosure = openDisclosure({ audit, clock })
  function node(more: Partial<Needs> = {}): Clients {
    const clients = openClients({ db, audit, random, prepare: disclosure.prepare, ...more })
    nodes.push(clients)
    return clients
  }
  const clients = node()
  const vaults = [openDatabaseVault({ db, sealer: testSealer('signing'), clock })] as const
  const waits = waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 })
  const rotation = openRotation({ vaults, audit, clock, waits, parties: clients.algorithms })
  return {
    ...database,
    clock,
    clients,
    audit,
    disclosure,
    rotation,
    bring: (document, bounds = {}) =>
      importClients(db, document, {
        clients,
        audit,
        clock,
        actor: OPERATOR,
        rotation,
        bounds: { loopback: false, pkceOptional: false, methods: ['totp'], ...bounds },
      }),
    node,
    async close() {
      for (const each of nodes) await each.close()
      await database.close()
    },
  }
}
