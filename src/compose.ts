import { fileURLToPath } from 'node:url'
import { openBackground } from './background.ts'
import { disclosureForProtocol } from './disclosure/for-protocol.ts'
import { clientId } from './identity/identifiers.ts'
import { openActivation } from './login/activation.ts'
import { openAdmitted } from './login/admitted.ts'
import { openAttempts } from './login/attempt.ts'
import { openDesk } from './login/desk.ts'
import { openFirstStrong } from './login/first-strong.ts'
import { openFlow } from './login/flow.ts'
import type { Method } from './methods/method.ts'
import { openEngine } from './oidc/engine.ts'
import { PUBLISHED } from './oidc/lifetimes.ts'
import { openLogoutDelivery } from './oidc/logout-delivery.ts'
import { openSecurityEvents } from './oidc/security-events.ts'
import { endInStore, lifeInStore } from './oidc/session-model.ts'
import { termsOf } from './oidc/terms.ts'
import { openParts, type Parts, type PartsNeeds } from './parts.ts'
import { watchLateness } from './platform/clock.ts'
import { rows } from './platform/db.ts'
import { openFetch } from './platform/fetch.ts'
import { SecretsRefused } from './platform/master-key.ts'
import { openMetrics } from './platform/metrics.ts'
import { openRedis } from './platform/redis.ts'
import { compareClocks } from './platform/same-time.ts'
import { openSealer } from './platform/seal.ts'
import { openSignals } from './platform/signals.ts'
import type { Artifacts } from './sessions/artifacts.ts'
import { openClosing } from './sessions/closing.ts'
import { openMemoryArtifacts } from './sessions/memory.ts'
import { openRedisArtifacts } from './sessions/redis.ts'
import { openUptakeWatch } from './signing/uptake.ts'
import { openWaysIn, STATEFUL } from './ways-in.ts'
import { type Around, openApp } from './web/app.ts'
import { openAssets } from './web/assets.ts'
import { openCard } from './web/card/open.ts'
import { deskRoutes } from './web/desk/routes.ts'
import { type FrameOf, openFrames } from './web/frame.ts'
import { healthRoutes } from './web/health.ts'
import { keyCalendarRoutes } from './web/key-calendar.ts'
import { type CheckForm, ownForms } from './web/limits.ts'
import { openConsentQuestion } from './web/login/consent.ts'
import { openGoOnQuestion } from './web/login/go-on.ts'
import { openPoll } from './web/login/poll.ts'
import { loginRoutes } from './web/login/routes.ts'
import { openWayBack } from './web/login/way-back.ts'
import { openOverload } from './web/overload.ts'
import { openPlaces } from './web/places.ts'
import { openPortal } from './web/portal/open.ts'
import { portalRoutes } from './web/portal/routes.ts'
import { protocolPages } from './web/protocol-pages.ts'
import type { Route } from './web/router.ts'
import { openSource } from './web/source.ts'

// Builds the parts and hands them to each other, top to bottom; close() in reverse. Nothing else in the program knows
// how to get anything: whoever needs something is handed it here.

const VIEWS = fileURLToPath(new URL('../views/', import.meta.url))

export interface ServiceNeeds extends Omit<PartsNeeds, 'patience'> {
  /** Absent: sessions are kept in this process. */
  readonly redisUrl: string | undefined
  /** Not ready while this clock and the database's are ten seconds apart: several nodes must mean the same time. */
  readonly sharesTime?: boolean
  /** How late this process gets to its work; absent: as it is seen. */
  readonly watchLateness?: typeof watchLateness
  /** Further ways to prove who one is, before those of the settings: what tests wait for. */
  readonly furtherMethods?: readonly Method[]
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
  /** Does what is due of the schedule, without waiting for its minute; nothing before `listen`. */
  look(): Promise<readonly string[]>
  /**
   * Says at /health/ready that it is leaving, serves on for `leave` ms, lets requests in flight end within `drain` ms, closes
   * everything in reverse.
   */
  close(leave?: number, drain?: number): Promise<void>
}

const PATIENCE = 700
/** Bytes: some answer a message with a whole page, and have taken it all the same. */
const MOST_ANSWERED = 1 << 20

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
    const { db, secrets, audit, persons, clients, disclosure, ring, credentials, knownBrowsers, switches, notices } =
      parts
    await secrets.watch()
    await clients.watch()
    await switches.watch()

    const artifacts = redis
      ? openRedisArtifacts({ redis, sealer: openSealer(secrets.get('sessions'), random), clock })
      : openMemoryArtifacts({ clock })
    opened.push(() => artifacts.close())

    await ring.enterFirstKey(db, { kind: 'service', part: 'start' }, config.profile === 'demo')
    await ring.watch()
    const signals = openSignals({
      url: needs.databaseUrl,
      onFault: (error) => log.warn('signals-lost', { reason: String(error) }),
    })
    opened.push(() => signals.close())
    signals.on(
      'secrets',
      () => void secrets.refresh().catch((error: unknown) => log.fault('secrets-not-refreshed', error)),
    )
    signals.on('keys', () => void ring.refresh().catch((error: unknown) => log.fault('keys-not-refreshed', error)))
    if (ring.keys().length === 0)
      throw new SecretsRefused('there is no signing key: make the first with `pratu keys init`')

    const { schemes } = config
    const metrics = openMetrics()
    const wentBack = metrics.counter('key_went_back_total', 'Agencies for which a new key was taken back by itself', [])
    const uptake = openUptakeWatch({
      ...{ db, ring, clock, rotation: parts.rotation, actor: { kind: 'service', part: 'keys' } as const },
      heard({ client, from, to }) {
        wentBack.add({})
        log.warn('key-went-back', { reason: `${client} is signed for by ${to} again, and no more by ${from}` })
      },
      onFault: (error) => log.fault('key-uptake-not-kept', error),
    })
    opened.push(() => uptake.close())
    await uptake.watch()
    const { furtherMethods = [] } = needs
    const waysIn = await openWaysIn({ parts, artifacts, several: redis !== undefined, metrics })
    opened.push(() => waysIn.close())
    const { guardOf, tickets, passkey, announcing } = waysIn
    const methods = [...furtherMethods, ...waysIn.methods]
    const attempts = openAttempts({ artifacts, stateful: [...STATEFUL, ...furtherMethods.map(({ id }) => id)] })
    const firstStrong = openFirstStrong({ persons, credentials })
    const flow = openFlow({
      db,
      methods,
      persons,
      attempts,
      knownBrowsers,
      switches,
      firstStrong,
      notices,
      audit,
      clock,
    })
    const activation = openActivation({ db, persons, credentials, guard: guardOf('letter'), audit, schemes })

    const assets = openAssets(VIEWS, [
      'pratu.css',
      'door.svg',
      'login/web-eid.js',
      'login/wait.js',
      'login/square-code.js',
      'login/passkey.js',
    ])
    const { frame, bareFrame } = openFrames({
      assets,
      clock,
      demo: config.profile === 'demo',
      helpPhone: config.helpPhone,
      timeZone: config.timeZone,
    })
    const outgoing = openFetch({ allow: config.fetchAllow })
    opened.push(() => outgoing.close())
    // Of their own: an agency that hangs keeps nobody from an agency's key set.
    const delivering = openFetch({ allow: config.fetchAllow, timeout: 5_000, connections: 8, limit: MOST_ANSWERED })
    opened.push(() => delivering.close())
    const pairwiseSalt = secrets.lasting('pairwise-salt')
    const telling = { issuer, ring, clients, pairwiseSalt, ask: delivering.ask, clock }
    const events = openSecurityEvents({ ...parts, ...telling, audit: parts.auditReading })
    const limits = {
      idle: config.sessionIdleMinutes * 60,
      idleHigh: config.sessionIdleHighMinutes * 60,
      absolute: config.sessionHours * 3600,
    }
    const closing = openClosing({
      db,
      live: parts.live,
      lifeOf: (uid) => lifeInStore({ artifacts, clock }, uid, limits),
      forget: (uid, why) => endInStore(artifacts, uid, why, limits),
      onFault: (error) => log.fault('sessions-not-settled', error),
    })
    opened.push(() => closing.close())
    signals.on('sessions', closing.heard)
    const engine = openEngine({
      issuer,
      production: config.profile === 'production',
      db,
      audit,
      artifacts,
      clock,
      random,
      ring,
      uptake,
      clients,
      people: openAdmitted({ db, persons, audit, clock }),
      disclosure: disclosureForProtocol({ db, clients, persons, disclosure }),
      terms: (client) => termsOf(disclosure, client, methods),
      methods: methods.map(({ id }) => id),
      cookieKeys: secrets.get('cookies'),
      pairwiseSalt,
      fetch: outgoing.fetch,
      pages: protocolPages({
        frame,
        clients,
        languageOf: async (person) => (await persons.get(db, person))?.language,
        log,
      }),
      session: limits,
      receipts: parts.receipts,
      live: parts.live,
    })
    opened.push(async () => engine.close())

    const overload = openOverload({
      watch: needs.watchLateness ?? watchLateness,
      waiting: () => waysIn.waiting() + flow.waiting(),
      changed: (overloaded) => log.warn(overloaded ? 'overloaded' : 'overload-over'),
    })
    opened.push(async () => overload.close())
    metrics.gauge('turn_late_seconds', 'How late this process gets to what is ready', () => overload.lateness() / 1000)
    const source = openSource(config.trustedProxies)
    const placeOf = openPlaces(config.places)
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
      poll: openPoll({ issuer, keygrip: engine.keys, flow, onFault: (error) => log.fault('poll-failed', error) }),
      routes: [
        ...healthRoutes({ dependencies, stopping: () => stopping, metrics }),
        ...assets.routes,
        ...keyCalendarRoutes({ calendar: () => parts.rotation.calendar(db), published: PUBLISHED, issuer }),
        ...(extra?.routes ?? []),
        ...loginRoutes({
          engine,
          flow,
          keepLanguage: (person, language) => persons.setLanguage(db, person, language),
          consentQuestion: openConsentQuestion({ db, persons, disclosure }),
          goOnQuestion: openGoOnQuestion({ db, persons }),
          frame,
          source,
          checkForm,
          schemes,
          issuer,
          script: (name) => assets.address(name),
          ...(config.cardDoor && tickets && { cardDoor: { origin: config.cardDoor.origin, tickets } }),
        }),
        ...(passkey
          ? deskRoutes({
              desk: openDesk({ ...parts, enrolment: passkey.enrolment, guard: guardOf('desk') }),
              frame,
              source,
              checkForm,
              script: (name) => assets.address(name),
            })
          : []),
        ...openPortal({
          ...parts,
          engine,
          artifacts,
          methods,
          guard: guardOf('enrolment'),
          tell: notices.tell,
          phone: waysIn.numberProof,
          enrolment: passkey?.enrolment,
          mailCodes: waysIn.mailCodes,
          script: (name) => assets.address(name),
          frame,
          source,
          checkForm,
          issuer,
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
            idleHighMinutes: config.sessionIdleHighMinutes,
            sessionHours: config.sessionHours,
          },
        }),
      ],
      around: extra?.around,
      frame,
      bareFrame,
      source,
      placeOf,
      wayBack: openWayBack((id) => clients.find(clientId(id))),
      beginningsPerMinute: config.signInsPerMinute,
      overload,
      log,
      metrics,
      clock,
      random,
    })

    const jobs = metrics.counter('job_tries_total', 'Tries of work that outlives its request', ['kind', 'outcome'])
    const card =
      config.cardDoor &&
      tickets &&
      openCard({
        settings: config.cardDoor,
        issuer,
        tickets,
        authorities: waysIn.cardIssuers.flatMap(({ chain }) => chain.map(({ x509 }) => x509.toString())),
        connectionsPerMinute: config.signInsPerMinute,
        log,
        metrics,
        random,
        clock,
      })

    let look: Service['look'] = async () => []
    return {
      parts,
      artifacts,
      look: () => look(),
      sessionsIn: redis ? 'redis' : 'memory',
      async listen() {
        const background = await openBackground({
          ...{ parts, databaseUrl: needs.databaseUrl, signals, closing, tell: events.tell },
          kinds: [openLogoutDelivery(telling), events.kind, ...announcing],
          heard: (kind, outcome) => jobs.add({ kind, outcome }),
        })
        opened.push(() => background.close())
        look = background.look
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
