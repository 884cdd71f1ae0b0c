import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import decodeQR from 'qr/decode.js'
import { codeAt, secretFromText } from '../../../src/methods/totp/code.ts'
import { wordsIn } from '../../../views/words/words.ts'
import { goByChromium, openChromium } from '../../support/chromium.ts'
import { EVERYWHERE, PHONE } from '../../support/eyes.ts'
import { looksRight, signInSurely, story } from '../../support/own-browser.ts'
import { startService, type TestService } from '../../support/service.ts'
import { sureMethod } from '../../support/sure-method.ts'

// The citizen's own page in a real browser: means added and taken away, ways shut, in three languages and at two sizes.
// Screenshots go to test/output/browser, for eyes.

let at: TestService
let chromium: Browser
beforeAll(async () => {
  at = await startService({ furtherMethods: [sureMethod()], settings: { PRATU_PASSKEYS: 'on' } })
  chromium = await openChromium()
  goByChromium(at.clock)
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await at.close()
})

const SIDE = 260

/** What the square on the page says, read off its picture. */
async function readSquare(page: Page): Promise<string> {
  const points = await page.evaluate<string>(`(async () => {
    const image = new Image()
    const svg = new XMLSerializer().serializeToString(document.querySelector('.square svg'))
    image.src = 'data:image/svg+xml;base64,' + btoa(svg)
    await image.decode()
    const canvas = new OffscreenCanvas(${SIDE}, ${SIDE})
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, ${SIDE}, ${SIDE})
    pen.drawImage(image, 10, 10, ${SIDE - 20}, ${SIDE - 20})
    const { data } = pen.getImageData(0, 0, ${SIDE}, ${SIDE})
    return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''))
  })()`)
  return decodeQR({ width: SIDE, height: SIDE, data: Uint8Array.from(Buffer.from(points, 'base64')) })
}

describe.each(EVERYWHERE)('in %s, at a %s', (language, place, viewport, who) => {
  test('an app is connected from its square, a PIN and a passkey are added, a way is shut, the last means goes', async () => {
    const citizen = at.citizens[who]!
    const words = wordsIn(language)
    // Every page is seen in Thai on a phone; of the others, those that differ most.
    const shot = async (page: Page, name: string) => {
      if (language === 'th' || /list|everything|ways|last/.test(name))
        await looksRight(page, `${language}-${place}-me-${name}`)
    }
    await story(chromium, { language, viewport }, async (page, context) => {
      const cdp = await context.newCDPSession(page)
      await cdp.send('WebAuthn.enable')
      await cdp.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          protocol: 'ctap2',
          transport: 'internal',
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      })
      await page.goto(`${at.issuer}/me`)
      expect(await page.textContent('.towards b')).toBe(words.me.name)
      await signInSurely(page, citizen)
      await page.waitForSelector('#means')
      expect(await page.getAttribute('html', 'lang')).toBe(language)
      await shot(page, '1-list')

      await page.click('#add-totp')
      await page.waitForSelector('.square svg')
      await shot(page, '2-app')
      const secret = secretFromText(new URL(await readSquare(page)).searchParams.get('secret')!)
      await page.fill('#code', '000000')
      await page.click('#continue')
      await page.waitForSelector('#trouble')
      await shot(page, '3-app-wrong')
      await page.fill('#code', codeAt(secret, at.clock.now()).code)
      await page.click('#continue')
      await page.waitForSelector('#done')
      await shot(page, '4-done')
      await page.click('#back')

      await page.click('#add-pin')
      await page.fill('#pin', '481592')
      await page.fill('#again', '481593')
      await page.click('#continue')
      await page.waitForSelector('#trouble')
      await shot(page, '5-pin-wrong')
      await page.fill('#pin', '481592')
      await page.fill('#again', '481592')
      await page.click('#continue')
      await page.waitForSelector('#done')
      await page.click('#back')

      await page.click('#add-passkey')
      await page.fill('[name=name]', 'กุญแจ key võti')
      await shot(page, '6-passkey')
      await page.click('#continue')
      await page.waitForSelector('#done')
      await page.click('#back')
      expect(await page.locator('#means li').count()).toBe(3)
      await shot(page, '7-everything')

      await page.click('#change-ways')
      await page.waitForSelector('.ticks')
      await shot(page, '8-ways')
      await page.uncheck('#way-passkey')
      await page.uncheck('#later')
      await page.click('#continue')
      await page.waitForSelector('#done')
      await page.click('#back')
      expect(await page.textContent('#ways')).toContain(words.methods.passkey.title)
      await shot(page, '9-shut')

      for (let left = 3; left > 0; left--) {
        await page.locator('#means a').first().click()
        await page.waitForSelector('#remove')
        const last = (await page.locator('#last').count()) === 1
        // The PIN is no means by itself: it is not counted among those that are left.
        if (last) await shot(page, 'a-last')
        await page.click('#remove')
        await page.waitForSelector('#done')
        await page.click('#back')
      }
      expect(await page.locator('#means').count()).toBe(0)
      expect(await page.textContent('main')).toContain(words.me.means.none)
    })
  }, 120_000)
})

test('without scripts everything but the passkey goes, by the keyboard alone', async () => {
  await story(chromium, { language: 'en', viewport: PHONE, javaScriptEnabled: false }, async (page) => {
    const citizen = at.citizens[1]!
    await page.goto(`${at.issuer}/me`)
    await signInSurely(page, citizen)
    await page.waitForSelector('#add-totp')
    await page.focus('#add-totp')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.secret')
    const secret = secretFromText((await page.textContent('.secret'))!)
    await page.focus('#code')
    await page.keyboard.type(codeAt(secret, at.clock.now()).code)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#done')
    await page.click('#back')
    await page.click('#add-passkey')
    expect(await page.textContent('#without')).toContain('JavaScript')
    expect(await page.locator('#continue').isVisible()).toBe(false)
  })
}, 60_000)
