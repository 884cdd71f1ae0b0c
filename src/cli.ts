import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { allCommands } from './cli/commands.ts'
import { enter } from './cli/enter.ts'
import { inTheWay } from './cli/in-the-way.ts'
import { CommandRefused } from './cli/opened.ts'
import { askPassphrase } from './cli/passphrase.ts'
import { ruleOf, type Typed, typedOf } from './cli/roles.ts'
import { type Config, readConfig, readKeySettings, readOperatorSettings } from './config.ts'
import type { Actor } from './identity/actor.ts'
import { readIssuers } from './methods/certificates/issuers.ts'
import { openOutgoing } from './methods/certificates/outgoing.ts'
import { openRevocation } from './methods/certificates/revocation.ts'
import type { Issuer } from './methods/certificates/trust.ts'
import { cardOrigin } from './oidc/localhost.ts'
import { openParts } from './parts.ts'
import { pause, systemClock } from './platform/clock.ts'
import { findPostgres, startPostgres } from './platform/embedded-postgres.ts'
import { silentLog } from './platform/log.ts'
import { nextMaster } from './platform/master-key.ts'
import { systemRandom } from './platform/random.ts'
import { originOf } from './platform/secrets.ts'

// The operator's command. Calls the same functions as the service, on the same database, whether or not the service
// runs; every act is audited under the operator's name, and signed by their key (cli/enter). Exit code 0: done; 1: refused or failed.

/** Settings as the service has them; in a clone where the demo was started, its profile need not be named again. */
function settings(): Config {
  const environment = { ...process.env }
  environment.PRATU_PROFILE ??= originOf({ folder: environment.PRATU_KEYS ?? 'keys' })
  return readConfig(environment)
}

let typed: Typed | undefined
const operatorKey = {
  settings: () => readOperatorSettings(process.env),
  ask: askPassphrase,
  clock: systemClock,
  random: systemRandom,
}

/** With whoever runs the command, where it wants somebody: their name on what it does, and their signature. */
async function open() {
  const config = settings()
  const running = config.databaseUrl ?? findPostgres(config.data)
  const own = running ? undefined : await startPostgres({ folder: config.data, searchPath: config.searchPath })
  try {
    const parts = await openParts({
      config,
      databaseUrl: running ?? own!.url,
      // An operator's import may wait for a lock; nobody stands at the door meanwhile.
      patience: 0,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      enter: (db, keys) =>
        enter({ ...operatorKey, db, keys, production: config.profile === 'production', typed: typed! }),
    })
    // A command may last: it follows a change of the secrets as a service does.
    await parts.secrets.watch()
    await parts.clients.refresh()
    const name = parts.operator?.name ?? userInfo().username
    const actor: Extract<Actor, { kind: 'operator' }> = { kind: 'operator', name }
    return {
      ...parts,
      actor,
      async close() {
        await parts.operator?.close()
        await parts.close()
        await own?.stop()
      },
    }
  } catch (error) {
    await own?.stop()
    throw error
  }
}

/** As the service has them; in a clone where the demo was started, its own. */
function cardIssuers({ cardIssuers: folder, profile, data }: Config): readonly Issuer[] | undefined {
  const demos = join(data, 'card-issuers')
  if (folder !== undefined) return readIssuers(folder)
  return profile === 'demo' && existsSync(demos) ? readIssuers(demos) : undefined
}

async function openCardParts() {
  const config = settings()
  const issuers = cardIssuers(config)
  if (!issuers) throw new CommandRefused('No issuers of cards are configured (PRATU_CARD_ISSUERS): name some by --ca.')
  const { cardBlocks: blocks, cardKeys, close } = await open()
  await blocks.refresh()
  const { profile, issuer, fetchAllow: allow } = config
  return { issuers, production: profile === 'production', origin: cardOrigin(issuer), allow, blocks, cardKeys, close }
}

const { version: VERSION }: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)
// `pratu … | head` closes the pipe: what a command does is done all the same, and nobody is shown a stack.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const ignored = (): void => undefined

const program = allCommands({
  open,
  print,
  input: process.stdin,
  errors: process.stderr,
  terminal: process.stdout.isTTY,
  watched: process.stderr.isTTY,
  clock: systemClock,
  onInterrupt(interrupted) {
    // Ctrl-C may arrive twice, from the terminal and from the wrapper that found the right Node; the second perhaps only when
    // everything has stopped and what was done is left to be said. So whoever was interrupted once ends by itself.
    const tell = () => {
      process.on('SIGINT', ignored).on('SIGTERM', ignored)
      interrupted()
    }
    process.once('SIGINT', tell).once('SIGTERM', tell)
    return () => process.off('SIGINT', tell).off('SIGTERM', tell)
  },
  operatorKey,
  nextMaster: (path) => nextMaster({ folder: settings().keys }, path),
  pause,
  keys: { settings: () => readKeySettings(process.env), random: systemRandom, print },
  issuers: () => cardIssuers(settings()),
  cards: {
    open: openCardParts,
    revocation({ issuers, allow }) {
      const outgoing = openOutgoing({ issuers, allow })
      const { check, close } = openRevocation({ issuers, outgoing, clock: systemClock, random: systemRandom })
      const closeAll = async () => {
        await close()
        await outgoing.close()
      }
      return { check, close: closeAll }
    },
    clock: systemClock,
    print,
  },
})
  .description("One door to every public service: the operator's command")
  .version(VERSION)
  .showHelpAfterError()
  .hook('preAction', (_, command) => {
    typed = typedOf(command)
    ruleOf(typed)
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${inTheWay(error)}\n`)
  process.exitCode = 1
}
