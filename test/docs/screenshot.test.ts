import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { codePage } from '../../views/login/code.ts'
import { openChromium } from '../support/chromium.ts'
import { sampleFrame, viewText } from '../support/pages.ts'

const ORIGIN = 'http://localhost:3000'
const TOWARDS = { name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' } }
const WIDTH = 760
const HEIGHT = 980
const place = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Width and height of a PNG, from its header (PNG §11.2.1). */
function sizeOf(path: string): [number, number] {
  const bytes = readFileSync(path)
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
}

// Taken anew at every run into test/output; remove docs/images/sign-in.png to have the new one taken over.
test("the README's picture shows the sign-in page as it is", async () => {
  const taken = place('test/output/sign-in.png')
  const kept = place('docs/images/sign-in.png')
  const chromium = await openChromium()
  try {
    const page = await chromium.newPage({ viewport: { width: WIDTH, height: HEIGHT } })
    const html = codePage.render(codePage.samples.first!.input, { ...sampleFrame('en'), towards: TOWARDS })
    await page.route(`${ORIGIN}/**`, (route) => {
      const { pathname } = new URL(route.request().url())
      if (pathname === '/assets/pratu.css')
        return route.fulfill({ contentType: 'text/css', body: viewText('pratu.css') })
      if (pathname === '/assets/door.svg')
        return route.fulfill({ contentType: 'image/svg+xml', body: viewText('door.svg') })
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html })
    })
    await page.goto(`${ORIGIN}/login/example`)
    await page.locator('#continue').waitFor()
    mkdirSync(place('test/output'), { recursive: true })
    await page.screenshot({ path: taken })
  } finally {
    await chromium.close()
  }
  mkdirSync(place('docs/images'), { recursive: true })
  if (!existsSync(kept)) copyFileSync(taken, kept)
  expect(sizeOf(taken)).toEqual([WIDTH, HEIGHT])
  expect(sizeOf(kept)).toEqual([WIDTH, HEIGHT])
})
