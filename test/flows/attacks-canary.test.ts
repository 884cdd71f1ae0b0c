import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { codeAt, secretFromText } from '../../src/methods/totp/code.ts'
import { pause, systemClock } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { type Nodes, startNodes } from '../support/nodes.ts'
import { type OwnPostgres, ownPostgres } from '../support/own-postgres.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { callback, form, redeem, refresh, request, secretOfAgency, userInfo } from '../support/service.ts'
import { thaiCode } from '../support/sign-in.ts'
import { openVisitor } from '../support/visitor.ts'

// Security bar §3 row 40: two people whom nobody else's test knows go through everything, in processes that talk as much
// as they can (DEBUG=*). Then their numbers, names and secrets are looked for wherever the service leaves anything.

const SIGNS_IN = thaiCode(4_141_592)
const ACTIVATES = thaiCode(4_271_828)
const UNKNOWN = thaiCode(4_662_607)
const NAMES = ['คานารีทอง', 'Canarissima', 'นามสกุลคานารี', 'Vogelsang', '1953-03-29']
const REASON = 'Reason of the canary bird'

const PRATU = fileURLToPath(new URL('../../bin/pratu.mjs', import.meta.url))
let folder: string
let postgres: OwnPostgres
let redis: OwnTestRedis
let at: Nodes
let environment: Record<string, string>
/** Everything that a process wrote for its operator's machine, and every address that a browser was sent to. */
const written: Record<string, string> = {}
const secrets: Record<string, string> = {}

async function pratu(input: string, ...words: string[]): Promise<string> {
  const child = spawn(process.execPath, [PRATU, ...words], { env: environment, cwd: folder })
  const printed: string[] = []
  const noise: string[] = []
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => noise.push(chunk.toString()))
  child.stdin.end(input)
  const code = await new Promise((resolve) => child.on('close', resolve))
  written[`pratu ${words.slice(0, 2).join(' ')}, its standard error`] = noise.join('')
  if (code !== 0) throw new Error(`${words.join(' ')}: ${noise.join('').slice(-2_000)}`)
  return printed.join('')
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-canary-'))
  ;[postgres, redis] = await Promise.all([ownPostgres(), ownRedis()])
  const settings = {
    PRATU_KEYS: join(folder, 'keys'),
    PRATU_DATA: folder,
    PRATU_LOG_LEVEL: 'debug',
    DEBUG: '*',
    NODE_OPTIONS: `--report-on-signal --report-uncaught-exception --report-directory=${folder}`,
  }
  at = await startNodes({ databaseUrl: postgres.quiet.url, redisUrl: redis.url, count: 1, people: 1, settings })
  environment = {
    ...settings,
    NODE_OPTIONS: '',
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PRATU_PROFILE: 'demo',
    PRATU_ISSUER: at.issuer,
    PRATU_DATABASE_URL: postgres.quiet.url,
    PRATU_REDIS_URL: redis.url,
    PRATU_SCHEMES: 'TH',
  }
  await everything()
}, 120_000)
afterAll(async () => {
  await at.close()
  await redis.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The operator's commands and the citizens' and agencies' requests, right ones and wrong ones. */
async function everything(): Promise<void> {
  const [given, givenLatin, family, familyLatin, birth] = NAMES
  const person = (code: string) =>
    `TH,${code},citizen,active,${given},${family},${givenLatin},${familyLatin},${birth}\n`
  const header = 'scheme,code,kind,status,given_name,family_name,given_name_latin,family_name_latin,birth_date\n'
  // A wrong check digit too: such a row is set aside, in a file for its owner alone.
  const rejected = `${SIGNS_IN.slice(0, 12)}${(Number(SIGNS_IN[12]) + 1) % 10}`
  const file = `${header}${person(SIGNS_IN)}${person(ACTIVATES)}${person(rejected)}`
  written['pratu persons import, printed'] = await pratu(file, 'persons', 'import', '-')
  const enrolled = await pratu(`${SIGNS_IN}\n`, 'persons', 'enrol-totp', 'TH', '-', '--uri')
  const [secret = ''] = enrolled.split('\n').filter((line) => /^[A-Z2-7]{4}( [A-Z2-7]+)+$/.test(line))
  await pratu(`${ACTIVATES}\n`, 'persons', 'enrol-letter', 'TH', '-', '--out', 'letter.html')
  const activation = /\d{4} \d{4} \d{4} \d{4}/.exec(readFileSync(join(folder, 'letter.html'), 'utf8'))![0]
  rmSync(join(folder, 'letter.html'))

  const visitor = openVisitor(at.issuer)
  const asked = request(at.issuer, 'tax', { scope: 'openid profile person_code offline_access', prompt: 'consent' })
  // An agency may hint at who is to sign in: not in an address, but pushed, or by a form.
  const { search } = new URL(asked.url)
  const fields = Object.fromEntries(new URLSearchParams(search))
  await visitor.post('/auth', { ...fields, login_hint: SIGNS_IN })
  const pushed = await form(
    `${at.issuer}/request`,
    { ...fields, login_hint: SIGNS_IN },
    { authorization: `Basic ${Buffer.from(`tax:${secretOfAgency('tax')}`).toString('base64')}` },
  )
  const page = await visitor.open(
    `/auth?${new URLSearchParams({ client_id: 'tax', request_uri: String(pushed.request_uri) }).toString()}`,
  )
  expect(page.html).toContain(SIGNS_IN)
  for (const [person_code, code] of [
    [SIGNS_IN, '000000'],
    [UNKNOWN, '111111'],
    [`${SIGNS_IN}9`, '222222'],
    [SIGNS_IN, 'not a code'],
    [SIGNS_IN.split('').join('-'), '333333'],
  ])
    await visitor.submit(page, { person_code: person_code!, code: code! })
  await visitor.post('/login/nobodys/totp', { person_code: SIGNS_IN, code: '444444' })
  await visitor.post('/nothing', { person_code: SIGNS_IN })
  const oneTime = codeAt(secretFromText(secret.replaceAll(' ', '')), systemClock.now()).code
  const done = await visitor.submit(page, { person_code: SIGNS_IN, code: oneTime })
  const { code } = callback(done)
  const tokens = await redeem(at.issuer, 'tax', code!, asked.verifier)
  expect(await userInfo(at.issuer, tokens.access_token)).toMatchObject({ person_code: SIGNS_IN })
  await userInfo(at.issuer, SIGNS_IN)
  await refresh(at.issuer, 'tax', tokens.refresh_token!)
  await redeem(at.issuer, 'tax', SIGNS_IN, SIGNS_IN)
  await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })

  await visitor.post('/activate', { person_code: ACTIVATES, code: '1111 1111 1111 1111' })
  const activated = await visitor.post('/activate', { person_code: ACTIVATES, code: activation })
  expect(activated.html).toContain('otpauth')
  // Somebody who is still signed in, and a request that never ends well.
  const staying = openVisitor(at.issuer)
  await staying.open(request(at.issuer, 'social', { login_hint: ACTIVATES, max_age: SIGNS_IN }).url)
  await pratu(`${ACTIVATES}\n`, 'persons', 'set-status', 'TH', '-', 'suspended', '--reason', REASON)

  Object.assign(secrets, { secret: secret.replaceAll(' ', ''), oneTime, code: code!, access: tokens.access_token })
  Object.assign(secrets, { refresh: tokens.refresh_token!, activation, cookie: staying.cookies()[0]!.value })
  written['the addresses that browsers were sent to'] = [...visitor.trail, done.headers.get('location')].join('\n')
  written['the metrics'] = await (await fetch(`http://localhost:${at.nodes[0]!.port}/metrics`)).text()
  process.kill(at.nodes[0]!.pid, 'SIGUSR2')
  while (!readdirSync(folder).some((name) => name.startsWith('report.'))) await pause(50)
  await pause(200)
  for (const name of readdirSync(folder).filter((each) => each.startsWith('report.')))
    written['the report of a crash'] = readFileSync(join(folder, name), 'utf8')
  written['the log of the service'] = at.nodes[0]!.log()
}

/** The spellings in which bytes turn up: as they are, in hexadecimal, in base64 at each of three places, in an address. */
function spellings(word: string): Buffer[] {
  const bytes = Buffer.from(word)
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    // The first and the last signs hold neighbours' bits.
    return text.slice(shift === 0 ? 0 : shift + 1, text.length - 4)
  })
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), encodeURIComponent(word)]
  const both = base64.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])
  return [bytes, Buffer.from(word, 'utf16le'), ...[...texts, ...both].map((text) => Buffer.from(text))]
}

const found = (where: string, hay: Buffer, words: readonly string[]): string[] =>
  words
    .filter((word) => spellings(word).some((spelling) => hay.includes(spelling)))
    .map((word) => `${word} in ${where}`)

const CODES = () => [SIGNS_IN, ACTIVATES, UNKNOWN]
const PERSONAL = () => [...CODES(), ...NAMES]

test('a search for them would find them, in every spelling', () => {
  for (const spell of [
    (text: string) => Buffer.from(text),
    (text: string) => Buffer.from(text, 'utf16le'),
    (text: string) => Buffer.from(Buffer.from(`x${text}yz`).toString('base64')),
    (text: string) => Buffer.from(Buffer.from(`xy${text}z`).toString('base64url')),
    (text: string) => Buffer.from(Buffer.from(`xyz${text}`).toString('hex')),
  ])
    for (const word of PERSONAL()) expect(found('here', spell(word), [word])).toHaveLength(1)
  expect(Object.values(secrets).every((value) => value.length >= 6)).toBe(true)
})

test('the processes did talk, and about this', () => {
  expect(written['the log of the service']).toMatch(/knex:|ioredis:|koa:/)
  expect(written['the log of the service']!.length).toBeGreaterThan(20_000)
  expect(written['the report of a crash']).toContain('javascriptStack')
})

test('no log, no metric, no address and no report of a crash has a number, a name or a secret', () => {
  const { oneTime: _, ...long } = secrets
  const words = [...PERSONAL(), ...Object.values(long), REASON]
  // A code and a cookie are a browser's own business, on the way to the agency.
  const shown = (where: string) => (where.startsWith('the addresses') ? [...PERSONAL(), secrets.secret!] : words)
  const all = Object.entries(written).flatMap(([where, text]) => found(where, Buffer.from(text), shown(where)))
  expect(all).toEqual([])
})

test('Redis has none of it, neither in a key nor in a value', async () => {
  const keys = await redis.client.keysBuffer('*')
  expect(keys.length).toBeGreaterThan(3)
  const all: string[] = []
  for (const key of keys) {
    const dump = (await redis.client.dumpBuffer(key)) ?? Buffer.alloc(0)
    const type = await redis.client.type(key)
    const value =
      type === 'hash' ? Object.values(await redis.client.hgetallBuffer(key)) : [await redis.client.getBuffer(key)]
    const hay = Buffer.concat([key, dump, ...value.map((each) => each ?? Buffer.alloc(0))])
    all.push(
      ...found(`Redis ${key.toString('latin1').slice(0, 20)}`, hay, [
        ...PERSONAL(),
        ...Object.values(secrets).slice(2),
      ]),
    )
  }
  expect(all).toEqual([])
})

test('no file of PostgreSQL has any of it: tables, indexes, statistics, the log ahead (WAL)', async () => {
  const { db } = postgres.quiet
  const [{ folder: data } = { folder: '' }] = await rows<{ folder: string }>(
    db,
    `select current_setting('data_directory') as folder`,
  )
  await db.raw('analyze')
  await db.raw('checkpoint')
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(500)
  const words = [...PERSONAL(), REASON, secrets.secret!, secrets.access!, secrets.refresh!, secrets.code!]
  const all = files.flatMap(({ parentPath, name }) => {
    const path = join(parentPath, name)
    return found(path.slice(data.length), readFileSync(path), words)
  })
  expect(all).toEqual([])
})

test('what an import sets aside is for its owner alone', () => {
  const aside = readdirSync(folder).filter((name) => name.endsWith('.rejected'))
  expect(aside).toHaveLength(1)
  expect(statSync(join(folder, aside[0]!)).mode & 0o777).toBe(0o600)
})
