import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'koa'
import { compose } from '../compose.ts'
import type { Config } from '../config.ts'
import { boundsOf, importClients } from '../disclosure/import.ts'
import type { Actor } from '../identity/actor.ts'
import type { Json } from '../identity/json.ts'
import { cardOrigin } from '../oidc/localhost.ts'
import type { Parts } from '../parts.ts'
import { importPersonsFile } from '../persons/import-file.ts'
import type { Clock } from '../platform/clock.ts'
import { openLog } from '../platform/log.ts'
import type { Random } from '../platform/random.ts'
import { openIndexer, openSealer } from '../platform/seal.ts'
import { completeSecrets, createSecrets, secretsExist } from '../platform/secrets.ts'
import { type AgencyId, DEFAULT_ORIGINS, NAMES, openAgencies, originOf } from './agencies.ts'
import { type AgencyKeys, agencyKeys } from './agency-keys.ts'
import { issuersFolder, openCardWorld } from './cards/world.ts'
import { type CodeCardWorld, codeCardRoutes, openCodeCardWorld } from './code-cards.ts'
import type { Stores } from './machine.ts'
import { openMailbox } from './mailbox/box.ts'
import { mailboxRoutes } from './mailbox/routes.ts'
import { openMobileIdService } from './mobile-id-service/service.ts'
import { openOutside } from './outside.ts'
import { inventedPeople } from './people.ts'
import { peopleRoutes } from './people-routes.ts'
import { openPhones } from './phones/phones.ts'
import { phoneRoutes } from './phones/routes.ts'
import { openSmartIdWorld } from './smart-id-service/world.ts'
import { openSmsBox } from './sms-box/box.ts'
import { smsBoxRoutes } from './sms-box/routes.ts'
import { thaidBeside } from './thaid-service/beside.ts'
import { openWorld, type World } from './world.ts'

// The service with its world around it: keys, people, agencies, then the doors, in the order in which each can answer.

export type Ports = Readonly<Record<AgencyId | 'outside' | 'cards', number>>

export interface Needs {
  readonly config: Config
  readonly ports: Ports
  readonly stores: Stores
  readonly clock: Clock
  readonly random: Random
}

const DRAIN = 5_000
const SELF: Actor = { kind: 'service', part: 'demo' }

/** Resolves when everything listens; `stack` stops it. */
export async function startWorld(needs: Needs, stack: AsyncDisposableStack): Promise<void> {
  const { config, ports, stores, clock, random } = needs
  const lines = createWriteStream(logFile(config), { mode: 0o600 })
  stack.defer(() => new Promise<void>((done) => void lines.end(done)))
  const log = openLog({ level: config.logLevel, clock, destination: { write: (line) => void lines.write(line) } })
  if (!secretsExist({ folder: config.keys }))
    createSecrets({ folder: config.keys, masterKey: config.masterKey, random }, 'demo')
  // A folder that an earlier version made lacks what this one brought.
  else completeSecrets({ folder: config.keys, masterKey: config.masterKey, random }, 'demo')
  const keys = await agencyKeys(config.data, random)
  const cards = openCardWorld({
    data: config.data,
    port: ports.cards,
    issuer: config.issuer,
    origin: cardOrigin(config.issuer),
    clock,
    random,
  })

  const phones = openPhones({ people: inventedPeople() })
  // Each service outside adds its routes here, and what the service must know of it to `config` below.
  const box = openSmsBox({ secret: random.bytes(32), phones, clock })
  const mailbox = await openMailbox({ clock })
  stack.defer(() => mailbox.close())
  const mobileId = openMobileIdService({ data: config.data, cards, phones, clock, random })
  stack.defer(async () => mobileId.close())
  const smartId = openSmartIdWorld({
    data: config.data,
    origin: originOf(ports.outside),
    people: inventedPeople(),
    phones,
    clock,
    random,
  })
  stack.defer(() => smartId.close())
  const thaid = thaidBeside({ config, origin: originOf(ports.outside), phones, clock, random })
  const outside = openOutside({
    port: ports.outside,
    routes: [
      ...phoneRoutes({ phones }),
      ...smsBoxRoutes({ box }),
      ...mailboxRoutes({ box: mailbox }),
      ...mobileId.routes,
      ...smartId.routes,
      ...thaid.routes,
    ],
  })

  let world: World | undefined
  let codeCards: CodeCardWorld | undefined
  const sites = (Object.keys(NAMES) as AgencyId[]).map((id) => ({ name: NAMES[id], href: `${originOf(ports[id])}/` }))
  const service = await compose({
    config: {
      ...config,
      cardIssuers: config.cardIssuers ?? issuersFolder(config.data),
      mobileId: config.mobileId ?? mobileId.settings(originOf(ports.outside)),
      smartId: config.smartId ?? smartId.settings,
      sms: config.sms ?? box.settings(originOf(ports.outside)),
      mail: config.mail ?? mailbox.settings,
      // The agencies of the demonstration are on this machine: they are told when somebody leaves.
      fetchAllow: [...config.fetchAllow, 'localhost'],
      codeCards: 'on',
      passkeys: 'on',
      upstreams: config.upstreams ?? thaid.settings,
    },
    databaseUrl: stores.databaseUrl,
    redisUrl: stores.redisUrl,
    log,
    clock,
    random,
    // The service listens only once the world is there.
    extra({ frame, checkForm }) {
      const people = { currentCodes: () => world!.currentCodes() }
      const phoneAt = (phone: string) => `${originOf(ports.outside)}/phones/${phone.replace('+', '')}`
      const { routes, around } = cards.onScreen(checkForm)
      const languageOf = (ctx: Context) => frame(ctx).language
      const printed = codeCardRoutes({ world: () => codeCards!, people: inventedPeople(), languageOf })
      return {
        routes: [...printed, ...peopleRoutes({ world: people, clock, agencies: sites, phoneAt, frame }), ...routes],
        around,
      }
    },
  })
  stack.defer(() => service.close(0, DRAIN))
  codeCards = openCodeCardWorld(service.parts)
  world = await populate(service.parts, ports, keys)

  const agencies = openAgencies({ issuer: config.issuer, ports, keys, clock, random })
  const around = [...Object.values(agencies), cards.responder, outside]
  for (const server of around) stack.defer(() => server.close())
  await Promise.all([service, ...around].map((server) => server.listen()))
}

export const logFile = ({ data }: Config): string => join(data, 'pratu.log')

function populate(parts: Parts, ports: Needs['ports'], keys: AgencyKeys): Promise<World> {
  const { db, audit, clock, random, secrets, clients, config } = parts
  const sealer = openSealer(secrets.get('personal-data'), random)
  const indexer = openIndexer(secrets.get('blind-index'))
  const bounds = boundsOf(config.profile)
  return openWorld({
    ...parts,
    async importPeople(path) {
      const job = { path, rejectedPath: join(config.data, 'people.rejected'), strict: true, demo: true, actor: SELF }
      const { loaded } = await importPersonsFile({ sealer, indexer, audit, clock, random }, db, job)
      if (!loaded) throw new Error(`A demo person can't be imported: see ${job.rejectedPath}.`)
    },
    async importClients(document: Json) {
      const result = await importClients(db, document, { ...parts, actor: SELF, bounds })
      if (!result.ok) {
        const mistakes = result.mistakes.map(({ path, problem }) => `${path} ${problem}`)
        throw new Error(`The demo agencies can't be imported: ${mistakes.join('; ')}`)
      }
      await clients.refresh()
    },
    agencies: {
      keys,
      origins: Object.fromEntries(
        (Object.keys(NAMES) as AgencyId[]).map((id) => [DEFAULT_ORIGINS[id], originOf(ports[id])]),
      ),
    },
  })
}
