import { inTheWay } from './cli/in-the-way.ts'
import { compose } from './compose.ts'
import { readConfig } from './config.ts'
import { systemClock } from './platform/clock.ts'
import { openLog } from './platform/log.ts'
import { systemRandom } from './platform/random.ts'
import { SettingMistakes } from './platform/settings.ts'

// The service by itself: start, listen, drain. Needs a database of its own (PRATU_DATABASE_URL); the demo, which brings
// one along with people and agencies, is demo/main.ts.

const DRAIN = 20_000

async function start(): Promise<void> {
  const config = readConfig(process.env)
  const { databaseUrl } = config
  if (databaseUrl === undefined)
    throw new SettingMistakes(['PRATU_DATABASE_URL is missing: `npm start` brings one along, `npm run serve` does not'])
  const log = openLog({ level: config.logLevel, clock: systemClock })
  const service = await compose({
    config,
    databaseUrl,
    redisUrl: config.redisUrl,
    sharesTime: true,
    log,
    clock: systemClock,
    random: systemRandom,
  })
  try {
    await service.listen()
  } catch (error) {
    // It has looked for work and counts as a node by now: left as it is, it would live on without a door.
    await service.close()
    throw error
  }
  log.info('ready', { address: `${config.listen}:${config.port}`, profile: config.profile })
  let stopping: Promise<void> | undefined
  const stop = (signal: string) => {
    if (!stopping) log.info('stopping', { signal })
    stopping ??= service.close(config.leaveSeconds * 1000, DRAIN).then(() => log.info('stopped'))
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
}

try {
  await start()
} catch (error) {
  process.stderr.write(`${inTheWay(error)}\n`)
  process.exitCode = 1
}
