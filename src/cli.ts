import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { addAuditCommands } from './cli/audit.ts'
import { addCardBlockCommands } from './cli/card-blocks.ts'
import { addCardCommands } from './cli/cards.ts'
import { addClientsCommands } from './cli/clients.ts'
import { addCodeCardCommands } from './cli/code-cards.ts'
import { addConfigCommands } from './cli/config.ts'
import { addEnrolCommands } from './cli/enrol.ts'
import { addExplainCommands } from './cli/explain.ts'
import { inTheWay } from './cli/in-the-way.ts'
import { addKeyRotationCommands } from './cli/key-rotation.ts'
import { addKeysCommands } from './cli/keys.ts'
import { addMeansCommands } from './cli/means.ts'
import { addMethodsCommands } from './cli/methods.ts'
import { CommandRefused } from './cli/opened.ts'
import { addPersonsCommands } from './cli/persons.ts'
import { addPhoneCommands } from './cli/phones.ts'
import { addPinCommands } from './cli/pins.ts'
import { addTwoOperatorCommands } from './cli/two-operators.ts'
import { type Config, readConfig, readKeySettings } from './config.ts'
import type { Actor } from './identity/actor.ts'
import { readIssuers } from './methods/certificates/issuers.ts'
import { openOutgoing } from './methods/certificates/outgoing.ts'
import { openRevocation } from './methods/certificates/revocation.ts'
import type { Issuer } from './methods/certificates/trust.ts'
import { cardOrigin } from './oidc/localhost.ts'
import { openParts } from './parts.ts'
import { systemClock } from './platform/clock.ts'
import { findPostgres, startPostgres } from './platform/embedded-postgres.ts'
import { silentLog } from './platform/log.ts'
import { systemRandom } from './platform/random.ts'
import { originOf } from './platform/secrets.ts'

// The operator's command. Calls the same functions as the service, on the same database, whether or not the service
// runs; every act is audited under the operator's account on this machine. Exit code 0: done; 1: refused or failed.

/** Settings as the service has them; in a clone where the demo was started, its profile need not be named again. */
function settings(): Config {
  const environment = { ...process.env }
  environment.PRATU_PROFILE ??= originOf({ folder: environment.PRATU_KEYS ?? 'keys' })
  return readConfig(environment)
}

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
    })
    await parts.clients.refresh()
    const actor: Extract<Actor, { kind: 'operator' }> = { kind: 'operator', name: userInfo().username }
    return {
      ...parts,
      actor,
      async close() {
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
  const { cardBlocks: blocks, close } = await open()
  await blocks.refresh()
  const { profile, issuer, fetchAllow: allow } = config
  return { issuers, production: profile === 'production', origin: cardOrigin(issuer), allow, blocks, close }
}

const { version: VERSION }: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const terminal = process.stdout.isTTY

const program = new Command('pratu')
  .description("One door to every public service: the operator's command")
  .version(VERSION)
  .showHelpAfterError()
addConfigCommands(program)
addKeysCommands(program, { settings: () => readKeySettings(process.env), random: systemRandom, print })
addKeyRotationCommands(program, { open, print, clock: systemClock })
addClientsCommands(program, { open, print })
addAuditCommands(program, { open, print })
addExplainCommands(program, { open, print })
addMethodsCommands(program, { open, print })
addCardBlockCommands(program, { open, issuers: () => cardIssuers(settings()), print })
addCardCommands(program, {
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
})
addPersonsCommands(program, {
  open,
  print,
  input: process.stdin,
  errors: process.stderr,
  terminal: process.stderr.isTTY,
  clock: systemClock,
  onInterrupt(interrupted) {
    // Every time, not once: Ctrl-C may arrive twice, from the terminal and from the wrapper that found the right Node.
    process.on('SIGINT', interrupted).on('SIGTERM', interrupted)
    return () => process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  },
})
addMeansCommands(program, { open, print, input: process.stdin })
addTwoOperatorCommands(program, { open, print, input: process.stdin })
addPhoneCommands(program, { open, print, input: process.stdin })
addEnrolCommands(program, { open, print, terminal, input: process.stdin })
addCodeCardCommands(program, { open, print, input: process.stdin })
addPinCommands(program, { open, print, input: process.stdin })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${inTheWay(error)}\n`)
  process.exitCode = 1
}
