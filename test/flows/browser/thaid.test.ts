import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page, Route } from 'playwright-core'
import decodeQR from 'qr/decode.js'
import { goByChromium, openChromium } from '../../support/chromium.ts'
import { enterParty } from '../../support/enter-party.ts'
import { axe, complaintsOf, DESK, PHONE as HANDHELD, shoot } from '../../support/eyes.ts'
import { request, secretOfAgency } from '../../support/service.ts'
import { PHONE, startThaidService, type ThaidService } from '../../support/thaid.ts'

// A sign-in by ThaID in a real browser: the choice, the picture that the test reads as a telephone would, the reference
// code compared, the telephone on screen, and back; on a desk with a second device, and on the telephone alone.

let world: ThaidService
let chromium: Browser
let callback: string
const agency = createServer((_request, response) => response.end('<title>arrived</title>'))
const asked = (more: Record<string, string> = {}) =>
  request(world.at.issuer, 'desk', { redirect_uri: callback, scope: 'openid', ...more })
beforeAll(async () => {
  ;[world, chromium] = await Promise.all([startThaidService(), openChromium()])
  goByChromium(world.at.clock)
  await new Promise<void>((listening) => agency.listen(0, 'localhost', listening))
  callback = `http://localhost:${(agency.address() as AddressInfo).port}/callback`
  const proof = { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretOfAgency('desk') }
  await enterParty(world.at, 'desk', { redirect_uris: [callback], ...proof })
}, 60_000)
afterAll(async () => {
  await chromium.close()
  agency.close()
  await world.close()
})

async function choosing(language: string, viewport: typeof HANDHELD): Promise<{ page: Page; complaints: string[] }> {
  const context = await chromium.newContext({ locale: language, viewport })
  const page = await context.newPage()
  const complaints = complaintsOf(page, /^4..$/)
  await page.goto(asked().url)
  return { page, complaints }
}

const SIDE = 200

/** As a telephone's camera does it. */
async function readPicture(page: Page): Promise<string> {
  const pixels = await page.evaluate<string>(`(async () => {
    const image = new Image()
    const svg = new XMLSerializer().serializeToString(document.querySelector('.scan svg'))
    image.src = 'data:image/svg+xml;base64,' + btoa(svg)
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = ${SIDE}
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, ${SIDE}, ${SIDE})
    pen.drawImage(image, 20, 20, ${SIDE - 40}, ${SIDE - 40})
    const { data } = pen.getImageData(0, 0, ${SIDE}, ${SIDE})
    return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''))
  })()`)
  return decodeQR({ width: SIDE, height: SIDE, data: Uint8Array.from(Buffer.from(pixels, 'base64')) })
}

test('on a desk: the picture leads the telephone to the same reference code, and its yes leads back', async () => {
  const { page, complaints } = await choosing('th', DESK)
  expect(await axe(page)).toEqual([])
  await shoot(page, 'choose-with-thaid-th')
  // The page looks again every two seconds, which would take it from under our eyes.
  const still = async (route: Route) => {
    const response = await route.fetch()
    const { refresh: _, ...headers } = response.headers()
    await route.fulfill({ response, headers })
  }
  await page.route('**/thaid/wait/*', still)
  await page.click('#method-thaid')
  await page.waitForSelector('#reference')
  // What comes by a redirect is not passed through: the page as it stands still is the one loaded anew.
  await page.reload()
  await page.waitForSelector('#reference')
  await shoot(page, 'thaid-picture-th')
  expect(await axe(page)).toEqual([])
  const shown = await page.textContent('#reference')
  const telephone = await (await chromium.newContext({ locale: 'th', viewport: HANDHELD })).newPage()
  await telephone.goto(await readPicture(page))
  expect(await telephone.textContent('#reference')).toBe(shown)
  await shoot(telephone, 'thaid-app-th')
  expect(await axe(telephone)).toEqual([])
  await telephone.click(`#phone-${PHONE.replace('+', '')}`)
  expect(await telephone.textContent('#code')).toBe(shown)
  await telephone.click('#confirm')
  await page.unroute('**/thaid/wait/*', still)
  await page.reload()
  await page.waitForURL(`${callback}?**`)
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy()
  expect(complaints).toEqual([])
  await telephone.context().close()
  // The next time it comes first.
  await page.goto(asked({ prompt: 'login' }).url)
  expect(await page.getAttribute('.means button', 'value')).toBe('thaid')
  expect(await page.isVisible('.means li:first-child .last')).toBe(true)
  await shoot(page, 'choose-thaid-last-th')
  await page.context().close()
}, 60_000)

test('on the telephone alone: the app opens from the page; a no is told in plain words, with a way on', async () => {
  const { page, complaints } = await choosing('et', HANDHELD)
  await page.click('#method-thaid')
  const waiting = page.url()
  await page.click('#open-app')
  await page.click(`#phone-${PHONE.replace('+', '')}`)
  await page.click('#refuse')
  await page.goto(waiting)
  await page.waitForSelector('.trouble')
  expect(await page.textContent('h1')).toBe('Rakenduses keelduti')
  await shoot(page, 'thaid-refused-et')
  expect(await axe(page)).toEqual([])
  await page.click('#continue')
  await page.waitForSelector('#method-totp')
  expect(complaints).toEqual([])
  await page.context().close()
}, 60_000)

test('an operator’s word stands under a way that is switched off, in the reader’s language', async () => {
  const { db, switches } = world.at.service.parts
  const by = { actor: { kind: 'operator', name: 'test' }, why: 'test' } as const
  const reason = {
    th: 'ปิดปรับปรุงถึงวันที่ 25 พฤศจิกายน 2569 เวลา 06.00 น.',
    en: 'Closed for repair until 25 November 2026, 6 a.m.',
    et: 'Remondis 25. novembrini 2026 kella 6.00-ni.',
  }
  await switches.switchOff(db, { method: 'thaid', reason }, by)
  await switches.refresh()
  for (const [language, words] of Object.entries(reason)) {
    const { page } = await choosing(language, HANDHELD)
    expect(await page.textContent('#method-thaid small')).toBe(words)
    expect(await page.isDisabled('#method-thaid')).toBe(true)
    expect(await axe(page)).toEqual([])
    await shoot(page, `choose-off-${language}`)
    await page.context().close()
  }
  await switches.switchOn(db, { method: 'thaid' }, by)
  await switches.refresh()
}, 60_000)
