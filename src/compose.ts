import { fileURLToPath } from 'node:url'
import { type AuditLog, openAuditLog } from './audit/log.ts'
import { type Clients, openClients } from './clients/client.ts'
import type { Config } from './config.ts'
import { type Disclosure, openDisclosure } from './disclosure/disclosure.ts'
import { type KnownBrowsers, openKnownBrowsers } from './login/known-browser.ts'
import { openThrottle, type Throttle } from './login/throttle.ts'
import { type Credentials, openCredentials } from './persons/credentials.ts'
import { openPersons, type Persons } from './persons/person.ts'
import type { Clock } from './platform/clock.ts'
import { type Db, migrate, openDb } from './platform/db.ts'
import type { Log } from './platform/log.ts'
import type { Random } from './platform/random.ts'
import { openIndexer, openSealer } from './platform/seal.ts'
import { bindToDatabase, openSecrets, type SecretName, type Secrets } from './platform/secrets.ts'

// Builds the parts and hands them to each other, top to bottom; close() in reverse. Nothing else in the program knows
// how to get anything: whoever needs something is handed it here.

export const MIGRATIONS = fileURLToPath(new URL('../migrations/', import.meta.url))

export interface Machine {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** What the operator's command and the service both need: everything that stands on the database and the keys. */
export interface Parts extends Machine {
  readonly config: Config
  readonly db: Db
  readonly secrets: Secrets
  readonly audit: AuditLog
  readonly persons: Persons
  readonly credentials: Credentials
  readonly clients: Clients
  readonly disclosure: Disclosure
  readonly knownBrowsers: KnownBrowsers
  readonly throttle: Throttle
  close(): Promise<void>
}

export interface PartsNeeds extends Machine {
  readonly config: Config
  /** Where the database is; the demo and the command in a clone find it out at run time. */
  readonly databaseUrl: string
  /** See DbSettings; 0 for commands. */
  readonly patience: number
}

/** @throws SecretsRefused for keys that are missing, made by the demo for production, or of another database. */
export async function openParts({ config, databaseUrl, patience, clock, random, log }: PartsNeeds): Promise<Parts> {
  const secrets = openSecrets({ folder: config.keys, masterKey: config.masterKey, random }, config.profile)
  const sealer = (name: SecretName) => openSealer(secrets.get(name), random)
  const indexer = (name: SecretName) => openIndexer(secrets.get(name).at(-1)!.key)

  const { db, close } = openDb({ url: databaseUrl, patience })
  try {
    const migrator =
      patience === 0 ? { db, close: async () => {} } : openDb({ url: databaseUrl, connections: 1, patience: 0 })
    await migrate(migrator.db, MIGRATIONS).finally(() => migrator.close())
    await bindToDatabase(db, secrets)
  } catch (error) {
    await close()
    throw error
  }

  const audit = openAuditLog({ sealer: sealer('audit-payload'), clock, random })
  const personalData = sealer('personal-data')
  const persons = openPersons({ sealer: personalData, indexer: indexer('blind-index'), audit, clock, random })
  const knownBrowsers = openKnownBrowsers({ keys: secrets.get('known-browsers'), clock, random })
  const throttle = openThrottle({ db, indexer: indexer('throttle'), knownBrowsers, clock })
  const credentials = openCredentials({
    sealer: personalData,
    indexer: indexer('one-time-codes'),
    audit,
    clock,
    random,
    persons,
    lift: (tx, method, person) => throttle.lift(tx, method, person),
  })
  const disclosure = openDisclosure({ audit, clock })
  const clients = openClients({
    db,
    audit,
    random,
    prepare: disclosure.prepare,
    onFault: (error) => log.fault('clients-not-refreshed', error),
  })
  return {
    config,
    db,
    secrets,
    audit,
    persons,
    credentials,
    clients,
    disclosure,
    knownBrowsers,
    throttle,
    clock,
    random,
    log,
    async close() {
      await clients.close()
      await close()
    },
  }
}
