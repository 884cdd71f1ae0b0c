import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/config.ts'
import { boundsOf, importClients } from '../../src/disclosure/import.ts'
import type { Json } from '../../src/identity/json.ts'
import { codeAt } from '../../src/methods/totp/code.ts'
import { openParts, type Parts } from '../../src/parts.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import { pause, systemClock } from '../../src/platform/clock.ts'
import type { Db } from '../../src/platform/db.ts'
import { openLog } from '../../src/platform/log.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openIndexer, openSealer } from '../../src/platform/seal.ts'
import { createSecrets } from '../../src/platform/secrets.ts'
import { type Balancer, openBalancer } from './balancer.ts'
import { freePorts } from './ports.ts'
import { SERVED } from './served.ts'
import { callback, party, type Request, redeem, request, type Tokens } from './service.ts'
import { thaiCode } from './sign-in.ts'
import { openVisitor, type Page, type Visitor } from './visitor.ts'

// Several processes of the service on one database and one Redis behind a balancer, as a country runs them: started,
// killed and restarted by a test. Time is the real one; so each person's next code is handed out, never one twice.

const SKEW = fileURLToPath(new URL('./skew.ts', import.meta.url))
const OPERATOR = { kind: 'operator', name: 'test' } as const
const STEP = 30_000

export interface Settings {
  readonly databaseUrl: string
  /** Where people and agencies are put in, when the services are to come in by another door (a passage). */
  readonly quietDatabaseUrl?: string
  readonly redisUrl?: string
  readonly count?: number
  readonly people?: number
  /** Fills the register before the people who sign in are entered; those whom it holds already stay where they are. */
  readonly fill?: (parts: Parts) => Promise<void>
  readonly agencies?: readonly string[]
  /** Seconds by which each node's clock is ahead. */
  readonly skews?: readonly number[]
  /** As openBalancer's. */
  readonly secondTry?: boolean
  readonly settings?: Readonly<Record<string, string>>
  /** For Node, before the program. */
  readonly words?: readonly string[]
}

export interface Person {
  readonly scheme: 'TH'
  readonly code: string
  /** A one-time code that this person has not used yet, or nothing when they would have to wait for it. */
  next(): string | undefined
}

export interface Node {
  readonly port: number
  readonly pid: number
  running(): boolean
  start(): Promise<void>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
  kill(): Promise<void>
  log(): string
}

export interface Nodes {
  readonly issuer: string
  readonly nodes: readonly Node[]
  readonly balancer: Balancer
  readonly people: readonly Person[]
  /** Signs for the agency `keyed`, which proves itself by a key. */
  readonly agencyKey: import('node:crypto').KeyObject
  readonly db: Db
  visitor(): Visitor
  /** Somebody who can sign in now; waits when everybody has just done so. */
  somebody(): Promise<{ person: Person; code: string }>
  /** The next that `somebody` gives is this one again. */
  again(person: Person): void
  close(): Promise<void>
}

export async function startNodes(options: Settings): Promise<Nodes> {
  const { count = 2, databaseUrl, redisUrl, quietDatabaseUrl = databaseUrl } = options
  const folder = mkdtempSync(join(tmpdir(), 'pratu-nodes-'))
  const ports = await freePorts(count)
  const balancer = await openBalancer(ports, options.secondTry)
  const issuer = `http://localhost:${balancer.port}`
  const environment = (port: number): Record<string, string> => ({
    PRATU_PROFILE: 'demo',
    PRATU_PORT: String(port),
    PRATU_ISSUER: issuer,
    PRATU_DATABASE_URL: databaseUrl,
    ...(redisUrl === undefined ? {} : { PRATU_REDIS_URL: redisUrl }),
    PRATU_KEYS: join(folder, 'keys'),
    PRATU_DATA: folder,
    PRATU_SCHEMES: 'TH',
    PRATU_SIGN_INS_PER_MINUTE: '1000000',
    PRATU_LEAVE_SECONDS: '1',
    PRATU_TRUSTED_PROXIES: '127.0.0.1',
    ...options.settings,
  })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const config = readConfig({ ...environment(ports[0]!), PRATU_DATABASE_URL: quietDatabaseUrl })
  createSecrets({ folder: config.keys, random: systemRandom }, 'demo')
  const parts = await openParts({
    config,
    databaseUrl: quietDatabaseUrl,
    patience: 0,
    clock: systemClock,
    random: systemRandom,
    log: openLog({ level: 'error', clock: systemClock }),
  })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' } as Record<string, Json>
  await enterAgencies(parts, options.agencies ?? ['tax', 'social', 'land'], jwk)
  await options.fill?.(parts)
  const people = await enterPeople(parts, folder, options.people ?? 3)
  const { skews = [], words = [] } = options
  const nodes = ports.map((port, n) => openNode(port, environment(port), { skew: skews[n] ?? 0, words }))
  await Promise.all(nodes.map((node) => node.start()))
  const right = count - skews.filter((skew) => Math.abs(skew) > 10).length
  while (balancer.healthy().length < right) await pause(20)
  let turn = 0
  return {
    issuer,
    nodes,
    balancer,
    people,
    agencyKey: privateKey,
    db: parts.db,
    visitor: () => openVisitor(issuer),
    async somebody() {
      for (let asked = 0; ; asked++) {
        const person = people[turn++ % people.length]!
        const code = person.next()
        if (code !== undefined) return { person, code }
        if (asked % people.length === people.length - 1) await pause(500)
      }
    },
    again(person) {
      turn = people.indexOf(person)
    },
    async close() {
      await Promise.all(nodes.map((node) => node.kill()))
      await balancer.close()
      await parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Started {
  readonly skew: number
  readonly words: readonly string[]
}

function openNode(port: number, env: Record<string, string>, { skew, words }: Started): Node {
  const flags = skew === 0 ? words : ['--import', SKEW, ...words]
  let child: ChildProcess | undefined
  let exited: Promise<number | null> = Promise.resolve(null)
  const lines: string[] = []
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    port,
    get pid() {
      return child!.pid!
    },
    running,
    async start() {
      const started = spawn(process.execPath, [...flags, ...SERVED], {
        env: { PATH: process.env.PATH ?? '', TEST_SKEW: String(skew), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      exited = new Promise((resolve) => started.on('exit', resolve))
      await new Promise<void>((resolve, reject) => {
        started.on('exit', () => reject(new Error(`the node on ${port} ended: ${lines.slice(-5).join('')}`)))
        started.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
        started.stdout.on('data', (chunk: Buffer) => {
          lines.push(chunk.toString())
          if (chunk.toString().includes('"event":"ready"')) resolve()
        })
      })
    },
    stop() {
      child?.kill('SIGTERM')
      return exited
    },
    async kill() {
      if (!running()) return
      child!.kill('SIGKILL')
      await exited
    },
    log: () => lines.join(''),
  }
}

async function enterAgencies(parts: Parts, agencies: readonly string[], jwk: Record<string, Json>): Promise<void> {
  const refreshing = { grant_types: ['authorization_code', 'refresh_token'] }
  const terms = { refresh: true }
  const key = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } }
  const document = {
    agencies: [...agencies.map((id) => party(id, refreshing, terms)), party('keyed', refreshing, terms, key)],
  }
  const imported = await importClients(parts.db, document, { ...parts, actor: OPERATOR, bounds: boundsOf('demo') })
  if (!imported.ok) throw new Error(JSON.stringify(imported.mistakes))
}

async function enterPeople(parts: Parts, folder: string, count: number): Promise<Person[]> {
  const { db, audit, random, secrets, persons, credentials, clock } = parts
  const codes = Array.from({ length: count }, (_, n) => thaiCode(n + 1))
  const file = join(folder, 'people.jsonl')
  const line = (code: string, n: number) => ({
    scheme: 'TH',
    code,
    kind: 'citizen',
    status: 'active',
    given_name: `ชื่อ${n}`,
    family_name: 'ตัวอย่าง',
  })
  writeFileSync(file, codes.map((code, n) => `${JSON.stringify(line(code, n))}\n`).join(''))
  const sealer = openSealer(secrets.get('personal-data'), random)
  const indexer = openIndexer(secrets.get('blind-index'))
  const register = { sealer, indexer, audit, clock, random }
  const loaded = await importPersonsFile(register, db, { path: file, strict: true, actor: OPERATOR })
  if (!loaded.loaded) throw new Error('the test people could not be imported')
  const people: Person[] = []
  for (const code of codes) {
    const found = await persons.find(db, 'TH', code)
    const { secret } = await credentials.enrolTotp(db, found!.key, OPERATOR)
    let last = 0
    people.push({
      scheme: 'TH',
      code,
      next() {
        const now = systemClock.now()
        // A step early is accepted, so that nobody waits whose clock stands near the edge of one.
        const step = Math.max(last + 1, Math.floor(now / STEP))
        if (step > Math.floor(now / STEP) + 1) return undefined
        last = step
        return codeAt(secret, step * STEP).code
      },
    })
  }
  return people
}

/** From the agency's request to the answer at its callback. */
export async function enter(at: Nodes, visitor: Visitor, asked: Request): Promise<Page> {
  const page = await visitor.open(asked.url)
  if (!page.form) return page
  const { person, code } = await at.somebody()
  return visitor.submit(page, { scheme: person.scheme, person_code: person.code, code })
}

/** A whole sign-in: authorize, pages, code, token. */
export async function enterWhole(
  at: Nodes,
  agency = 'tax',
  visitor = at.visitor(),
): Promise<Tokens & { code: string }> {
  const asked = request(at.issuer, agency)
  const { code, error, state } = callback(await enter(at, visitor, asked))
  if (code === undefined || state !== asked.state) throw new Error(`the sign-in came back with ${error}`)
  return { ...(await redeem(at.issuer, agency, code, asked.verifier)), code }
}
