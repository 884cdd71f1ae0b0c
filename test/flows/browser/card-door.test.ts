import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { wordsIn } from '../../../views/words/words.ts'
import { type CardAgency, openCardAgency } from '../../support/card-agency.ts'
import type { CardService } from '../../support/card-service.ts'
import { DAY, type TestCard } from '../../support/cards.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../../support/eyes.ts'
import type { Request } from '../../support/service.ts'

// A sign-in by the card's own certificate in a real browser: from the agency to the sign-in, to the card door and back, in
// three languages, with scripts and without. Screenshots go to test/output/browser, for eyes.

let desk: CardAgency
let world: CardService
beforeAll(async () => {
  desk = await openCardAgency()
  world = desk.world
}, 120_000)
afterAll(() => desk.close())

interface Wish {
  readonly language: string
  readonly viewport?: typeof PHONE
  readonly javaScriptEnabled?: boolean
  /** Absent: there is none in the reader. */
  readonly card?: TestCard
}

interface Story {
  readonly page: Page
  readonly asked: Request
}

/** At the card's page, as the agency sent them there. */
async function story(wish: Wish, told: (story: Story) => Promise<void>): Promise<void> {
  const { language, viewport = DESK, javaScriptEnabled = true, card } = wish
  const shown = card && {
    origin: world.origin,
    cert: Buffer.from(card.pem),
    key: Buffer.from(card.key.export({ type: 'pkcs8', format: 'pem' })),
  }
  const context = await desk.chromium.newContext({
    locale: language,
    viewport,
    javaScriptEnabled,
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: true,
    ...(shown && { clientCertificates: [shown] }),
  })
  try {
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^4..$/)
    const asked = desk.request({ ui_locales: language })
    await page.goto(asked.url)
    await page.click('#method-smart-card')
    await page.waitForSelector('#tls')
    await told({ page, asked })
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

const shot = (page: Page, name: string) => shoot(page, `card-door-${name}`)
const claimsAt = ({ page, asked }: Story) => desk.claimsAt(page, asked)

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
