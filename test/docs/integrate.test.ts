import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { type Browser, browser } from '../support/browser.ts'
import { type Demo, prepareDemo } from '../support/demo.ts'
import { freePorts } from '../support/ports.ts'
import { signInByHand } from '../support/sign-in-by-hand.ts'
import { blocksOf } from './blocks.ts'

// An agency developer's ten minutes, with the very code of docs/integrate.md: only ports are exchanged.

const OUTPUT = fileURLToPath(new URL('../output/', import.meta.url))

let demo: Demo
let folder: string
let site: ChildProcess
let here: string
let secret: string
let files: Map<string, string>
const person: Browser = browser()

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  here = `http://localhost:${port}`
  demo = await (await prepareDemo()).start()
  mkdirSync(OUTPUT, { recursive: true })
  // Inside the clone, so that the example finds its library as the page says.
  folder = mkdtempSync(join(OUTPUT, 'integrate-'))
  const moved = (code: string) =>
    code.replaceAll('http://localhost:3000', demo.issuer).replaceAll('http://localhost:3100', here)
  files = new Map(blocksOf('docs/integrate.md').map(({ file, code }) => [file, moved(code)]))
  for (const [name, code] of files) writeFileSync(join(folder, name), code)
})
afterAll(async () => {
  site?.kill()
  await demo?.stop('SIGTERM')
  demo?.remove()
  if (folder) rmSync(folder, { recursive: true })
})

/** Runs a shell script as the reader would, in the folder where the files were saved. */
function shell(environment: Record<string, string> = {}): ChildProcess {
  return spawn('sh', [], { cwd: folder, env: { ...demo.environment, npm_config_offline: 'true', ...environment } })
}

async function printed(child: ChildProcess): Promise<string> {
  const words: string[] = []
  child.stdout!.on('data', (part: Buffer) => words.push(part.toString()))
  child.stderr!.on('data', (part: Buffer) => words.push(part.toString()))
  await once(child, 'close')
  return words.join('')
}

async function line(child: ChildProcess, start: string): Promise<string> {
  let all = ''
  for await (const part of child.stdout!.iterator({ destroyOnReturn: false })) {
    all += String(part)
    const found = all.split('\n').find((one) => one.startsWith(start))
    if (found !== undefined && all.includes(`${found}\n`)) return found
  }
  throw new Error(`no line "${start}" in: ${all}`)
}

describe('the integration page, followed to the letter', () => {
  test('registers the site and is told the secret', async () => {
    const child = shell()
    child.stdin!.end(files.get('register.sh'))
    const words = await printed(child)
    expect(words).toContain('told this once: ')
    secret = /told this once: ([\w-]{43})\n/.exec(words)![1]!
    await expect(inForce()).resolves.toBe(true)
  })

  test('starts the site with that secret', async () => {
    const child = shell()
    site = child
    child.stdin!.end(
      `exec ${files.get('run.sh')!.replace('CLIENT_SECRET="what the import printed"', `env CLIENT_SECRET=${secret}`)}`,
    )
    expect(await line(child, 'listening')).toBe(`listening on ${here}`)
  })

  test('signs a citizen in, who is asked for consent to the birth date alone', async () => {
    const { consent, end } = await signInByHand(person, demo.issuer, `${here}/sign-in`)
    expect(consent).toBeDefined()
    expect(end.status).toBe(200)
    expect(end.url).toBe(`${here}/`)
    expect(end.body).toContain('"given_name": "สมหญิง"')
    expect(end.body).toContain('"birthdate": "1987-04-12"')
    expect(end.body).not.toContain('person_code')
  })

  test('is known at the Revenue Department without a form', async () => {
    const answer = await person.get(`${demo.agencies[0]}/sign-in`)
    expect(answer.url).toBe(`${demo.agencies[0]}/`)
    expect(answer.body).toContain('id="sign-out"')
    expect(answer.body).toContain('1999900001010')
  })

  test('can be walked by hand, and the code works once', async () => {
    const child = shell({ CLIENT_SECRET: secret })
    child.stdin!.write(`${files.get('walk-begin.sh')}\n`)
    const open = await line(child, 'Open in a browser: ')
    const answer = await person.get(open.replace('Open in a browser: ', ''))
    const code = new URL(answer.url).searchParams.get('code')!
    const end = files.get('walk-end.sh')!.replace('code="what stands in the address"', `code=${code}`)
    child.stdin!.end(`${end}\necho\n${end}\n`)
    const words = await printed(child)
    const [tokens, userInfo, refused] = words.split('\n').map((text) => (text.startsWith('{') ? JSON.parse(text) : {}))
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
    expect(userInfo).toMatchObject({ given_name: 'สมหญิง' })
    expect(refused).toMatchObject({ error: 'invalid_grant' })
    const revoked = await fetch(`${demo.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${(tokens as { access_token: string }).access_token}` },
    })
    expect(revoked.status).toBe(401)
  })

  test('signs out: of the site at once, of the door when the citizen says so', async () => {
    const asked = await person.post(`${here}/sign-out`, {})
    expect(asked.url.startsWith(demo.issuer)).toBe(true)
    const left = await person.submit(asked, { logout: 'yes' })
    // They were at another agency of the demo too: which of them have confirmed is shown on the way.
    expect(left.url).toBe(`${demo.issuer}/session/ended`)
    expect(left.body).toContain(`id="back" href="${here}/"`)
    expect((await person.get(`${here}/`)).body).toContain('Sign in')
    const again = await person.get(`${here}/sign-in`)
    expect(again.body).toContain('id="method-totp"')
  })
})

/** Five seconds at most, as the page promises. */
async function inForce(): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`library-loans:${secret}`).toString('base64')}`
  const { pushed_authorization_request_endpoint: endpoint } = (await (
    await fetch(`${demo.issuer}/.well-known/openid-configuration`)
  ).json()) as Record<string, string>
  for (let waited = 0; waited <= 5_000; waited += 100) {
    const { status } = await fetch(endpoint!, { method: 'POST', headers: { authorization } })
    if (status !== 401) return true
    await pause(100)
  }
  return false
}
