import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BrowserContext, Page } from 'playwright-core'
import decodeQR from 'qr/decode.js'
import type { Person } from '../../../src/demo/smart-id-service/service.ts'
import { LANGUAGES } from '../../../src/identity/language.ts'
import { wordsIn } from '../../../views/words/words.ts'
import { type BrowserAgency, openBrowserAgency } from '../../support/browser-agency.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../../support/eyes.ts'
import { type SmartIdTest, startSmartId } from '../../support/smart-id.ts'

// Smart-ID in a real browser: the code is read from what the screen shows, the app's link is pressed, the app stands on
// screen beside it. Screenshots go to test/output/browser, for eyes.

let world: SmartIdTest
let agency: BrowserAgency
beforeAll(async () => {
  world = await startSmartId()
  agency = await openBrowserAgency(world.at)
}, 120_000)
afterAll(async () => {
  await agency.close()
  await world.close()
})

const somying = (): Person => world.people[0]!

interface Wish {
  readonly language?: string
  readonly viewport?: typeof PHONE
  readonly javaScriptEnabled?: boolean
}

/** At the page that begins, by way of the choice. */
async function story(wish: Wish, told: (page: Page, context: BrowserContext) => Promise<void>): Promise<void> {
  const { language = 'en', viewport = DESK, javaScriptEnabled = true } = wish
  const context = await agency.chromium.newContext({
    locale: language,
    viewport,
    javaScriptEnabled,
    reducedMotion: 'reduce',
  })
  try {
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^(4..|503)$/)
    await page.goto(agency.request().url)
    await page.locator('#method-smart-id').click()
    await page.locator('#continue').waitFor()
    await told(page, context)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

/** What a camera before the screen reads. */
async function scan(page: Page): Promise<string> {
  // Drawn by the browser itself: its own points, as many as the screen has.
  const png = await page.locator('#square').screenshot()
  const { width, height, points } = await page.evaluate<Points>(`(${pointsOf})('${png.toString('base64')}')`)
  return decodeQR({ width, height, data: Uint8Array.from(Buffer.from(points, 'base64')) })
}

/** Runs in a page of its own making: only there can a picture be taken apart without another library. */
const pointsOf = `async (png) => {
  const bytes = Uint8Array.from(atob(png), (sign) => sign.charCodeAt(0))
  const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
  const canvas = new OffscreenCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, image.width, image.height)
  let text = ''
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192))
  return { width: image.width, height: image.height, points: btoa(text) }
}`

interface Points {
  readonly width: number
  readonly height: number
  /** RGBA, base64. */
  readonly points: string
}

const arrived = (page: Page) => page.waitForURL((url) => url.href.startsWith(agency.callback), { timeout: 15_000 })

describe('the code on the screen', () => {
  test('is read from the picture, changes every second, and whoever confirms on the phone is in', async () => {
    await story({}, async (page) => {
      await page.locator('#continue').click()
      await page.locator('#square').waitFor()
      const first = await scan(page)
      expect(first).toContain('deviceLinkType=QR&elapsedSeconds=0&')
      world.at.clock.advance(2_000)
      const drawn = await page.locator('#square-lines').getAttribute('d')
      await page.locator(`#square-lines:not([d="${drawn}"])`).waitFor({ state: 'attached' })
      const second = await scan(page)
      expect(second).toContain('&elapsedSeconds=2&')
      await shoot(page, 'smart-id-code-desk')

      const taken = world.provider.take(second, somying())
      if (!taken.ok) throw new Error(taken.because)
      world.provider.ring(taken.session, somying())
      const phone = world.phones.find(somying().phone)!
      expect(phone.rings[0]?.text).toBe('Sign in to: desk')
      world.phones.answer(phone.phone, phone.rings[0]!.id, 'confirm')
      await arrived(page)
    })
  })

  test('says so when the holder refuses', async () => {
    await story({}, async (page) => {
      await page.locator('#continue').click()
      await page.locator('#square').waitFor()
      const taken = world.provider.take(await scan(page), somying())
      if (!taken.ok) throw new Error(taken.because)
      await world.provider.answer(taken.session, somying(), 'refuse')
      await page.getByText('PRT-1801').waitFor()
      expect(await axe(page)).toEqual([])
    })
  })

  test('comes anew by itself, and can be scanned, where no script runs', async () => {
    await story({ javaScriptEnabled: false }, async (page) => {
      await page.locator('#continue').click()
      await page.locator('#square').waitFor()
      world.at.clock.advance(3_000)
      const [refreshed] = await Promise.all([page.waitForNavigation({ timeout: 10_000 }), Promise.resolve()])
      expect(refreshed?.status()).toBe(200)
      const lines = await page.locator('#square-lines').getAttribute('d')
      expect(lines?.length).toBeGreaterThan(1_000)
      expect(await page.locator('#open').getAttribute('href')).toContain('deviceLinkType=Web2App')
    })
  })
})

describe('the app on the same device', () => {
  test('is opened by its link, confirms, and comes back to this browser', async () => {
    await story({ viewport: PHONE }, async (page) => {
      await page.locator('#continue').click()
      const link = page.locator('#open')
      await link.waitFor()
      // Before the code: there is nothing to scan with.
      const [above, below] = await Promise.all([link.boundingBox(), page.locator('#square').boundingBox()])
      expect(above!.y).toBeLessThan(below!.y)
      await shoot(page, 'smart-id-code-phone')
      await link.click()
      await page.locator('#document').selectOption(somying().document)
      await shoot(page, 'smart-id-app')
      expect(await axe(page)).toEqual([])
      await page.locator('#open').click()
      await page.locator('#confirm').click()
      await arrived(page)
    })
  })

  test('that comes back to another browser leaves both without a session', async () => {
    await story({}, async (page) => {
      await page.locator('#continue').click()
      const href = (await page.locator('#open').getAttribute('href'))!
      const taken = world.provider.take(href, somying())
      if (!taken.ok) throw new Error(taken.because)
      const back = (await world.provider.answer(taken.session, somying(), 'confirm'))!
      // What this browser is told meanwhile: go on where the app leads you.
      await page.getByText(wordsIn('en').smartId.scan.back).waitFor()
      const other = await agency.chromium.newContext()
      const there = await other.newPage()
      await there.goto(back)
      expect(await there.content()).toContain('PRT-1002')
      await other.close()
      expect(page.url()).toContain('/smart-id/wait')
      await page.goto(back)
      await arrived(page)
    })
  })
})

test.each(LANGUAGES)(
  'in %s each page has nothing for axe to find and fits a phone',
  async (language) => {
    for (const viewport of language === 'th' ? [DESK, PHONE] : [PHONE])
      await story({ language, viewport }, async (page) => {
        const words = wordsIn(language).smartId
        const where = `${language}-${viewport === PHONE ? 'phone' : 'desk'}`
        expect(await page.textContent('main')).toContain(words.lead)
        expect(await axe(page)).toEqual([])
        await shoot(page, `smart-id-start-${where}`)
        await page.locator('#continue').click()
        await page.locator('#square').waitFor()
        expect(await page.textContent('main')).toContain(words.scan.how)
        expect(await axe(page)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
        await shoot(page, `smart-id-link-${where}`)
        expect(await scan(page)).toContain('deviceLinkType=QR')
      })
  },
  60_000,
)
