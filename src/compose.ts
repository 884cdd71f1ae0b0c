import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eraseOld } from './audit/erase.ts'
import { type AuditLog, openAuditLog } from './audit/log.ts'
import { type AuditReading, openAuditReading } from './audit/read.ts'
import { type Clients, openClients } from './clients/client.ts'
import type { Config } from './config.ts'
import { type Disclosure, openDisclosure } from './disclosure/disclosure.ts'
import { disclosureForProtocol } from './disclosure/for-protocol.ts'
import { clientId } from './identity/identifiers.ts'
import { openSchedule, type Work } from './jobs/schedule.ts'
import { openActivation } from './login/activation.ts'
import { openAttempts } from './login/attempt.ts'
import { openFlow } from './login/flow.ts'
import { type KnownBrowsers, openKnownBrowsers } from './login/known-browser.ts'
import { STANDING } from './login/standing.ts'
import { type Factor, openThrottle, type Throttle } from './login/throttle.ts'
import { type CardBlocks, openCardBlocks } from './methods/certificates/blocks.ts'
import type { Guard } from './methods/guard.ts'
import { openMethods } from './methods/registry.ts'
import { openCardTickets } from './methods/smart-card/tls.ts'
import { openEngine } from './oidc/engine.ts'
import { cardOrigin } from './oidc/localhost.ts'
import { termsOf } from './oidc/terms.ts'
import { type Credentials, openCredentials } from './persons/credentials.ts'
import { type FileJob, type FileResult, importPersonsFile } from './persons/import-file.ts'
import { openPersons, type Persons } from './persons/person.ts'
import { type Clock, watchLateness } from './platform/clock.ts'
import { type Db, migrate, openDb, rows } from './platform/db.ts'
import { openFetch } from './platform/fetch.ts'
import type { Log } from './platform/log.ts'
import { openMetrics } from './platform/metrics.ts'
import type { Random } from './platform/random.ts'
import { openRedis } from './platform/redis.ts'
import { compareClocks } from './platform/same-time.ts'
import { openIndexer, openSealer } from './platform/seal.ts'
import { bindToDatabase, openSecrets, type SecretName, type Secrets, SecretsRefused } from './platform/secrets.ts'
import type { Artifacts } from './sessions/artifacts.ts'
import { openMemoryArtifacts } from './sessions/memory.ts'
import { openRedisArtifacts } from './sessions/redis.ts'
import { openFileVault } from './signing/file-vault.ts'
import { openRing, type Ring } from './signing/ring.ts'
import { type Around, openApp } from './web/app.ts'
import { openAssets } from './web/assets.ts'
import { openCard } from './web/card/open.ts'
import { type FrameOf, openFrames } from './web/frame.ts'
import { healthRoutes } from './web/health.ts'
import { type CheckForm, ownForms } from './web/limits.ts'
import { openConsentQuestion } from './web/login/consent.ts'
import { loginRoutes } from './web/login/routes.ts'
import { openWayBack } from './web/login/way-back.ts'
import { openOverload } from './web/overload.ts'
import { portalRoutes } from './web/portal/routes.ts'
import { protocolPages } from './web/protocol-pages.ts'
import type { Route } from './web/router.ts'
import { openSource } from './web/source.ts'

// Builds the parts and hands them to each other, top to bottom; close() in reverse. Nothing else in the program knows
// how to get anything: whoever needs something is handed it here.

export const MIGRATIONS = fileURLToPath(new URL('../migrations/', import.meta.url))
const VIEWS = fileURLToPath(new URL('../views/', import.meta.url))

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
  readonly auditReading: AuditReading
  readonly persons: Persons
  /** A whole register from a file; wants parts opened without a limit of patience. */
  importPersons(job: FileJob): Promise<FileResult>
  readonly credentials: Credentials
  readonly clients: Clients
  readonly disclosure: Disclosure
  readonly ring: Ring
  readonly cardBlocks: CardBlocks
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
    await withPatience(databaseUrl, (patient) => migrate(patient, MIGRATIONS))
    await bindToDatabase(db, secrets)
  } catch (error) {
    await close()
    throw error
  }

  const audit = openAuditLog({ sealer: sealer('audit-payload'), clock, random })
  const personalData = sealer('personal-data')
  const register = { sealer: personalData, indexer: indexer('blind-index'), audit, clock, random }
  const persons = openPersons(register)
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
  const vault = openFileVault({ folder: join(config.keys, 'signing'), sealer: sealer('signing-keys') })
  const ring = openRing({ db, vault, audit, clock, onFault: (error) => log.fault('keys-not-refreshed', error) })
  const onFault = (error: unknown) => log.fault('card-blocks-not-refreshed', error)
  const cardBlocks = openCardBlocks({ db, audit, clock, onFault })
  return {
    config,
    db,
    secrets,
    audit,
    auditReading: openAuditReading({ sealer: sealer('audit-payload'), audit }),
    persons,
    importPersons: (job) => {
      const keys = { personalData: secrets.get('personal-data'), blindIndex: secrets.get('blind-index').at(-1)!.key }
      return importPersonsFile({ ...register, keys }, db, { ...job, demo: config.profile === 'demo' })
    },
    credentials,
    clients,
    disclosure,
    ring,
    cardBlocks,
    knownBrowsers,
    throttle,
    clock,
    random,
    log,
    async close() {
      await cardBlocks.close()
      await ring.close()
      await clients.close()
      await close()
    },
  }
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

export interface ServiceNeeds extends Omit<PartsNeeds, 'patience'> {
  /** Absent: sessions are kept in this process. */
  readonly redisUrl: string | undefined
  /** Not ready while this clock and the database's are ten seconds apart: several nodes must mean the same time. */
  readonly sharesTime?: boolean
  /** How late this process gets to its work; absent: as it is seen. */
  readonly watchLateness?: typeof watchLateness
  /** More addresses on the same door, before the portal's, and what is done to answers: the demo's pages and data. */
  readonly extra?: (parts: { readonly frame: FrameOf; readonly checkForm: CheckForm }) => {
    readonly routes: readonly Route[]
    readonly around?: Around
  }
}

export interface Service {
  readonly parts: Parts
  readonly artifacts: Artifacts
  /** Where sessions are kept, for the table that a start prints. */
  readonly sessionsIn: 'redis' | 'memory'
  /** @throws Error EADDRINUSE and its like. */
  listen(): Promise<void>
  /**
   * Says at /health/ready that it is leaving, serves on for `leave` ms, lets requests in flight end within `drain` ms, closes
   * everything in reverse.
   */
  close(leave?: number, drain?: number): Promise<void>
}

const PATIENCE = 700
const HOUR = 3_600_000

export async function compose(needs: ServiceNeeds): Promise<Service> {
  const { config, clock, random, log, redisUrl } = needs
  const { issuer } = config
  const opened: (() => Promise<unknown>)[] = []
  const closeAll = async () => {
    for (const close of opened.splice(0).toReversed()) await close()
  }
  try {
    const redis =
      redisUrl === undefined
        ? undefined
        : await openRedis({
            url: redisUrl,
            replicas: config.redisReplicas,
            heard: (state, reason) => log.warn(`redis-${state}`, { reason }),
          })
    if (redis) opened.push(() => redis.close())
    const parts = await openParts({ ...needs, patience: PATIENCE })
    opened.push(() => parts.close())
    const { db, secrets, audit, persons, clients, disclosure, ring, throttle, credentials, knownBrowsers } = parts
    await clients.watch()

    const artifacts = redis
      ? openRedisArtifacts({ redis, sealer: openSealer(secrets.get('sessions'), random), clock })
      : openMemoryArtifacts({ clock })
    opened.push(() => artifacts.close())

    await ring.enterFirstKey(db, { kind: 'service', part: 'start' }, config.profile === 'demo')
    await ring.watch()
    if (ring.keys().length === 0)
      throw new SecretsRefused('there is no signing key: make the first with `pratu keys init`')

    const guardOf = (factor: Factor): Guard => ({
      spend: (attempt) => throttle.spend(factor, attempt),
      succeed: (tx, attempt) => throttle.succeed(tx, factor, attempt),
      giveBack: (attempt) => throttle.giveBack(attempt),
      success: (attempt) => throttle.success(factor, attempt),
    })
    const { schemes } = config
    const metrics = openMetrics()
    const tickets = config.cardDoor && openCardTickets({ artifacts, random, clock })
    const cards =
      config.cardIssuers === undefined
        ? undefined
        : (await import('./methods/smart-card/cards.ts')).openCards({
            folder: config.cardIssuers,
            production: config.profile === 'production',
            origin: cardOrigin(issuer),
            allow: config.fetchAllow,
            blocks: parts.cardBlocks,
            tickets,
            artifacts,
            clock,
            random,
            log,
            metrics,
          })
    if (cards) opened.push(() => cards.close())
    if (cards) await parts.cardBlocks.watch()
    const totp = { db, credentials, guard: guardOf('totp'), clock, schemes }
    const methods = await openMethods({ smartCard: cards?.method, totp })
    const attempts = openAttempts({ artifacts, stateful: ['smart-card'] })
    const flow = openFlow({ db, methods, persons, attempts, knownBrowsers, audit, clock })
    const activation = openActivation({ db, persons, credentials, guard: guardOf('letter'), audit, schemes })

    const assets = openAssets(VIEWS, ['pratu.css', 'door.svg', 'login/web-eid.js'])
    const { frame, bareFrame } = openFrames({
      assets,
      clock,
      demo: config.profile === 'demo',
      helpPhone: config.helpPhone,
      timeZone: config.timeZone,
    })
    const outgoing = openFetch({ allow: config.fetchAllow })
    opened.push(() => outgoing.close())
    const engine = openEngine({
      issuer,
      production: config.profile === 'production',
      db,
      audit,
      artifacts,
      clock,
      random,
      ring,
      clients,
      people: {
        find: async (person) => {
          const found = await persons.get(db, person)
          return found && STANDING[found.status].mayEnter ? found : undefined
        },
      },
      disclosure: disclosureForProtocol({ db, clients, persons, disclosure }),
      terms: (client) => termsOf(disclosure, client, methods),
      cookieKeys: secrets.get('cookies'),
      pairwiseSalt: secrets.get('pairwise-salt').at(-1)!.key,
      fetch: outgoing.fetch,
      pages: protocolPages({
        frame,
        clients,
        languageOf: async (person) => (await persons.get(db, person))?.language,
        log,
      }),
      session: { idle: config.sessionIdleMinutes * 60, absolute: config.sessionHours * 3600 },
    })
    opened.push(async () => engine.close())

    const overload = openOverload({
      watch: needs.watchLateness ?? watchLateness,
      waiting: () => cards?.waiting() ?? 0,
      changed: (overloaded) => log.warn(overloaded ? 'overloaded' : 'overload-over'),
    })
    opened.push(async () => overload.close())
    metrics.gauge('turn_late_seconds', 'How late this process gets to what is ready', () => overload.lateness() / 1000)
    const source = openSource(config.trustedProxies)
    const checkForm = ownForms(issuer)
    const extra = needs.extra?.({ frame, checkForm })
    let stopping = false
    const dependencies = [
      { name: 'database', check: async () => void (await rows(db, 'select 1')) },
      { name: 'sessions', check: () => artifacts.check() },
      { name: 'signing', check: () => ring.check() },
      ...(needs.sharesTime ? [{ name: 'clock', check: () => compareClocks(db, clock) }] : []),
    ]
    const app = openApp({
      issuer,
      engine,
      keygrip: engine.keys,
      routes: [
        ...healthRoutes({ dependencies, stopping: () => stopping, metrics }),
        ...assets.routes,
        ...(extra?.routes ?? []),
        ...loginRoutes({
          engine,
          flow,
          keepLanguage: (person, language) => persons.setLanguage(db, person, language),
          consentQuestion: openConsentQuestion({ db, persons, disclosure }),
          frame,
          source,
          checkForm,
          schemes,
          issuer,
          script: (name) => assets.address(name),
          ...(config.cardDoor && tickets && { cardDoor: { origin: config.cardDoor.origin, tickets } }),
        }),
        ...portalRoutes({
          activation,
          frame,
          source,
          checkForm,
          schemes,
          serviceName: new URL(issuer).host,
          kept: {
            recordDays: config.auditRetentionDays,
            idleMinutes: config.sessionIdleMinutes,
            sessionHours: config.sessionHours,
          },
        }),
      ],
      around: extra?.around,
      frame,
      bareFrame,
      source,
      wayBack: openWayBack((id) => clients.find(clientId(id))),
      beginningsPerMinute: config.signInsPerMinute,
      overload,
      log,
      metrics,
      clock,
      random,
    })

    const card =
      config.cardDoor &&
      tickets &&
      openCard({
        settings: config.cardDoor,
        issuer,
        tickets,
        authorities: (cards?.issuers ?? []).flatMap(({ chain }) => chain.map(({ x509 }) => x509.toString())),
        connectionsPerMinute: config.signInsPerMinute,
        log,
        metrics,
        random,
        clock,
      })

    return {
      parts,
      artifacts,
      sessionsIn: redis ? 'redis' : 'memory',
      async listen() {
        const patient = openDb({ url: needs.databaseUrl, connections: 1, patience: 0 })
        opened.push(() => patient.close())
        const schedule = openSchedule({
          db: patient.db,
          clock,
          work: purges(parts),
          onFault: (job, error) => log.fault('job-failed', error, { job }),
        })
        opened.push(() => schedule.close())
        await new Promise<void>((resolve, reject) => {
          app.server.once('error', reject)
          app.server.listen(config.port, config.listen, resolve)
        })
        await card?.listen()
      },
      async close(leave = 0, drain = 0) {
        stopping = true
        await Promise.all([app.drain(leave, drain), card?.drain(leave, drain)])
        await closeAll()
      },
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** What is forgotten, and how often it is looked for; how long each is kept is its own chapter's. */
function purges({ throttle, credentials, audit, config, clock }: Parts): Work[] {
  return [
    { name: 'purge-throttle', every: HOUR, run: (tx) => throttle.purge(tx) },
    { name: 'purge-letters', every: 24 * HOUR, run: (tx) => credentials.purge(tx) },
    {
      name: 'erase-audit-payloads',
      every: 24 * HOUR,
      run: (tx) => eraseOld(tx, { audit, clock, retentionDays: config.auditRetentionDays }),
    },
  ]
}
