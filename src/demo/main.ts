import { isIP } from 'node:net'
import { relative } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import { systemClock } from '../platform/clock.ts'
import { systemRandom } from '../platform/random.ts'
import { InTheWay, type Stores, startStores } from './machine.ts'

// `npm start`: a laptop's whole world: stores, keys, people, two agencies and the service, on loopback, until Ctrl-C.
// Chooses settings and prints; starting is machine's and start's. The service alone is src/main.ts, which knows nothing of this.

/** What the demo takes for granted where nothing else is said. */
const USUAL = { PRATU_PROFILE: 'demo', PRATU_SCHEMES: 'TH,EE' }

function readDemoConfig(): Config {
  const config = readConfig({ ...USUAL, ...process.env })
  if (config.profile !== 'demo') throw new InTheWay('This is the demo: `npm run serve` starts the real service.')
  const loopback = config.listen === '::1' || (isIP(config.listen) === 4 && config.listen.startsWith('127.'))
  if (!loopback)
    throw new InTheWay(`The demo listens on loopback only, not on ${config.listen}: take PRATU_LISTEN away.`)
  return config
}

function table(config: Config, stores: Stores, ports: Record<string, number>, logFile: string): string {
  const lines = [
    ['people and their codes', config.issuer],
    ['Revenue Department', `http://localhost:${ports.revenue}`],
    ['Social Security Office', `http://localhost:${ports.social}`],
    ['to sign in', 'open an agency, press "sign in", take a person number and a code from the first page'],
    ['with a card', 'choose the card, press the button: a card on screen asks for its PIN, 1234'],
    ['the cards’ responder', `http://127.0.0.1:${ports.cards}/manage`],
    ['telephones', `http://localhost:${ports.outside}/phones`],
    ['scripts', `${config.issuer}/demo/citizens.json · npx pratu --help`],
    ['database', stores.described.database],
    ['sessions', stores.described.sessions],
    ['log', relative(process.cwd(), logFile)],
  ].map(([name = '', value = '']) => `  ${name.padEnd(24)}${value}`)
  return ['', 'Pratu, a demonstration: invented people, nothing is real. Ctrl-C ends it.', '', ...lines, ''].join('\n')
}

/** @returns the exit code. */
async function main(stop: AbortSignal): Promise<number> {
  const stack = new AsyncDisposableStack()
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
  try {
    const config = readDemoConfig()
    const ports = {
      revenue: config.port + 1,
      social: config.port + 2,
      outside: config.port + 3,
      cards: config.port + 4,
    }
    // Loading the program takes as long as starting the stores: both at once.
    const [stores, { logFile, startWorld }] = await Promise.all([
      startStores(config, [config.port, ...Object.values(ports)], stack),
      import('./start.ts'),
    ])
    if (stop.aborted) return 0
    await startWorld({ config, ports, stores, clock: systemClock, random: systemRandom }, stack)
    if (stop.aborted) return 0
    process.stdout.write(`${table(config, stores, ports, logFile(config))}\nready ${config.issuer}\n`)
    const lost = await Promise.race([stopped, stores.lost])
    if (lost === undefined) return 0
    throw new InTheWay(lost)
  } catch (error) {
    process.stderr.write(`${await wordsOf(error)}\n`)
    return 1
  } finally {
    await stack.disposeAsync()
  }
}

/** What knows all the others' errors is loaded only when one came: a start has no time for it. */
async function wordsOf(error: unknown): Promise<string> {
  if (error instanceof InTheWay) return error.message
  const { inTheWay } = await import('../cli/in-the-way.ts')
  return inTheWay(error)
}

const stop = new AbortController()
// More than once does no harm: npm hands Ctrl-C on to us, which the terminal has sent us already.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
process.exitCode = await main(stop.signal)
