import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { compose, type Service, type ServiceNeeds } from '../../src/compose.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { boundsOf, importClients } from '../../src/disclosure/import.ts'
import type { PersonKey } from '../../src/identity/identifiers.ts'
import type { Json } from '../../src/identity/json.ts'
import { codeAt, secretText } from '../../src/methods/totp/code.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import { type Log, openLog } from '../../src/platform/log.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openIndexer, openSealer } from '../../src/platform/seal.ts'
import { createSecrets } from '../../src/platform/secrets.ts'
import { type TestClock, testClock } from './clock.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { freePorts } from './ports.ts'
import { openVisitor, type Page, type Visitor } from './visitor.ts'

// The whole service in this process, on a database of its own, with citizens and three agencies: for stories over HTTP.

const OPERATOR = { kind: 'operator', name: 'test' } as const
export const SECRETS = {
  tax: 'tax-secret-of-at-least-forty-three-characters-000',
  social: 'social-secret-of-at-least-forty-three-characters-0',
  land: 'land-secret-of-at-least-forty-three-characters-0000',
} as const
export type Agency = keyof typeof SECRETS

export const secretOfAgency = (agency: string): string =>
  SECRETS[agency as Agency] ?? `${agency}-secret-of-at-least-forty-three-characters-0000`

export interface Citizen {
  readonly key: PersonKey
  readonly scheme: string
  readonly code: string
  readonly secret: Buffer
  /** The one-time code of now, or of so many steps later. */
  oneTimeCode(stepsLater?: number): string
}

export interface Options {
  readonly redisUrl?: string
  readonly settings?: Readonly<Record<string, string>>
  /** A further node on the world that another call made. */
  readonly beside?: TestService
  readonly database?: TestDatabase
  readonly databaseUrl?: string
  /** How late this process gets to its work, as the service is told: never, so that a busy machine turns nobody away. */
  readonly watchLateness?: NonNullable<ServiceNeeds['watchLateness']>
  /** Beside those of the settings. */
  readonly furtherMethods?: NonNullable<ServiceNeeds['furtherMethods']>
  /** Further addresses on the same door, as the demo has them. */
  readonly extra?: NonNullable<ServiceNeeds['extra']>
}

export interface TestService {
  readonly clock: TestClock
  readonly issuer: string
  readonly config: Config
  readonly service: Service
  readonly database: TestDatabase
  readonly redisUrl: string | undefined
  readonly citizens: readonly Citizen[]
  /** Everything logged so far, as text. */
  log(): string
  visitor(language?: string): Visitor
  /** As the service's. */
  close(leave?: number, drain?: number): Promise<void>
}

/** Invented people; the codes have right check digits. */
export const PEOPLE = [
  {
    scheme: 'TH',
    code: '1999900001010',
    kind: 'citizen',
    status: 'active',
    given_name: 'สมหญิง',
    family_name: 'ตัวอย่างดี',
    given_name_latin: 'Somying',
    family_name_latin: 'Tuayangdee',
    birth_date: '1987-04-12',
  },
  {
    scheme: 'TH',
    code: '1999900002024',
    kind: 'citizen',
    status: 'active',
    given_name: 'สมชาย',
    family_name: 'ลองระบบ',
    given_name_latin: 'Somchai',
    family_name_latin: 'Longrabop',
    birth_date: '1980',
  },
  {
    scheme: 'EE',
    code: '60001019906',
    kind: 'citizen',
    status: 'active',
    given_name: 'Õnne-Mari',
    family_name: 'Näidis',
    birth_date: '2000-01-01',
  },
]

const words = (text: string) => ({ th: text, en: text, et: text })

/** An agency with one relying party of the same name; `more` and `terms` add to its registration and its agreement. */
export function party(
  id: string,
  more: Record<string, Json> = {},
  terms: Record<string, Json> = {},
  proof: Record<string, Json> = {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secretOfAgency(id),
  },
): Json {
  return {
    id: `${id}-agency`,
    name: words(`Agency of ${id}`),
    officer: `officer@${id}.example`,
    sector: `${id}.example`,
    relying_parties: [
      {
        client_id: id,
        'client_name#th': `หน่วยงาน ${id}`,
        'client_name#en': `Site of ${id}`,
        'client_name#et': `Ameti ${id}`,
        redirect_uris: [`http://localhost:9/${id}/callback`],
        post_logout_redirect_uris: [`http://localhost:9/${id}/`],
        client_uri: `http://localhost:9/${id}/`,
        ...proof,
        agreement: {
          purpose: words(`Purpose of ${id}`),
          officer: `officer@${id}.example`,
          valid_from: '2020-01-01',
          valid_to: '2090-01-01',
          claims: [
            {
              names: ['name', 'given_name', 'family_name', 'person_code'],
              ground: 'law',
              reference: words('Section 1'),
            },
          ],
          ...terms,
        },
        ...more,
      },
    ],
  }
}

/** `tax` and `social` learn by law, `land` asks the citizen for the birth date; `social` may refresh. */
export const CLIENTS: Json = {
  agencies: [
    party('tax'),
    party('social', { grant_types: ['authorization_code', 'refresh_token'] }, { refresh: true }),
    party(
      'land',
      {},
      {
        claims: [
          { names: ['name'], ground: 'law', reference: words('Section 2') },
          { names: ['birthdate'], ground: 'consent' },
        ],
      },
    ),
  ],
}

export async function startService(options: Options = {}): Promise<TestService> {
  const { beside } = options
  // One clock for us and for the library, which asks Date.now: it stands still until a test moves it.
  const clock = beside?.clock ?? testClock()
  if (!beside) jest.spyOn(Date, 'now').mockImplementation(() => clock.now())
  const database = beside?.database ?? options.database ?? (await testDatabase())
  const redisUrl = beside?.redisUrl ?? options.redisUrl
  const folder = mkdtempSync(join(tmpdir(), 'pratu-service-'))
  const [port = 0] = await freePorts(1)
  const config = readConfig({
    PRATU_PROFILE: 'demo',
    PRATU_PORT: String(port),
    PRATU_ISSUER: beside?.issuer ?? `http://localhost:${port}`,
    PRATU_KEYS: beside?.config.keys ?? join(folder, 'keys'),
    PRATU_DATA: folder,
    PRATU_SCHEMES: 'TH,EE',
    PRATU_HELP_PHONE: '02 000 0000',
    ...options.settings,
  })
  const lines: string[] = []
  const log: Log = openLog({
    level: config.logLevel,
    clock,
    destination: { write: (line: string) => void lines.push(line) },
  })
  if (!beside) createSecrets({ folder: config.keys, random: systemRandom }, 'demo')
  const service = await compose({
    config,
    databaseUrl: options.databaseUrl ?? database.url,
    redisUrl,
    log,
    clock,
    random: systemRandom,
    watchLateness: options.watchLateness ?? (async () => {}),
    ...(options.furtherMethods && { furtherMethods: options.furtherMethods }),
    ...(options.extra && { extra: options.extra }),
  })
  const citizens = beside ? beside.citizens : await populate({ ...service.parts, db: database.db }, folder, clock)
  await service.listen()
  return {
    clock,
    issuer: config.issuer,
    config,
    service,
    database,
    redisUrl,
    citizens,
    log: () => lines.join(''),
    visitor: (language = 'en') => openVisitor(`http://localhost:${config.port}`, { language }),
    async close(leave = 0, drain = 0) {
      await service.close(leave, drain)
      if (!beside) jest.restoreAllMocks()
      if (!beside && !options.database) await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Over a pool that waits as long as the machine needs, which the service's own does not. */
async function populate(parts: Service['parts'], folder: string, clock: TestClock): Promise<Citizen[]> {
  const { db, audit, random, secrets, clients, persons, credentials } = parts
  const sealer = openSealer(secrets.get('personal-data'), random)
  const indexer = openIndexer(secrets.get('blind-index'))
  const file = join(folder, 'people.jsonl')
  writeFileSync(file, PEOPLE.map((person) => `${JSON.stringify(person)}\n`).join(''))
  const loaded = await importPersonsFile({ sealer, indexer, audit, clock, random }, db, {
    path: file,
    strict: true,
    actor: OPERATOR,
  })
  if (!loaded.loaded) throw new Error('the test people could not be imported')
  const imported = await importClients(db, CLIENTS, {
    clients,
    audit,
    clock,
    actor: OPERATOR,
    bounds: boundsOf('demo'),
  })
  if (!imported.ok) throw new Error(JSON.stringify(imported.mistakes))
  await clients.refresh()
  return Promise.all(
    PEOPLE.map(async ({ scheme, code }) => {
      const person = await persons.find(db, scheme, code)
      const { secret } = await credentials.enrolTotp(db, person!.key, OPERATOR)
      return {
        key: person!.key,
        scheme,
        code,
        secret,
        oneTimeCode: (later = 0) => codeAt(secret, clock.now() + later * 30_000).code,
      }
    }),
  )
}

export const secretOf = ({ secret }: Citizen): string => secretText(secret)

export interface Request {
  readonly url: string
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

/** An authorization request as an agency's library makes it. */
export function request(issuer: string, agency: string, more: Record<string, string> = {}): Request {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const nonce = randomBytes(16).toString('base64url')
  const query = new URLSearchParams({
    client_id: agency,
    response_type: 'code',
    redirect_uri: `http://localhost:9/${agency}/callback`,
    scope: 'openid profile person_code',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  })
  return { url: `${issuer}/auth?${query.toString()}`, verifier, state, nonce }
}

/** What the agency's callback would be given. */
export function callback(page: Page): Record<string, string> {
  const location = page.headers.get('location')
  if (!location) throw new Error(`no way back to an agency: ${page.status} ${page.url}\n${page.html.slice(0, 2_000)}`)
  return Object.fromEntries(new URL(location).searchParams)
}

/** Of the three above, or what `nodes.ts` gives every other. */
export const basic = (agency: string, secret: string = secretOfAgency(agency)): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${agency}:${secret}`).toString('base64')}`,
})

export interface Tokens {
  readonly status: number
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token?: string
  readonly error?: string
}

export async function form(
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number } & Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) })
  const text = await response.text()
  return { ...(text.startsWith('{') ? (JSON.parse(text) as object) : {}), status: response.status }
}

export async function redeem(issuer: string, agency: string, code: string, verifier: string): Promise<Tokens> {
  const fields = {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: `http://localhost:9/${agency}/callback`,
  }
  return (await form(`${issuer}/token`, fields, basic(agency))) as unknown as Tokens
}

export const refresh = async (issuer: string, agency: string, token: string): Promise<Tokens> =>
  (await form(
    `${issuer}/token`,
    { grant_type: 'refresh_token', refresh_token: token },
    basic(agency),
  )) as unknown as Tokens

export async function userInfo(issuer: string, token: string): Promise<{ status: number } & Record<string, unknown>> {
  const response = await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  return { ...(text.startsWith('{') ? (JSON.parse(text) as object) : {}), status: response.status }
}

export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

/** From the agency's request to the answer at its callback: signs in where a form asks for it. */
export async function signIn(at: TestService, visitor: Visitor, citizen: Citizen, asked: Request): Promise<Page> {
  const login = await visitor.open(asked.url)
  if (!login.form) return login
  // Each step is accepted once: a person who signs in again waits for the next code.
  at.clock.advance(30_000)
  return visitor.submit(login, { scheme: citizen.scheme, person_code: citizen.code, code: citizen.oneTimeCode() })
}
