import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openAuditLog } from '../../src/audit/log.ts'
import { type Clients, openClients } from '../../src/clients/client.ts'
import { agencyKeys } from '../../src/demo/agency-keys.ts'
import { peopleRoutes } from '../../src/demo/people-routes.ts'
import { openWorld, type World } from '../../src/demo/world.ts'
import { importClients } from '../../src/disclosure/import.ts'
import { type Credentials, openCredentials } from '../../src/persons/credentials.ts'
import { importPersonsFile } from '../../src/persons/import-file.ts'
import { openPersons, type Persons } from '../../src/persons/person.ts'
import { openPinHashing } from '../../src/persons/pin-hash.ts'
import { openPins } from '../../src/persons/pins.ts'
import { rows } from '../../src/platform/db.ts'
import { openRouter } from '../../src/web/router.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testIndexer, testKeys, testRandom, testSealer } from '../support/keys.ts'
import { serve } from '../support/web.ts'

let database: TestDatabase
let folder: string
let clients: Clients
let persons: Persons
let credentials: Credentials
let world: World
const clock = testClock('2026-11-21T09:00:01Z')

async function start(): Promise<World> {
  const { db } = database
  const random = testRandom()
  const sealer = testSealer()
  const indexer = testIndexer()
  const audit = openAuditLog({ sealer, clock, random })
  const actor = { kind: 'service', part: 'demo' } as const
  const bounds = { loopback: true, pkceOptional: false, methods: ['totp'] }
  persons = openPersons({ sealer, indexer, audit, clock, random })
  clients = openClients({ db, audit, random })
  const lift = async () => {}
  credentials = openCredentials({ sealer, indexer, audit, clock, random, persons, lift, tell: async () => {} })
  return openWorld({
    db,
    clock,
    persons,
    credentials,
    pins: openPins({
      hashing: openPinHashing({ peppers: testKeys('pins'), random, cost: { memoryKib: 64, passes: 1, lanes: 1 } }),
      audit,
      clock,
      random,
      lift,
      tell: async () => {},
    }),
    async importPeople(path) {
      const rejectedPath = join(folder, 'people.rejected')
      const job = { path, rejectedPath, strict: true, demo: true, actor }
      const result = await importPersonsFile({ sealer, indexer, audit, clock, random }, db, job)
      if (!result.loaded || result.rejected > 0) throw new Error('a demo person is not importable')
    },
    async importClients(document) {
      const result = await importClients(db, document, { clients, audit, clock, actor, bounds })
      if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
      await clients.refresh()
    },
    agencies: {
      keys: await agencyKeys(folder, random),
      origins: { 'http://localhost:3001': 'http://localhost:4001', 'http://localhost:3002': 'http://localhost:4002' },
    },
  })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-world-'))
  database = await testDatabase()
  world = await start()
})
afterAll(async () => {
  await clients.close()
  await database.close()
  rmSync(folder, { recursive: true })
})

describe('the demo world', () => {
  test('shows twelve people, each with a code of six digits and how long it lives', async () => {
    const { people, until } = await world.currentCodes()
    expect(people).toHaveLength(12)
    for (const { oneTimeCode, secret, name } of people) {
      expect(oneTimeCode).toMatch(/^\d{6}$/)
      expect(secret).toMatch(/^[A-Z2-7]{32}$/)
      expect(name).not.toContain('undefined')
    }
    expect(until).toBe(Date.parse('2026-11-21T09:00:30Z'))
  })

  test('shows another code once this one is used', async () => {
    const before = (await world.currentCodes()).people[0]!
    const person = await persons.find(database.db, before.scheme, before.code)
    const credential = await credentials.find(database.db, person!.key, 'totp')
    await credentials.acceptStep(database.db, credential!.id, Math.floor(clock.now() / 30_000))
    const after = (await world.currentCodes()).people[0]!
    expect(after.oneTimeCode).not.toBe(before.oneTimeCode)
    expect(after.secret).toBe(before.secret)
  })

  test('knows both agencies at the addresses in use, each with its own means and sector', () => {
    const revenue = clients.find('revenue-department')!
    const social = clients.find('social-security-office')!
    expect(revenue.metadata.redirect_uris).toEqual(['http://localhost:4001/callback'])
    expect(revenue.metadata.token_endpoint_auth_method).toBe('private_key_jwt')
    expect(JSON.stringify(revenue.metadata.jwks)).not.toContain('"d"')
    expect(social.metadata.redirect_uris).toEqual(['http://localhost:4002/callback'])
    expect(social.secretHash).toBeDefined()
    expect(revenue.sector).not.toBe(social.sector)
  })

  test('a second start changes nothing: no person, code or agency anew', async () => {
    const count = async () => (await rows<{ n: string }>(database.db, 'select count(*) n from audit_event'))[0]!.n
    const secrets = (await world.currentCodes()).people.map(({ secret }) => secret)
    const before = await count()
    await clients.close()
    const again = await start()
    expect((await again.currentCodes()).people.map(({ secret }) => secret)).toEqual(secrets)
    // The import leaves the one entry that says it ran.
    expect(Number(await count()) - Number(before)).toBe(1)
  })

  test("keeps the agencies' secrets from other accounts of the machine", () => {
    expect(statSync(join(folder, 'demo-agencies.json')).mode & 0o777).toBe(0o600)
  })
})

describe('the demo in the service', () => {
  let site: Awaited<ReturnType<typeof serve>>

  beforeAll(async () => {
    const frame = {
      language: 'en',
      timeZone: 'Asia/Bangkok',
      now: clock.now(),
      stylesheet: '/a.css',
      icon: '/a.svg',
      helpPhone: '1111',
      demo: true,
    } as const
    const name = { th: 'ก', en: 'An agency', et: 'Amet' }
    const agencies = [{ name, href: 'http://localhost:4001/' }]
    const route = openRouter(
      peopleRoutes({ world, clock, agencies, phoneAt: (phone) => `/phones/${phone}`, frame: () => frame }),
    )
    site = await serve(async (ctx) => {
      await route(ctx)
    })
  })
  afterAll(() => site.close())

  test('gives scripts the people with code and secret', async () => {
    const citizens = (await (await fetch(`${site.url}/demo/citizens.json`)).json()) as Record<string, string>[]
    const { people } = await world.currentCodes()
    expect(citizens).toHaveLength(12)
    expect(citizens[0]).toMatchObject({
      name: 'สมหญิง ตัวอย่างดี',
      person_code: '1999900001010',
      totp_secret: people[0]!.secret,
      code: people[0]!.oneTimeCode,
    })
  })

  test('gives some of them a PIN, and says so', async () => {
    const citizens = (await (await fetch(`${site.url}/demo/citizens.json`)).json()) as Record<string, string>[]
    const withPin = citizens.filter(({ pin }) => pin !== undefined)
    expect(withPin.length).toBeGreaterThanOrEqual(3)
    expect(withPin.length).toBeLessThan(citizens.length)
    expect(await rows(database.db, 'select count(*)::int as pins from pin')).toEqual([{ pins: withPin.length }])
    const html = await (await fetch(`${site.url}/`)).text()
    for (const { pin } of withPin) expect(html).toContain(pin)
    expect(html).toContain('href="/demo/code-card/1999900001010"')
  })

  test('shows people everybody with their code, what is special about them, and where to go', async () => {
    const html = await (await fetch(`${site.url}/`)).text()
    const { people } = await world.currentCodes()
    for (const { oneTimeCode } of people) expect(html).toContain(`${oneTimeCode.slice(0, 3)} ${oneTimeCode.slice(3)}`)
    expect(html).toContain('1 9999 00001 01 0')
    expect(html).toContain('Deceased')
    expect(html).toContain('href="http://localhost:4001/"')
    expect(html).toContain('Demonstration')
  })

  test('serves the sheet that its page names', async () => {
    const html = await (await fetch(`${site.url}/`)).text()
    const path = /rel="stylesheet" href="([^"]+)"/.exec(html)?.[1]
    const sheet = await fetch(`${site.url}${path}`)
    expect(sheet.headers.get('cache-control')).toContain('immutable')
    expect(await sheet.text()).toContain('.cards')
  })
})
