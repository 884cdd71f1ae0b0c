import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { wordsIn } from '../../views/words/words.ts'
import { type CardService, startCardService } from '../support/card-service.ts'
import { DAY, type TestCard } from '../support/cards.ts'
import { openChromium } from '../support/chromium.ts'
import { enterParty } from '../support/enter-party.ts'
import { basic, claimsOf, form, request, secretOfAgency } from '../support/service.ts'

// A sign-in by the card's own certificate in a real browser: from the agency to the sign-in, to the card door and back, in
// three languages, with scripts and without. Screenshots go to test/output/browser, for eyes.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SHOTS = fileURLToPath(new URL('../../output/browser/', import.meta.url))
const PHONE = { width: 390, height: 844 }
const DESK = { width: 1180, height: 800 }

let world: CardService
let chromium: Browser
let agency: Server
let callback: string
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  agency = createServer((_request, response) => response.end('<title>arrived</title>'))
  await new Promise<void>((listening) => agency.listen(0, 'localhost', listening))
  callback = `http://localhost:${(agency.address() as AddressInfo).port}/callback`
  ;[world, chromium] = await Promise.all([startCardService(), openChromium()])
  // Chromium forgets cookies by its own clock, which nobody can set.
  world.at.clock.set(new Date(performance.timeOrigin + performance.now()).toISOString())
  const proof = { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretOfAgency('desk') }
  await enterParty(world.at, 'desk', { redirect_uris: [callback], ...proof })
}, 120_000)
afterAll(async () => {
  await chromium.close()
  agency.close()
  await world.close()
})

interface Wish {
  readonly language: string
  readonly viewport?: typeof PHONE
  readonly javaScriptEnabled?: boolean
  /** Absent: there is none in the reader. */
  readonly card?: TestCard
}

interface Story {
  readonly page: Page
  readonly asked: ReturnType<typeof request>
}

/** At the card's page, as the agency sent them there. */
async function story(wish: Wish, told: (story: Story) => Promise<void>): Promise<void> {
  const { language, viewport = DESK, javaScriptEnabled = true, card } = wish
  const shown = card && {
    origin: world.origin,
    cert: Buffer.from(card.pem),
    key: Buffer.from(card.key.export({ type: 'pkcs8', format: 'pem' })),
  }
  const context = await chromium.newContext({
    locale: language,
    viewport,
    javaScriptEnabled,
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: true,
    ...(shown && { clientCertificates: [shown] }),
  })
  const complaints: string[] = []
  try {
    const page = await context.newPage()
    page.on('console', (message) => {
      // A refused card is answered with 4xx on purpose; Chromium calls that a failed resource.
      if (message.type() === 'error' && !/status of 4/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    const asked = request(world.at.issuer, 'desk', { redirect_uri: callback, scope: 'openid', ui_locales: language })
    await page.goto(asked.url)
    await page.click('#method-smart-card')
    await page.waitForSelector('#tls')
    await told({ page, asked })
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

const shot = (page: Page, name: string) => page.screenshot({ path: `${SHOTS}card-door-${name}.png`, fullPage: true })

async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const found: { violations: { id: string; nodes: { html: string }[] }[] } = await page.evaluate('axe.run()')
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

async function claimsAt({ page, asked }: Story): Promise<Record<string, unknown>> {
  await page.waitForURL(`${callback}?**`)
  const { searchParams } = new URL(page.url())
  expect(searchParams.get('state')).toBe(asked.state)
  const fields = {
    grant_type: 'authorization_code',
    code: searchParams.get('code') ?? '',
    code_verifier: asked.verifier,
    redirect_uri: callback,
  }
  const tokens = await form(`${world.at.issuer}/token`, fields, basic('desk'))
  return claimsOf(String(tokens.id_token))
}

describe.each([
  ['th', 'phone', PHONE],
  ['en', 'desk', DESK],
  ['et', 'phone', PHONE],
] as const)('in %s, at a %s', (language, place, viewport) => {
  test('a card is shown and its person signed in', async () => {
    await story({ language, viewport, card: world.ca.card() }, async (told) => {
      await shot(told.page, `${language}-${place}-1-page`)
      expect(await axe(told.page)).toEqual([])
      await told.page.click('#tls')
      expect(await claimsAt(told)).toMatchObject({ acr: 'high', amr: expect.arrayContaining(['sc', 'smart-card']) })
      // Back through the history, card still in: the sign-in is over, and the card door signs nobody in.
      await told.page.goBack()
      expect(told.page.url()).not.toContain('code=')
      expect(await told.page.content()).not.toContain('arrived')
    })
  }, 120_000)
})

test('a card that was refused has a page that says so, and a way on', async () => {
  const language = 'et'
  const card = world.ca.card({ notAfter: world.at.clock.now() - DAY })
  await story({ language, viewport: PHONE, card }, async ({ page }) => {
    await page.click('#tls')
    await page.waitForSelector('.trouble')
    await shot(page, 'et-phone-2-refused')
    expect(await page.getAttribute('html', 'lang')).toBe(language)
    expect(await page.textContent('.trouble')).toContain(wordsIn(language).trouble.code)
    expect(await page.textContent('.ref')).toContain('PRT-1602')
    expect(await axe(page)).toEqual([])
    await page.click('#continue')
    expect(await page.locator('#method-smart-card').count()).toBe(1)
  })
}, 120_000)

test('no card is told as that, beside the ways that are left', async () => {
  const language = 'th'
  await story({ language, viewport: PHONE }, async ({ page }) => {
    await page.click('#tls')
    await page.waitForSelector('.trouble')
    await shot(page, 'th-phone-3-no-card')
    expect(await page.getAttribute('html', 'lang')).toBe(language)
    expect(await axe(page)).toEqual([])
    expect(await page.locator('#tls').count()).toBe(1)
    await page.click('#others')
    expect(await page.locator('#method-totp').count()).toBe(1)
  })
}, 120_000)

test('without scripts it is the same way', async () => {
  await story({ language: 'en', javaScriptEnabled: false, card: world.ca.card() }, async (told) => {
    await told.page.click('#tls')
    expect(await claimsAt(told)).toMatchObject({ acr: 'high' })
  })
}, 120_000)
