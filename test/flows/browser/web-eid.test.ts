import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BrowserContext, Page } from 'playwright-core'
import { cardOrigin } from '../../../src/oidc/localhost.ts'
import { wordsIn } from '../../../views/words/words.ts'
import { type CardAgency, openCardAgency } from '../../support/card-agency.ts'
import type { CardService } from '../../support/card-service.ts'
import type { TestCard } from '../../support/cards.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../../support/eyes.ts'
import type { Request } from '../../support/service.ts'

// A sign-in by Web eID in a real browser, from the agency back to the agency, in three languages. The extension, its
// program and the card are stood in for by this test alone, which signs with a key of a CA made here; the demo's stand-in
// is another. Screenshots go to test/output/browser, for eyes.

/** Speaks for an extension: takes every question, and answers what the test's `card` function says. */
const EXTENSION = `window.addEventListener('message', async ({ source, data }) => {
  if (source !== window || data?.action !== 'web-eid:authenticate') return
  window.postMessage({ action: 'web-eid:authenticate-ack' }, location.origin)
  const answer = await window.card(data.challengeNonce, location.origin, data.options.lang)
  if (answer.token) window.postMessage({ action: 'web-eid:authenticate-success', ...answer.token }, location.origin)
  else window.postMessage({ action: 'web-eid:authenticate-failure', error: { code: answer.code } }, location.origin)
})`

type Answered = { readonly token: object } | { readonly code: string }

let desk: CardAgency
let world: CardService
beforeAll(async () => {
  desk = await openCardAgency()
  world = desk.world
}, 120_000)
afterAll(() => desk.close())

interface Story {
  readonly page: Page
  readonly asked: Request
  /** What the program was asked for: languages, in order. */
  readonly asks: string[]
}

interface Wish {
  readonly language?: string
  readonly viewport?: typeof PHONE
  readonly javaScriptEnabled?: boolean
  /** Absent: there is no extension. `answer` stands for program, card and person. */
  readonly answer?: (nonce: string) => Answered | Promise<Answered>
  readonly more?: Record<string, string>
}

/** At the choice, as the agency sent them there. */
async function story(wish: Wish, told: (story: Story) => Promise<void>): Promise<void> {
  const { language = 'en', viewport = DESK, javaScriptEnabled = true, answer } = wish
  const context: BrowserContext = await desk.chromium.newContext({
    locale: language,
    viewport,
    javaScriptEnabled,
    // The bar that runs while somebody types would keep this machine busy drawing it.
    reducedMotion: 'reduce',
  })
  const asks: string[] = []
  try {
    if (answer) {
      await context.exposeFunction('card', (nonce: string, _origin: string, lang: string) => {
        asks.push(lang)
        return answer(nonce)
      })
      await context.addInitScript(EXTENSION)
    }
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^(4..|503)$/)
    const asked = desk.request(wish.more)
    await page.goto(asked.url)
    await told({ page, asked, asks })
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

/** What the card of `card` says to the nonce; the extension tells the program the origin. */
const signed = (card: TestCard) => (nonce: string) => ({
  token: card.token({ origin: cardOrigin(world.at.issuer), nonce }),
})

const claimsAt = ({ page, asked }: Story) => desk.claimsAt(page, asked)

/** axe finds nothing, and nothing sticks out at the side; a picture for eyes. */
async function looksRight(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect((await axe(page)).map((found) => `${name}: ${found}`)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
}

const toCard = async ({ page }: Story): Promise<void> => {
  await page.click('#method-smart-card')
  await page.waitForSelector('#continue:visible')
}

describe.each([
  ['th', 'phone', PHONE, 'en'],
  ['en', 'desk', DESK, 'en'],
  ['et', 'phone', PHONE, 'et'],
] as const)('in %s, at a %s', (language, place, viewport, lang) => {
  test('a card signs in, after a first try that was cancelled', async () => {
    const card = world.ca.card()
    let tries = 0
    let typed: () => void = () => undefined
    const answer = async (nonce: string): Promise<Answered> => {
      tries += 1
      if (tries === 1) return { code: 'ERR_WEBEID_USER_CANCELLED' }
      // Somebody types the PIN, for as long as the test looks at the page.
      await new Promise<void>((done) => {
        typed = done
      })
      return signed(card)(nonce)
    }
    await story({ language, viewport, answer }, async (told) => {
      const { page, asks } = told
      const shot = (name: string) => looksRight(page, `${language}-${place}-card-${name}`)
      expect(await page.getAttribute('html', 'lang')).toBe(language)
      await shot('1-choose')
      // By keyboard alone, from the choice on.
      await page.focus('#method-smart-card')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#continue:visible')
      expect(await page.isVisible('#without')).toBe(false)
      await shot('2-ready')
      await page.focus('#continue')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#said .trouble')
      await shot('3-cancelled')
      expect(await page.evaluate('document.activeElement.id')).toBe('continue')
      await page.keyboard.press('Enter')
      await page.getByText(wordsIn(language).card.pin).waitFor()
      expect(await page.textContent('#said')).toBe('')
      await shot('4-pin')
      typed()
      expect(await claimsAt(told)).toMatchObject({ acr: 'high', amr: expect.arrayContaining(['sc', 'smart-card']) })
      expect(asks).toEqual([lang, lang])
    })
    expect((await world.audited()).at(-1)).toMatchObject({
      type: 'sign-in.succeeded',
      detail: { method: 'smart-card' },
    })
  }, 120_000)
})

test('without the extension the page says what is missing, and the one-time code is two presses away', async () => {
  await story({ language: 'th', viewport: PHONE }, async (told) => {
    const { page } = told
    await toCard(told)
    await page.click('#continue')
    await page.waitForSelector('#said .trouble')
    expect(await page.textContent('#said')).toContain('ERR_WEBEID_EXTENSION_UNAVAILABLE')
    await looksRight(page, 'th-phone-card-5-no-extension')
    await page.click('#others')
    await page.click('#method-totp')
    const person = world.at.citizens[0]!
    await page.fill('[name=person_code]', person.code)
    await page.fill('[name=code]', person.oneTimeCode())
    await page.click('#continue')
    expect((await claimsAt(told)).acr).toBe('low')
  })
}, 120_000)

test.each(['th', 'en', 'et'] as const)(
  'in %s without JavaScript the page says so, and leads elsewhere',
  async (language) => {
    await story({ language, viewport: PHONE, javaScriptEnabled: false }, async ({ page }) => {
      await page.click('#method-smart-card')
      await page.waitForSelector('#without:visible')
      expect(await page.textContent('#without')).toContain(wordsIn(language).card.without.title)
      expect(await page.isVisible('#continue')).toBe(false)
      for (const way of ['#tls', '#others', '#cancel']) expect(await page.isVisible(way)).toBe(true)
      await shoot(page, `${language}-phone-card-6-no-script`)
      await page.click('#others')
      await page.click('#method-totp')
      expect(await page.isVisible('[name=code]')).toBe(true)
      await page.click('#cancel')
      await page.waitForURL(`${desk.callback}?error=access_denied**`)
    })
  },
  60_000,
)

test('an answer that comes too late is asked for again on the same page, by the same button', async () => {
  const card = world.ca.card()
  let late = true
  const answer = (nonce: string) => {
    if (late) world.at.clock.advance(5 * 60_000 + 1)
    late = false
    return signed(card)(nonce)
  }
  await story({ answer }, async (told) => {
    const { page } = told
    await toCard(told)
    await page.click('#continue')
    await page.waitForSelector('#trouble')
    expect(await page.textContent('#trouble')).toContain('PRT-1605')
    await page.waitForSelector('#continue:visible')
    await looksRight(page, 'en-desk-card-7-too-late')
    await page.click('#continue')
    expect((await claimsAt(told)).acr).toBe('high')
  })
}, 120_000)

test('a card that was revoked is told so on a page of its own, with every way on', async () => {
  const card = world.ca.card()
  world.ca.revoke(card)
  await story({ language: 'en', answer: signed(card), more: { acr_values: 'high' } }, async (told) => {
    const { page } = told
    expect(await page.isDisabled('#method-totp')).toBe(true)
    await looksRight(page, 'en-desk-card-8-choose-high')
    await toCard(told)
    await page.click('#continue')
    await page.waitForSelector('.trouble h1')
    expect(await page.textContent('main')).toContain('PRT-1606')
    await looksRight(page, 'en-desk-card-9-revoked')
    await page.click('#continue')
    await page.waitForSelector('#method-smart-card')
    await page.click('#cancel')
    await page.waitForURL(`${desk.callback}?error=access_denied**`)
  })
}, 120_000)
