import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AuditLog, openAuditLog } from './audit/log.ts'
import { type OwnHistory, openOwnHistory } from './audit/own-history.ts'
import { type AuditReading, openAuditReading } from './audit/read.ts'
import type { OperatorKeys, Signer } from './audit/signature.ts'
import { type Clients, openClients } from './clients/client.ts'
import type { Config } from './config.ts'
import { type Disclosure, openDisclosure } from './disclosure/disclosure.ts'
import type { PersonKey } from './identity/identifiers.ts'
import { openQueue, type Queue } from './jobs/queue.ts'
import { openReceipts, type Receipts } from './jobs/receipts.ts'
import { type KnownBrowsers, openKnownBrowsers } from './login/known-browser.ts'
import { openPrompts, type PromptCounts } from './login/prompts.ts'
import { openRecovery, type Recovery } from './login/recovery.ts'
import { openSwitches, type Switches } from './login/switches.ts'
import { openThrottle, type Throttle } from './login/throttle.ts'
import { type CardBlocks, openCardBlocks } from './methods/certificates/blocks.ts'
import { type CardKeys, openCardKeys } from './methods/certificates/card-keys.ts'
import { type CodeCards, openCodeCards } from './methods/code-card/cards.ts'
import { passkeyMeans } from './methods/passkey/means.ts'
import { openPasskeys, type Passkeys } from './methods/passkey/passkeys.ts'
import { KEY_LIVES } from './oidc/lifetimes.ts'
import { announceLogouts } from './oidc/logout-delivery.ts'
import { type Operators, openOperatorKeys, openOperators } from './operators/register.ts'
import { openRequests, type Requests } from './operators/requests.ts'
import { type Cases, openCases } from './persons/cases.ts'
import { credentialMeans } from './persons/credential-means.ts'
import { type Credentials, openCredentials } from './persons/credentials.ts'
import { type FileJob, type FileResult, importPersonsFile } from './persons/import-file.ts'
import { type MailAddresses, openMailAddresses } from './persons/mail-addresses.ts'
import type { MeansKeeper } from './persons/means.ts'
import { type Notices, openNotices } from './persons/notices.ts'
import { type OwnLinks, openOwnLinks } from './persons/own-links.ts'
import { openPersons, type Persons } from './persons/person.ts'
import { openPinHashing } from './persons/pin-hash.ts'
import { openPins, type Pins } from './persons/pins.ts'
import { openReindex, type Reindex } from './persons/reindex.ts'
import type { Clock } from './platform/clock.ts'
import { type Db, migrate, openDb } from './platform/db.ts'
import type { Log } from './platform/log.ts'
import type { Random } from './platform/random.ts'
import { openIndexer, openSealer } from './platform/seal.ts'
import type { SecretName } from './platform/secrets.ts'
import { SEALED_CELLS } from './sealed-cells.ts'
import { kindsOf } from './secrets/kinds.ts'
import { openFolder, openLive, type Secrets } from './secrets/live.ts'
import { type MasterChange, openMasterChange } from './secrets/master.ts'
import { openReseal, type Reseal } from './secrets/reseal.ts'
import { type Left, openSecretRotation, type SecretRotation } from './secrets/rotation.ts'
import { type LiveSessions, openLiveSessions } from './sessions/live.ts'
import { openDatabaseVault } from './signing/database-vault.ts'
import { openFileVault } from './signing/file-vault.ts'
import { resealFiles } from './signing/reseal-files.ts'
import { openRing, type Ring } from './signing/ring.ts'
import { openRotation, type Rotation } from './signing/rotation.ts'
import { waitsOf } from './signing/waits.ts'
import { portalClient } from './web/portal/relying-party.ts'

// What stands on the database and the keys, built in the order in which each needs the others: for the service and for the
// operator's command alike. What speaks to the world is compose's.

export const MIGRATIONS = fileURLToPath(new URL('../migrations/', import.meta.url))

export interface Machine {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** What the operator's command and the service both need: everything that stands on the database and the keys. */
export interface Parts<Operator extends Signer = Signer> extends Machine {
  readonly config: Config
  readonly db: Db
  readonly secrets: Secrets
  readonly secretRotation: SecretRotation
  readonly masterChange: MasterChange
  readonly reseal: Reseal
  readonly reindex: Reindex
  readonly audit: AuditLog
  readonly auditReading: AuditReading
  readonly ownHistory: OwnHistory
  readonly persons: Persons
  /** A whole register from a file; wants parts opened without a limit of patience. */
  importPersons(job: FileJob): Promise<FileResult>
  readonly credentials: Credentials
  readonly notices: Notices
  readonly links: OwnLinks
  readonly mailAddresses: MailAddresses
  readonly cases: Cases
  readonly pins: Pins
  readonly passkeys: Passkeys
  /** Whoever keeps means of a person's own: for showing them side by side, and for taking all of them away. */
  readonly keepers: readonly MeansKeeper[]
  readonly operators: Operators
  /** Who runs the command. */
  readonly operator: Operator | undefined
  readonly requests: Requests
  readonly recovery: Recovery
  readonly codeCards: CodeCards
  readonly clients: Clients
  readonly disclosure: Disclosure
  readonly queue: Queue
  readonly receipts: Receipts
  readonly live: LiveSessions
  readonly ring: Ring
  readonly rotation: Rotation
  readonly cardBlocks: CardBlocks
  readonly cardKeys: CardKeys
  readonly switches: Switches
  readonly knownBrowsers: KnownBrowsers
  readonly throttle: Throttle
  readonly prompts: PromptCounts
  close(): Promise<void>
}

export interface PartsNeeds<Operator extends Signer = Signer> extends Machine {
  readonly config: Config
  /** Where the database is; the demo and the command in a clone find it out at run time. */
  readonly databaseUrl: string
  /** See DbSettings; 0 for commands. */
  readonly patience: number
  /** Who runs this, once the database is at hand: the operator's command says it, the service has nobody. */
  enter?(db: Db, keys: OperatorKeys): Promise<Operator | undefined>
}

/** @throws SecretsRefused for keys that are missing, made by the demo for production, or of another database. */
export async function openParts<Operator extends Signer = Signer>({
  config,
  databaseUrl,
  patience,
  enter,
  clock,
  random,
  log,
}: PartsNeeds<Operator>): Promise<Parts<Operator>> {
  const where = { folder: config.keys, masterKey: config.masterKey, random }
  const signingFiles = join(config.keys, 'signing')
  // What is wrong with the keys is said before a database is asked for.
  const folder = openFolder(where, config.profile)
  const { db, close: closeDb } = openDb({ url: databaseUrl, patience })
  let secrets: Secrets
  let operatorKeys: OperatorKeys
  let operator: Operator | undefined
  try {
    await withPatience(databaseUrl, (patient) => migrate(patient, MIGRATIONS))
    secrets = await openLive({
      db,
      where,
      folder,
      profile: config.profile,
      clock,
      files: (keys) => resealFiles(signingFiles, openSealer(keys, random), random),
      onFault: (error) => log.fault('secrets-not-refreshed', error),
    })
    operatorKeys = openOperatorKeys({ sealer: openSealer(secrets.get('audit-payload'), random) })
    operator = await enter?.(db, operatorKeys)
  } catch (error) {
    await closeDb()
    throw error
  }
  const close = async () => {
    await secrets.close()
    await closeDb()
  }
  const sealer = (name: SecretName) => openSealer(secrets.get(name), random)
  const indexer = (name: SecretName) => openIndexer(secrets.get(name))

  const signing = { keys: operatorKeys, signer: operator }
  const audit = openAuditLog({ sealer: sealer('audit-payload'), clock, random, operators: signing })
  const operators = openOperators({ sealer: sealer('audit-payload'), audit, clock })
  const personalData = sealer('personal-data')
  const register = { sealer: personalData, indexer: indexer('blind-index'), audit, clock, random }
  const persons = openPersons(register)
  const knownBrowsers = openKnownBrowsers({ keys: secrets.get('known-browsers'), clock, random })
  const throttle = openThrottle({ db, indexer: indexer('throttle'), knownBrowsers, clock })
  const prompts = openPrompts({
    db,
    indexer: indexer('throttle'),
    clock,
    random,
    onFault: (error) => log.fault('prompt-not-ended', error),
  })
  const credentials = openCredentials({
    sealer: personalData,
    indexer: indexer('one-time-codes'),
    audit,
    clock,
    random,
    persons,
    lift: (tx, method, person) => throttle.lift(tx, method, person),
    tell: (tx, person, notice) => notices.tell(tx, person, notice),
  })
  const queue = openQueue({ sealer: personalData, clock, random })
  const links = openOwnLinks({ sealer: personalData, clock, random })
  const mailAddresses = openMailAddresses({
    sealer: personalData,
    audit,
    clock,
    random,
    tell: (tx, person, notice) => notices.tell(tx, person, notice),
  })
  const notices = openNotices({
    db,
    queue,
    links,
    clock,
    channels: { sms: config.sms !== undefined, mail: config.mail !== undefined },
    phoneOf: credentials.phone,
    mailOf: mailAddresses.find,
  })
  const cases = openCases({ sealer: personalData, audit, clock, random })
  const pins = openPins({
    hashing: openPinHashing({ peppers: secrets.get('pins'), random }),
    audit,
    clock,
    random,
    lift: (tx, person) => throttle.lift(tx, 'pin', person),
    tell: notices.tell,
  })
  const codeCards = openCodeCards({
    credentials,
    indexer: indexer('one-time-codes'),
    audit,
    tell: notices.tell,
    clock,
    random,
  })
  const passkeys = openPasskeys({ sealer: personalData, audit, clock, random })
  /** As much of a number as its owner needs to know it by. */
  const lastDigits = async (on: Db, person: PersonKey) =>
    (await credentials.phone(on, person))?.replace(/.*(?=.{4})/, '•••• ')
  const keepers = [
    passkeyMeans({ passkeys }),
    credentialMeans({ credentials, kind: 'totp' }),
    credentialMeans({ credentials, kind: 'sms-code', label: lastDigits }),
    codeCards.keeper,
    pins.keeper,
  ]
  const requests = openRequests({
    sealer: personalData,
    indexer: indexer('one-time-codes'),
    audit,
    clock,
    random,
    operators: signing,
  })
  const recovery = openRecovery({ keepers, credentials, persons, requests, notices, audit })
  const reseal = openReseal({ cells: SEALED_CELLS, sealerOf: sealer, audit, clock })
  const reindex = openReindex({ sealer: personalData, keys: secrets.get('blind-index'), audit, clock })
  async function left(on: Db, name: SecretName, version: number): Promise<Left> {
    if (name !== 'blind-index' && name !== 'pins') return reseal.left(on, name, version)
    const count = await (name === 'pins' ? pins.underFormer(on) : reindex.left(on, version))
    return count > 0 ? { [name === 'pins' ? 'pin.hash' : 'person_identifier.blind']: count } : {}
  }
  const { profile: origin } = config
  const secretRotation = openSecretRotation({
    secrets,
    origin,
    kinds: kindsOf(config.sessionHours * 3_600_000),
    audit,
    clock,
    random,
    left,
  })
  const masterChange = openMasterChange({ secrets, origin, audit, random })
  const disclosure = openDisclosure({ audit, clock })
  const clients = openClients({
    db,
    builtIn: [portalClient(config.issuer)],
    audit,
    random,
    prepare: disclosure.prepare,
    onFault: (error) => log.fault('clients-not-refreshed', error),
  })
  const live = openLiveSessions({
    audit,
    clock,
    sealer: sealer('sessions'),
    tell: (tx, notices) => announceLogouts({ queue, clients }, tx, notices),
    ended: queue.releaseOf,
  })
  const database = openDatabaseVault({ db, sealer: sealer('signing-keys'), clock })
  const files = openFileVault({ folder: signingFiles, sealer: sealer('signing-keys') })
  const hsm = await openHsm({ config, clock, random }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const vaults = hsm ? ([hsm, database, files] as const) : ([database, files] as const)
  const ring = openRing({ db, vaults, audit, clock, onFault: (error) => log.fault('keys-not-refreshed', error) })
  const rotation = openRotation({
    vaults,
    audit,
    clock,
    waits: waitsOf(KEY_LIVES),
    parties: clients.algorithms,
  })
  const onFault = (error: unknown) => log.fault('card-blocks-not-refreshed', error)
  const cardBlocks = openCardBlocks({ db, audit, clock, onFault })
  const switches = openSwitches({
    db,
    audit,
    clock,
    onFault: (error) => log.fault('switches-not-refreshed', error),
  })
  return {
    config,
    db,
    secrets,
    secretRotation,
    masterChange,
    reseal,
    reindex,
    audit,
    ownHistory: openOwnHistory({ sealer: sealer('audit-payload'), clock, retentionDays: config.historyDays }),
    auditReading: openAuditReading({ sealer: sealer('audit-payload'), audit, operatorKeys }),
    operator,
    operators,
    persons,
    importPersons: (job) => {
      const keys = () => ({ personalData: secrets.get('personal-data')(), blindIndex: secrets.get('blind-index')() })
      return importPersonsFile({ ...register, keys }, db, { ...job, demo: config.profile === 'demo' })
    },
    credentials,
    notices,
    links,
    mailAddresses,
    cases,
    pins,
    passkeys,
    keepers,
    requests,
    recovery,
    codeCards,
    clients,
    disclosure,
    queue,
    receipts: openReceipts({ clock }),
    live,
    ring,
    rotation,
    cardBlocks,
    cardKeys: openCardKeys(db),
    switches,
    knownBrowsers,
    throttle,
    prompts,
    clock,
    random,
    log,
    async close() {
      await switches.close()
      await cardBlocks.close()
      await ring.close()
      await clients.close()
      await close()
      await hsm?.close()
    },
  }
}

/** Loaded only where there is one: its binding is compiled where it is installed. */
async function openHsm({ config, clock, random }: Pick<PartsNeeds, 'config' | 'clock' | 'random'>) {
  const { hsmModule: library, hsmToken: token, hsmPin: pin } = config
  if (library === undefined || token === undefined || pin === undefined) return undefined
  const { openHsmVault } = await import('./signing/hsm-vault.ts')
  return openHsmVault({ library, token, pin, clock, random })
}

/** Work that may take its time, on a connection of its own. */
async function withPatience<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const { db, close } = openDb({ url, connections: 1, patience: 0 })
  try {
    return await work(db)
  } finally {
    await close()
  }
}
