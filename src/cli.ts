import { userInfo } from 'node:os'
import { Command } from 'commander'
import { addConfigCommands } from './cli/config.ts'
import { addKeysCommands } from './cli/keys.ts'
import { openParts, type Parts } from './compose.ts'
import { type Config, readConfig } from './config.ts'
import type { Actor } from './identity/actor.ts'
import { systemClock } from './platform/clock.ts'
import { findPostgres, startPostgres } from './platform/embedded-postgres.ts'
import { silentLog } from './platform/log.ts'
import { systemRandom } from './platform/random.ts'
import { originOf, SecretsRefused } from './platform/secrets.ts'
import { SettingMistakes } from './platform/settings.ts'

// The operator's command. Calls the same functions as the service, on the same database, whether or not the service
// runs; every act is audited under the operator's account on this machine. Exit code 0: done; 1: refused or failed.

/** Settings as the service has them; in a clone where the demo was started, its profile need not be named again. */
function settings(): Config {
  const environment = { ...process.env }
  environment.PRATU_PROFILE ??= originOf({ folder: environment.PRATU_KEYS ?? 'keys' })
  return readConfig(environment)
}

async function open(): Promise<Parts & { readonly actor: Actor }> {
  const config = settings()
  const running = config.databaseUrl ?? findPostgres(config.data)
  const own = running ? undefined : await startPostgres({ folder: config.data, searchPath: config.searchPath })
  try {
    const parts = await openParts({
      config,
      databaseUrl: running ?? own!.url,
      patience: 0,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    return {
      ...parts,
      actor: { kind: 'operator', name: userInfo().username },
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

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const program = new Command('pratu')
  .description("One door to every public service: the operator's command")
  .showHelpAfterError()
addConfigCommands(program)
addKeysCommands(program, { settings, random: systemRandom, print })

try {
  await program.parseAsync()
} catch (error) {
  const known = error instanceof SettingMistakes || error instanceof SecretsRefused
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
void open
