import { createWriteStream, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { readConfig } from '../../src/config.ts'
import { boundsOf, importClients } from '../../src/disclosure/import.ts'
import type { Actor } from '../../src/identity/actor.ts'
import { openParts, type Parts } from '../../src/parts.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDb, transaction } from '../../src/platform/db.ts'
import { type EmbeddedPostgres, startPostgres } from '../../src/platform/embedded-postgres.ts'
import { silentLog } from '../../src/platform/log.ts'
import { type OwnRedis, startRedis } from '../../src/platform/own-redis.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { createSecrets } from '../../src/platform/secrets.ts'
import { freePorts } from '../support/ports.ts'
import { AGENCY, CALLBACK, REFRESHING } from './agency.ts'

// What a measured Pratu stands on: a PostgreSQL and a Redis of this run, as `npm start` would start them (every commit on
// disk), a register with citizens who hold one-time codes, and one agency with an agreement.

const SELF: Actor = { kind: 'service', part: 'bench' }
const AT_ONCE = 8
const BATCH = 500

export interface Citizen {
  readonly code: string
  readonly secret: Buffer
  /** The last time step whose code was sent: each is taken once. */
  lastStep: number
}

export interface Ground {
  readonly folder: string
  readonly secret: string
  /** The service's environment, without its port. */
  readonly settings: Readonly<Record<string, string>>
  readonly port: number
  readonly postgres: EmbeddedPostgres
  readonly redis: OwnRedis
  readonly citizens: readonly Citizen[]
  /** SQL statements and Redis commands (a script is one) that `work` makes. */
  counting(work: () => Promise<void>): Promise<{ sql: readonly string[]; redis: readonly string[] }>
  close(): Promise<void>
}

export async function openGround({ citizens: count }: { readonly citizens: number }): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'pratu-bench-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  try {
    const searchPath = process.env.PATH ?? ''
    const postgres = await startPostgres({ folder: join(folder, 'sql'), searchPath })
    stack.defer(() => postgres.stop())
    const redis = await startRedis({ folder: join(folder, 'redis'), searchPath })
    if (!redis) throw new Error('redis-server is not installed: run `node bin/prepare.mjs test`')
    stack.defer(() => redis.stop())

    const [port = 0] = await freePorts(1)
    const settings = {
      PRATU_PROFILE: 'demo',
      PRATU_ISSUER: `http://localhost:${port}`,
      PRATU_KEYS: join(folder, 'keys'),
      PRATU_DATA: folder,
      PRATU_DATABASE_URL: postgres.url,
      PRATU_REDIS_URL: redis.url,
      // Everybody comes from an address of their own, through a balancer.
      PRATU_TRUSTED_PROXIES: '127.0.0.1',
    }
    const config = readConfig({ ...settings, PRATU_PORT: String(port) })
    const secret = systemRandom.token(256)
    createSecrets({ folder: config.keys, random: systemRandom }, 'demo')
    const parts = await openParts({
      config,
      databaseUrl: postgres.url,
      patience: 0,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    let citizens: Citizen[]
    try {
      await enterAgency(parts, secret)
      citizens = await enterCitizens(parts, folder, count)
    } finally {
      await parts.close()
    }
    const kept = stack.move()
    return {
      folder,
      secret,
      settings,
      port,
      postgres,
      redis,
      citizens,
      counting: (work) => counting({ socket: redis.url, folder, url: postgres.url }, work),
      close: () => kept.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

const words = (text: string) => ({ th: text, en: text, et: text })

async function enterAgency({ db, clients, audit }: Parts, secret: string): Promise<void> {
  const party = (id: string, refresh: boolean) => ({
    client_id: id,
    'client_name#th': 'หน่วยงานทดสอบ',
    'client_name#en': 'Agency of the benchmark',
    'client_name#et': 'Proovi amet',
    redirect_uris: [CALLBACK],
    client_uri: 'http://localhost:9/bench/',
    grant_types: ['authorization_code', ...(refresh ? ['refresh_token'] : [])],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secret,
    agreement: {
      purpose: words('Benchmark'),
      officer: 'officer@bench.example',
      valid_from: '2020-01-01',
      valid_to: '2090-01-01',
      claims: [{ names: ['name', 'given_name', 'family_name'], ground: 'law', reference: words('Section 1') }],
      refresh,
    },
  })
  const agency = {
    id: 'bench-agency',
    name: words('Agency of the benchmark'),
    officer: 'officer@bench.example',
    sector: 'bench.example',
    relying_parties: [party(AGENCY, false), party(REFRESHING, true)],
  }
  const job = { clients, audit, clock: systemClock, actor: SELF, bounds: boundsOf('demo') }
  const imported = await importClients(db, { agencies: [agency] }, job)
  if (!imported.ok) throw new Error(JSON.stringify(imported.mistakes))
}

async function enterCitizens(parts: Parts, folder: string, count: number): Promise<Citizen[]> {
  const { db, persons, credentials } = parts
  const path = join(folder, 'citizens.csv')
  const file = createWriteStream(path)
  file.write('scheme,code,kind,status,given_name,family_name,given_name_latin,family_name_latin,birth_date\n')
  const codes = Array.from({ length: count }, (_, serial) => codeOf(serial))
  for (const [at, code] of codes.entries())
    file.write(
      `TH,${code},citizen,active,สมหญิง${at % 977},ตัวอย่าง${at % 1013},Somying,Tuayang,19${30 + (at % 70)}-01-01\n`,
    )
  await new Promise<void>((resolve) => file.end(() => resolve()))
  const { loaded } = await parts.importPersons({ path, strict: true, actor: SELF })
  if (!loaded) throw new Error('the citizens of the benchmark could not be imported')

  const citizens: Citizen[] = []
  const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, at) => codes.slice(at * BATCH, (at + 1) * BATCH))
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        const mine = batch
        await transaction(db, async (tx) => {
          for (const code of mine) {
            const person = await persons.find(tx, 'TH', code)
            const { secret } = await credentials.enrolTotp(tx, person!.key, SELF)
            citizens.push({ code, secret, lastStep: 0 })
          }
        })
      }
    }),
  )
  return citizens
}

/** A Thai number with its check digit; the first nine digits say that it belongs to nobody. */
function codeOf(serial: number): string {
  const digits = `1${String(serial).padStart(11, '0')}`
  const sum = Array.from(digits).reduce((total, digit, at) => total + Number(digit) * (13 - at), 0)
  return digits + ((11 - (sum % 11)) % 10)
}

interface Counted {
  readonly socket: string
  readonly folder: string
  readonly url: string
}

async function counting({ socket, folder, url }: Counted, work: () => Promise<void>) {
  const log = join(folder, 'sql', 'postgres.log')
  const { db, close } = openDb({ url, connections: 1, patience: 0 })
  const told = async (what: string) => {
    await db.raw(`alter system set log_statement = '${what}'`)
    await db.raw('select pg_reload_conf()')
    // Every session reads it before its next statement, once the signal has come.
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  const client = new Redis(socket)
  const monitor = await client.monitor()
  const redis: string[] = []
  monitor.on('monitor', (_at: string, [command = '']: string[], source: string) => {
    if (source !== 'lua') redis.push(command.toLowerCase())
  })
  try {
    await told('all')
    const from = statSync(log).size
    redis.length = 0
    await work()
    const commands = [...redis]
    const sql = readFileSync(log).subarray(from).toString('utf8')
    await told('none')
    const statements = [...sql.matchAll(/LOG: {2}(?:statement|execute [^:]*): (.*)/g)].map(([, text]) => text ?? '')
    return { sql: statements, redis: commands }
  } finally {
    monitor.disconnect()
    client.disconnect()
    await close()
  }
}
