import { join } from 'node:path'
import { openAuditLog } from '../../src/audit/log.ts'
import type { Db } from '../../src/platform/db.ts'
import { openSealer } from '../../src/platform/seal.ts'
import { createSecrets } from '../../src/platform/secrets.ts'
import { kindsOf } from '../../src/secrets/kinds.ts'
import { openFolder, openLive, type Secrets } from '../../src/secrets/live.ts'
import { openMasterChange } from '../../src/secrets/master.ts'
import { type Left, openSecretRotation } from '../../src/secrets/rotation.ts'
import { type TestClock, testClock } from './clock.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { testFolder } from './folder.ts'
import { testRandom } from './keys.ts'

// Processes that share a database, each with its own copy of the keys folder or with one folder for all.

export const BY = { actor: { kind: 'operator', name: 'malee' }, why: 'the yearly review' } as const

export interface TestProcess {
  readonly secrets: Secrets
  readonly faults: unknown[]
}

export interface SecretsWorld {
  readonly database: TestDatabase
  readonly db: Db
  readonly clock: TestClock
  readonly folder: string
  /** A process with this folder and this master key; closed with the world. */
  start(folder?: string, masterKey?: Buffer): Promise<TestProcess>
  rotationOf(process: TestProcess): ReturnType<typeof openSecretRotation>
  masterOf(process: TestProcess): ReturnType<typeof openMasterChange>
  /** What lies under former versions, as rotation is told. */
  left: Left
  close(): Promise<void>
}

export async function openSecretsWorld(masterKey?: Buffer): Promise<SecretsWorld> {
  const database = await testDatabase()
  const { db } = database
  const home = testFolder()
  const clock = testClock()
  const folder = join(home.path, 'keys')
  const random = testRandom('secrets')
  createSecrets({ folder, masterKey, random }, 'production')
  const opened: Secrets[] = []
  const auditOf = ({ secrets }: TestProcess) =>
    openAuditLog({ sealer: openSealer(secrets.get('audit-payload'), random), clock, random })

  const world: SecretsWorld = {
    database,
    db,
    clock,
    folder,
    left: {},
    async start(where = folder, master = masterKey) {
      const faults: unknown[] = []
      const at = { folder: where, masterKey: master, random }
      const secrets = await openLive({
        db: database.another(),
        where: at,
        folder: openFolder(at, 'production'),
        profile: 'production',
        clock,
        files: async () => [],
        onFault: (fault) => faults.push(fault),
      })
      await secrets.refresh()
      opened.push(secrets)
      return { secrets, faults }
    },
    rotationOf: (process) =>
      openSecretRotation({
        secrets: process.secrets,
        origin: 'production',
        kinds: kindsOf(12 * 3_600_000),
        audit: auditOf(process),
        clock,
        random,
        left: async () => world.left,
      }),
    masterOf: (process) =>
      openMasterChange({ secrets: process.secrets, origin: 'production', audit: auditOf(process), random }),
    async close() {
      for (const secrets of opened) await secrets.close()
      await database.close()
      home.remove()
    },
  }
  return world
}
