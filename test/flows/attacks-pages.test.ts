import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { enterParty } from '../support/enter-party.ts'
import { FORM, raw } from '../support/raw-request.ts'
import { request, startService, type TestService } from '../support/service.ts'

// Security bar §3 rows 41 and 42: what somebody writes into a field is never markup, and would not run if it were. Every
// field that a page says back, by HTTP; the way back by a form and the policy itself, in real Chromium.

const SECRET = 'agency-secret-of-at-least-forty-three-characters-00'

let at: TestService
let browser: Browser
let agency: { server: Server; url: string; posted: Record<string, string>[]; knocked: string[] }
beforeAll(async () => {
  const posted: Record<string, string>[] = []
  const knocked: string[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      if (incoming.url === '/callback' && incoming.method === 'POST')
        posted.push({
          ...Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
          referer: incoming.headers.referer ?? '',
        })
      else knocked.push(incoming.url ?? '')
      outgoing.setHeader('content-type', 'text/html').end('<h1 id="home">agency</h1>')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  agency = { server, url: `http://localhost:${(server.address() as AddressInfo).port}`, posted, knocked }
  at = await startService()
  // Chromium has a clock of its own, and a cookie that has expired by it is not kept.
  at.clock.set('2040-02-01T09:00:00Z')
  await enterParty(at, 'posted-to', {
    'client_name#en': `Site <script>alert(1)</script>"'>&amp;`,
    redirect_uris: [`${agency.url}/callback`],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: SECRET,
    agreement: {
      purpose: { th: '<b>x</b>', en: `<img src=x onerror=alert(1)>`, et: '"><svg onload=alert(1)>' },
      officer: '<script>alert(1)</script>',
      valid_from: '2020-01-01',
      valid_to: '2090-01-01',
      claims: [{ names: ['name', 'birthdate'], ground: 'consent' }],
    },
  })
  browser = await openChromium()
}, 60_000)
afterAll(async () => {
  await browser.close()
  await at.close()
  agency.server.closeAllConnections()
  await new Promise((resolve) => agency.server.close(resolve))
})

/** Each would run, or load something, if one of the five signs got through unescaped. */
const knock = () => `${agency.url}/xss`
const payloads = (): string[] => [
  `<script>fetch('${knock()}')</script>`,
  `"><script src="${knock()}"></script>`,
  `'><img src="${knock()}" onerror=alert(1)>`,
  `"onfocus="alert(1)" autofocus="`,
  `' onmouseover='alert(1)`,
  `<svg/onload=alert(1)>`,
  `</title><script>alert(1)</script>`,
  `</textarea><script>alert(1)</script>`,
  `--><script>alert(1)</script>`,
  `<iframe srcdoc="<script>alert(1)</script>">`,
  `<base href="${knock()}/">`,
  `<meta http-equiv="refresh" content="0;url=${knock()}">`,
  `<link rel=stylesheet href="${knock()}">`,
  `<form action="${knock()}"><button>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
  `{{constructor.constructor('alert(1)')()}}`,
  `\${alert(1)}`,
  `javascript:alert(1)`,
  `&lt;script&gt;alert(1)&lt;/script&gt;`,
  `\u003cscript\u003ealert(1)\u003c/script\u003e`,
  `\uff1cscript\uff1ealert(1)`,
  `<scr\u0000ipt>alert(1)</scr\u0000ipt>`.replaceAll('\u0000', ''),
  `%3Cscript%3Ealert(1)%3C/script%3E`,
  `<a href="javascript:alert(1)">x</a>`,
  `<details open ontoggle=alert(1)>`,
]

/** The one drawing of ours. */
const DOOR = '<svg viewBox="0 0 28 34" aria-hidden="true">'

/** A tag or an attribute that our pages never have, or a payload that stands in the page as it was typed. */
function wounds(html: string, payload: string): string[] {
  const found: string[] = []
  const page = html.replaceAll(DOOR, '')
  if (/[<>"']/.test(payload) && page.includes(payload)) found.push('as typed')
  const scripts = page.match(/<script\b(?! nonce="[\w-]+">document\.forms\[0\]\.submit\(\)<)/gi)
  if (scripts) found.push(`${scripts.length} scripts`)
  // Tags only: what is escaped stands in text and in quoted values.
  for (const tag of page.match(/<[a-z][^<>]*>/gi) ?? []) {
    const bare = tag.replaceAll(/"[^"]*"/g, '""')
    if (/\son\w+\s*=|\ssrcdoc\s*=|\sstyle\s*=|javascript:/i.test(bare)) found.push(bare)
    if (/^<(iframe|base|object|embed|svg|math|details|textarea)\b/i.test(tag)) found.push(tag.slice(0, 80))
    if (/(href|action|src)="(javascript|data):/i.test(tag)) found.push(tag.slice(0, 80))
  }
  if (/http-equiv="?refresh/i.test(page)) found.push('a refresh')
  return found
}

describe('a text with markup in it (row 42)', () => {
  const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  const asked = (more: Record<string, string>) => request(at.issuer, 'tax', more).url
  const page = async (path: string, headers: Record<string, string> = {}) =>
    (await raw(at.issuer, { path, headers: { accept: 'text/html', 'accept-language': 'en', ...headers } })).body
  const opened = async (more: Record<string, string>) => (await at.visitor().open(asked(more))).html
  const post = async (path: string, fields: Record<string, string>) =>
    (await raw(at.issuer, { method: 'POST', path, headers: { ...FORM, accept: 'text/html' }, body: query(fields) }))
      .body

  const places: Record<string, (payload: string) => Promise<string>> = {
    'in login_hint': (login_hint) => opened({ login_hint }),
    'in ui_locales': (ui_locales) => opened({ ui_locales }),
    'in ui_locales of a link': (ui_locales) => page(`/privacy?${query({ ui_locales })}`),
    'in the state of a form': (state) => opened({ state, response_mode: 'form_post', prompt: 'none' }),
    'in the state of an error': (state) => opened({ state, response_mode: 'form_post', scope: 'nonsense' }),
    'in the scope': (scope) => opened({ scope }),
    'in the client': (client_id) => page(`/auth?${query({ client_id })}`),
    'in the way back': (redirect_uri) => opened({ redirect_uri }),
    'in the response type': (response_type) => opened({ response_type, response_mode: 'form_post' }),
    'in the response mode': (response_mode) => opened({ response_mode }),
    'in the prompt': (prompt) => opened({ prompt, response_mode: 'form_post' }),
    'in the claims': (claims) => opened({ claims, response_mode: 'form_post' }),
    'in the name of a parameter': (name) => page(`/auth?${query({ [name.slice(0, 100)]: 'x' })}`),
    'in error_description': (error_description) => page(`/?${query({ error: error_description, error_description })}`),
    'in the person code': async (person_code) => {
      const visitor = at.visitor()
      return (await visitor.submit(await visitor.open(asked({})), { person_code, code: '1' })).html
    },
    'in the code': async (code) => {
      const visitor = at.visitor()
      return (await visitor.submit(await visitor.open(asked({})), { person_code: '1999900001010', code })).html
    },
    'in the country': async (scheme) => {
      const visitor = at.visitor()
      return (await visitor.submit(await visitor.open(asked({})), { scheme, person_code: '1', code: '1' })).html
    },
    'in the letter’s code': (code) => post('/activate', { person_code: '1999900001010', code }),
    'in the number beside the letter': (person_code) => post('/activate', { person_code, code: '1' }),
    'in the address': (payload) => page(`/${encodeURIComponent(payload)}`),
    'in a cookie': (payload) => page('/', { cookie: `__Host-pratu_language=${encodeURIComponent(payload)}` }),
    'in the language of the browser': (payload) => page('/', { 'accept-language': payload.replaceAll(/[^ -~]/g, '') }),
    'in the address it came from': (payload) => page('/nothing', { referer: payload.replaceAll(/[^ -~]/g, '') }),
    'at sign-out': (state) =>
      page(`/session/end?${query({ state, client_id: 'tax', post_logout_redirect_uri: state })}`),
    'after sign-out': (client_id) => page(`/session/end/success?${query({ client_id })}`),
    'in the secret of a sign-out': (xsrf) => post('/session/end/confirm', { xsrf, logout: xsrf }),
  }

  test.each(Object.keys(places))('%s', async (place) => {
    const found: string[] = []
    for (const payload of payloads()) {
      const html = await places[place]!(payload)
      found.push(...wounds(html, payload).map((wound) => `${payload}: ${wound}`))
    }
    expect(found).toEqual([])
  })

  test('by an operator, in the name of an agency and in its agreement', async () => {
    const visitor = at.visitor()
    const login = await visitor.open(request(at.issuer, 'posted-to', { redirect_uri: `${agency.url}/callback` }).url)
    expect(wounds(login.html, '<script>alert(1)</script>')).toEqual([])
    expect(login.html).toContain('Site &lt;script&gt;')
    at.clock.advance(30_000)
    const [citizen] = at.citizens
    const consent = await visitor.submit(login, { person_code: citizen!.code, code: citizen!.oneTimeCode() })
    expect(consent.html).toContain('id="consent-allow"')
    expect(wounds(consent.html, '<img src=x onerror=alert(1)>')).toEqual([])
  })
})

test('every page says what it may load, and that nobody may frame it (row 41)', async () => {
  for (const path of [
    '/',
    '/privacy',
    '/activate',
    '/nothing',
    '/auth',
    '/session/end',
    '/login/abc',
    '/session/end/success',
  ]) {
    const { headers } = await raw(at.issuer, { path, headers: { accept: 'text/html' } })
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'nonce-[\w-]{22}'; /,
    )
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
  }
  const nonces = await Promise.all(
    Array.from({ length: 20 }, async () =>
      String((await raw(at.issuer, { path: '/' })).headers['content-security-policy']),
    ),
  )
  expect(new Set(nonces).size).toBe(20)
})

describe('in Chromium', () => {
  /** A page that tells when something runs that should not. */
  async function watched(javaScriptEnabled = true): Promise<{ context: BrowserContext; page: Page; ran: string[] }> {
    const context = await browser.newContext({ javaScriptEnabled, locale: 'en' })
    const page = await context.newPage()
    page.setDefaultTimeout(8_000)
    const ran: string[] = []
    page.on('dialog', (dialog) => {
      ran.push(dialog.message())
      void dialog.dismiss()
    })
    return { context, page, ran }
  }
  const url = (more: Record<string, string>) =>
    request(at.issuer, 'posted-to', { redirect_uri: `${agency.url}/callback`, ...more }).url

  async function signInBy(page: Page, person: number, more: Record<string, string>): Promise<void> {
    await page.goto(url(more))
    at.clock.advance(30_000)
    const citizen = at.citizens[person]
    await page.fill('input[name=person_code]', citizen!.code)
    await page.fill('input[name=code]', citizen!.oneTimeCode())
    await page.click('#continue')
    await page.click('#consent-allow')
  }

  test('nothing of a payload runs, wherever it is said back (row 42)', async () => {
    const { context, page, ran } = await watched()
    for (const payload of payloads().slice(0, 4)) {
      await page.goto(url({ login_hint: payload, ui_locales: 'en', state: payload }))
      expect(await page.inputValue('input[name=person_code]')).toBe(payload)
      await page.fill('input[name=code]', payload)
      await page.click('#continue')
      expect(await page.inputValue('input[name=person_code]')).toBe(payload)
    }
    expect([ran, agency.knocked.filter((path) => path.startsWith('/xss'))]).toEqual([[], []])
    await context.close()
  })

  test('and if markup got into a page, the policy would not let it run or load (row 41)', async () => {
    const { context, page, ran } = await watched()
    const refused: string[] = []
    page.on('console', (line) => {
      if (/Content Security Policy/.test(line.text())) refused.push(line.text())
    })
    await page.route(`${at.issuer}/auth?**`, async (route) => {
      const response = await route.fetch()
      // No policy stops a refresh; only escaping does.
      const injected = payloads()
        .filter((payload) => !payload.includes('http-equiv'))
        .slice(0, 12)
        .join('\n')
      await route.fulfill({ response, body: (await response.text()).replace('</h1>', `</h1>${injected}`) })
    })
    await page.goto(url({}))
    expect(await page.content()).toContain('/xss')
    await page.waitForLoadState('networkidle')
    expect([ran, agency.knocked.filter((path) => path.startsWith('/xss'))]).toEqual([[], []])
    expect(refused.length).toBeGreaterThan(5)
    await context.close()
  })

  test.each([true, false])(
    'an answer by form reaches the agency (JavaScript: %s; row 42, form_post)',
    async (script) => {
      const { context, page, ran } = await watched(script)
      const state = payloads()[1]!
      const before = agency.posted.length
      await signInBy(page, script ? 0 : 1, { response_mode: 'form_post', state })
      if (!script) await page.click('#continue')
      await page.waitForSelector('#home')
      const posted = agency.posted.slice(before)
      expect(posted).toHaveLength(1)
      expect(posted[0]).toMatchObject({
        state,
        iss: at.issuer,
        code: expect.stringMatching(/^[\w-]{40,}$/),
        referer: '',
      })
      expect(ran).toEqual([])
      await context.close()
    },
  )

  test('an error by form reaches the agency too, with its words as text (row 42)', async () => {
    const { context, page, ran } = await watched()
    const before = agency.posted.length
    await page.goto(url({ response_mode: 'form_post', prompt: 'none', state: payloads()[2]! }))
    await page.waitForSelector('#home')
    expect(agency.posted[before]).toMatchObject({ error: 'login_required', state: payloads()[2], iss: at.issuer })
    expect(ran).toEqual([])
    await context.close()
  })

  test('no other site can frame a page of ours (row 41, clickjacking)', async () => {
    const { context, page } = await watched()
    await page.goto(agency.url)
    await page.setContent(`<iframe id="f" src="${at.issuer}/activate"></iframe>`)
    await page.waitForLoadState('networkidle')
    const framed = await page.frames()[1]!.content()
    expect(framed).not.toContain('person_code')
    await context.close()
  })
})
