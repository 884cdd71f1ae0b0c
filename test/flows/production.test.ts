import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Agent, fetch as undiciFetch } from 'undici'
import { codeAt, secretFromText } from '../../src/methods/totp/code.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { freePorts } from '../support/ports.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import { callback, claimsOf, PEOPLE, request, SECRETS } from '../support/service.ts'
import { type TlsProxy, tlsProxy } from '../support/tls-proxy.ts'
import { openVisitor } from '../support/visitor.ts'

// The production profile as an operator brings it up: keys, people and agencies by `pratu`, the service as a process of
// its own behind a TLS proxy, on PostgreSQL and Redis; and a citizen who signs in.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
const words = (text: string) => ({ th: text, en: text, et: text })

let folder: string
let database: TestDatabase
let redis: TestRedis
let proxy: TlsProxy
let port: number
let environment: Record<string, string>
let service: ChildProcess | undefined
const lines: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratu-production-'))
  ;[database, redis, proxy] = await Promise.all([testDatabase(), testRedis(), tlsProxy()])
  port = (await freePorts(1))[0]!
  proxy.to(port)
  await writeFile(join(folder, 'database-url'), `${database.url}\n`, { mode: 0o600 })
  environment = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PRATU_PROFILE: 'production',
    PRATU_ISSUER: `https://localhost:${proxy.port}`,
    PRATU_PORT: String(port),
    PRATU_DATABASE_URL_FILE: join(folder, 'database-url'),
    PRATU_REDIS_URL: redis.url,
    PRATU_KEYS: join(folder, 'keys'),
    PRATU_DATA: join(folder, 'data'),
    PRATU_SCHEMES: 'TH',
    PRATU_HELP_PHONE: '02 000 0000',
    PRATU_TRUSTED_PROXIES: '127.0.0.1',
    PRATU_LEAVE_SECONDS: '1',
  }
})
afterAll(async () => {
  await stop()
  await Promise.all([database.close(), redis.close(), proxy.close()])
  await rm(folder, { recursive: true })
})

const pratuAs = (more: Record<string, string>, ...words: string[]) =>
  run(process.execPath, [join(ROOT, 'bin/pratu.mjs'), ...words], { env: { ...environment, ...more }, cwd: folder })
const pratu = (...words: string[]) => pratuAs({}, ...words)
/** The key of each, under a passphrase that lies in a file, as a machine has it that signs by itself. */
const holding = (name: string) => ({
  PRATU_OPERATOR_KEY: `${name}.key`,
  PRATU_OPERATOR_PASSPHRASE_FILE: join(folder, `${name}.passphrase`),
})
const anna = (...words: string[]) => pratuAs(holding('anna'), ...words)
const bob = (...words: string[]) => pratuAs(holding('bob'), ...words)

async function refusal(more: Record<string, string | undefined>): Promise<string> {
  const env = Object.fromEntries(
    Object.entries({ ...environment, ...more }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>
  const failed = await run(process.execPath, [join(ROOT, 'src/main.ts')], { env }).then(
    () => undefined,
    (error: { code: number; stderr: string }) => error,
  )
  expect(failed?.code).toBe(1)
  return failed!.stderr
}

async function start(): Promise<void> {
  service = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    service!.stderr!.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
    service!.stdout!.on('data', (chunk: Buffer) => {
      lines.push(chunk.toString())
      if (chunk.toString().includes('"event":"ready"')) resolve()
    })
    service!.on('exit', () => reject(new Error(lines.join(''))))
  })
}

async function stop(): Promise<number | null> {
  if (!service || service.exitCode !== null) return service?.exitCode ?? null
  const ended = new Promise<number | null>((resolve) => service!.on('exit', resolve))
  service.kill('SIGTERM')
  return ended
}

describe('production', () => {
  test('names everything that is missing or unfit at once, and starts with none of it', async () => {
    const said = await refusal({
      PRATU_ISSUER: 'http://id.example',
      PRATU_DATABASE_URL_FILE: undefined,
      PRATU_REDIS_URL: undefined,
      PRATU_HELP_PHONE: undefined,
      PRATU_PROT: '3',
    })
    for (const name of ['PRATU_ISSUER', 'PRATU_DATABASE_URL', 'PRATU_REDIS_URL', 'PRATU_HELP_PHONE', 'PRATU_PROT'])
      expect(said).toContain(name)
    expect(said).toContain('did you mean PRATU_PORT')
  })

  test('has no default profile, and does not start without keys', async () => {
    expect(await refusal({ PRATU_PROFILE: undefined })).toContain('PRATU_PROFILE')
    expect(await refusal({})).toContain('pratu keys init')
  })

  test('says in one sentence which store does not answer', async () => {
    const [nobody = 0] = await freePorts(1)
    const said = await refusal({ PRATU_REDIS_URL: `redis://127.0.0.1:${nobody}` })
    expect(said.trim().split('\n')).toHaveLength(1)
    expect(said).toContain('Redis')
  })

  test('its first keys are made by one command, for the owner alone; given again it finds its work done, and fails where they don’t open', async () => {
    const { stdout: made } = await pratu('keys', 'init')
    for (const file of ['master.key', 'secrets.json'])
      expect((await stat(join(folder, 'keys', file))).mode & 0o777).toBe(0o600)
    const secrets = await readFile(join(folder, 'keys/secrets.json'), 'utf8')
    const { stdout: again } = await pratu('keys', 'init')
    expect(again).toContain('already holds every secret that this version needs: nothing was changed')
    const fingerprint = /^Fingerprint: [0-9a-f]{32}$/m
    expect(fingerprint.exec(again)?.[0]).toBe(fingerprint.exec(made)![0])
    expect(await readFile(join(folder, 'keys/secrets.json'), 'utf8')).toBe(secrets)
    await expect(pratuAs({ PRATU_MASTER_KEY: '0'.repeat(64) }, 'keys', 'init')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not sealed under this master key'),
    })
  })

  test('keys that the demo made are refused', async () => {
    const { createSecrets } = await import('../../src/platform/secrets.ts')
    const { systemRandom } = await import('../../src/platform/random.ts')
    createSecrets({ folder: join(folder, 'demo-keys'), random: systemRandom }, 'demo')
    expect(await refusal({ PRATU_KEYS: join(folder, 'demo-keys') })).toMatch(/demo/)
  })

  test('nothing is changed before two people are operators, and by nobody else from then on', async () => {
    await expect(pratu('clients', 'disable', 'tax')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('pratu operators init'),
    })
    for (const name of ['anna', 'bob']) {
      await writeFile(join(folder, `${name}.passphrase`), `${name}-otter-velvet-canal\n`, { mode: 0o600 })
      await pratuAs(holding(name), 'operators', 'make-key', `${name}.key`)
    }
    const two = ['anna=anna.key.pub', 'bob=bob.key.pub']
    expect((await pratu('operators', 'init', ...two)).stdout).toContain('every change is signed')
    await expect(pratu('operators', 'init', ...two)).rejects.toMatchObject({
      stderr: expect.stringContaining('There are operators already'),
    })
    await expect(pratu('clients', 'disable', 'tax')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PRATU_OPERATOR_KEY'),
    })
  })

  test('a further operator takes two, has their own role alone, and is gone at once', async () => {
    await writeFile(join(folder, 'carl.passphrase'), 'carl-otter-velvet-canal\n', { mode: 0o600 })
    await pratuAs(holding('carl'), 'operators', 'make-key', 'carl.key')
    await anna('operators', 'add', 'carl', 'carl.key.pub', '--roles', 'auditor', '--reason', 'the auditor')
    await expect(anna('requests', 'approve', '1')).rejects.toMatchObject({
      stderr: expect.stringContaining('Nobody allows what they asked for themselves'),
    })
    expect((await bob('requests', 'approve', '1')).stdout).toContain('carl is an operator now: auditor.')
    const carl = (...words: string[]) => pratuAs(holding('carl'), ...words)
    expect((await carl('audit', 'list', '--persons', '--reason', 'the yearly audit')).stdout).toContain(
      'operator.added',
    )
    await expect(carl('clients', 'disable', 'tax')).rejects.toMatchObject({
      stderr: expect.stringContaining('This takes registrar; carl is auditor.'),
    })
    await anna('operators', 'remove', 'carl', '--why', 'the audit is over')
    await expect(carl('audit', 'list')).rejects.toMatchObject({ stderr: expect.stringContaining('no longer') })
  })

  test('people and agencies come in by command, http addresses and optional PKCE do not', async () => {
    const party = {
      client_id: 'tax',
      'client_name#th': 'ภาษี',
      'client_name#en': 'Tax',
      'client_name#et': 'Maks',
      redirect_uris: ['https://tax.example/callback'],
      post_logout_redirect_uris: ['https://tax.example/'],
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: SECRETS.tax,
      agreement: {
        purpose: words('Taxes'),
        officer: 'officer@tax.example',
        valid_from: '2020-01-01',
        valid_to: '2090-01-01',
        claims: [{ names: ['name', 'person_code'], ground: 'law', reference: words('Section 1') }],
      },
    }
    const document = (relying: object) =>
      JSON.stringify({
        agencies: [
          {
            id: 'tax-agency',
            name: words('Tax'),
            officer: 'officer@tax.example',
            sector: 'tax.example',
            relying_parties: [relying],
          },
        ],
      })
    await writeFile(
      join(folder, 'bad.json'),
      document({ ...party, redirect_uris: ['http://localhost:9/callback'], pkce_optional: true }),
    )
    await expect(anna('clients', 'import', 'bad.json')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/redirect_uris[\s\S]*pkce_optional|pkce_optional[\s\S]*redirect_uris/),
    })
    expect((await pratu('clients', 'list')).stdout).not.toContain('tax')
    await writeFile(join(folder, 'good.json'), document(party))
    await anna('clients', 'import', 'good.json')
    await writeFile(join(folder, 'people.jsonl'), `${JSON.stringify(PEOPLE[0])}\n`)
    expect((await anna('persons', 'import', 'people.jsonl')).stdout).toContain('1')
    // Not one of the demonstration's people comes in, by whatever hand.
    const demo = fileURLToPath(new URL('../../src/demo/people.jsonl', import.meta.url))
    const refused = await anna('persons', 'import', demo, '--rejected', 'demo.rejected')
    expect(refused.stdout).toContain('12 rows: 0 new, 0 changed, 0 as before, 12 rejected.')
    expect(await readFile(join(folder, 'demo.rejected'), 'utf8')).toContain('no place in a real register')
  })

  test('a citizen signs in through the proxy, and the source that is seen is theirs', async () => {
    const { stdout } = await anna('persons', 'enrol-totp', 'TH', PEOPLE[0]!.code, '--uri')
    const secret = secretFromText(/secret=([A-Z2-7]+)/.exec(stdout)![1]!)
    await start()
    const dispatcher = new Agent({ connect: { ca: proxy.certificate } })
    const trusting = ((url: string, init?: RequestInit) =>
      undiciFetch(url, { ...(init as object), dispatcher })) as typeof fetch
    const issuer = environment.PRATU_ISSUER!
    const visitor = openVisitor(issuer, { language: 'th', fetch: trusting })
    const asked = request(issuer, 'tax', { redirect_uri: 'https://tax.example/callback' })
    const page = await visitor.open(asked.url)
    expect(page.headers.get('strict-transport-security')).toContain('max-age')
    expect(page.html).not.toContain('ระบบสาธิต')
    const done = await visitor.submit(page, { person_code: PEOPLE[0]!.code, code: codeAt(secret, Date.now()).code })
    const answer = callback(done)
    expect(answer).toMatchObject({ state: asked.state, iss: issuer })
    const tokens = (await (
      await trusting(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`tax:${SECRETS.tax}`).toString('base64')}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: answer.code!,
          code_verifier: asked.verifier,
          redirect_uri: 'https://tax.example/callback',
        }),
      })
    ).json()) as { id_token: string; access_token: string }
    expect(claimsOf(tokens.id_token)).toMatchObject({ iss: issuer, aud: 'tax', acr: 'low' })
    const told = await (
      await trusting(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    ).json()
    expect(told).toMatchObject({ name: 'สมหญิง ตัวอย่างดี', person_code: PEOPLE[0]!.code })
    expect(visitor.setCookies.every((line) => /; secure/i.test(line))).toBe(true)
    expect((await trusting(`${issuer}/demo/citizens.json`)).status).toBe(404)

    const ready = (await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()) as { dependencies: object }
    expect(ready.dependencies).toEqual({ database: 'ok', sessions: 'ok', signing: 'ok', clock: 'ok' })
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
    await dispatcher.close()
  })

  test('the night shift reads what happened, and nothing of a person stands in the log', async () => {
    const { stdout } = await anna('audit', 'list')
    expect(stdout).toContain('sign-in.succeeded')
    expect((await pratu('audit', 'verify')).stdout).toMatch(
      /, [1-9]\d* of them signed by operators: nothing was changed/,
    )
    const log = lines.join('')
    for (const canary of [PEOPLE[0]!.code, 'ตัวอย่างดี', SECRETS.tax, 'Tuayangdee']) expect(log).not.toContain(canary)
    expect(await readFile(join(folder, 'keys', 'secrets.json'), 'utf8')).toContain('production')
  })

  test('SIGTERM ends it in order', async () => {
    expect(await stop()).toBe(0)
    expect(lines.join('')).toContain('"event":"stopped"')
  })
})
