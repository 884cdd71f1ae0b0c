import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { everyPage, PAPER, type Rendered, viewText } from '../support/pages.ts'

// Every page in a real browser, under the policy that the service sends, at the width of a phone and of a desk. Nothing
// is served: the browser asks for addresses that this test answers.

const output = fileURLToPath(new URL('../output/pages/', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const sheet = `${viewText('pratu.css')}\n${viewText('demo/demo.css')}`
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'none'; base-uri 'none'; frame-ancestors 'none'"
// The letter is a file for the printer with its sheet inside; it is never served.
const LETTER = "default-src 'none'; style-src 'unsafe-inline'; script-src 'none'"
const PHONE = { width: 390, height: 844 }
const DESK = { width: 1180, height: 900 }

// Runs inside the page. Measures what axe does not: sizes, in CSS pixels.
const MEASURE = `(() => {
  const seen = (e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 }
  const what = (e) => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + ' ' + (e.textContent || e.name || '').trim().slice(0, 30)
  const small = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || /^(SCRIPT|STYLE)$/.test(parent.tagName)) continue
    const size = parseFloat(getComputedStyle(parent).fontSize)
    if (size < 18) small.push(size + 'px ' + what(parent))
  }
  for (const e of document.querySelectorAll('input,select,button')) {
    const size = parseFloat(getComputedStyle(e).fontSize)
    if (e.type !== 'hidden' && size < 18) small.push(size + 'px ' + what(e))
  }
  const low = []
  for (const e of document.querySelectorAll('a,button,input,select')) {
    const { width, height } = e.getBoundingClientRect()
    if (e.type !== 'hidden' && !e.hidden && (height < 48 || width < 48)) low.push(width + '×' + height + ' ' + what(e))
  }
  const wide = []
  for (const e of document.body.querySelectorAll('*')) {
    const r = e.getBoundingClientRect()
    if (seen(e) && !e.closest('.skip') && (r.right > innerWidth + 0.5 || r.left < -0.5)) wide.push(what(e))
  }
  return { small, low, wide, scrolls: document.documentElement.scrollWidth > innerWidth }
})()`

// Words that a browser tears at a line's end, at the hyphen or because its dictionary takes one for two.
const WORDS = ['Smart-ID', 'Mobile-ID', 'Mobiil-ID', 'e-resident']
const THAI = ['เลขประจำตัว', 'ยืนยันตัวตน', 'เข้าสู่ระบบ', 'ออกจากระบบ', 'หน่วยงาน', 'ศูนย์ช่วยเหลือ', 'พาสคีย์', 'ลายนิ้วมือ']
// Runs inside the page: those that stand on two lines, each with what is around it.
const TORN = `(() => {
  const torn = []
  const range = document.createRange()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { data } = walker.currentNode
    for (const word of ${JSON.stringify([...WORDS, ...THAI])})
      for (let at = data.indexOf(word); at >= 0; at = data.indexOf(word, at + 1)) {
        range.setStart(walker.currentNode, at)
        range.setEnd(walker.currentNode, at + word.length)
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top / 8))).size > 1)
          torn.push(word + ' in: ' + data.trim().slice(0, 60))
      }
  }
  return torn
})()`

interface Measured {
  readonly small: string[]
  readonly low: string[]
  readonly wide: string[]
  readonly scrolls: boolean
}

let browser: Browser
let context: BrowserContext
let pages: Rendered[]

beforeAll(async () => {
  mkdirSync(output, { recursive: true })
  pages = await everyPage()
  browser = await openChromium()
  context = await browser.newContext({ locale: 'th-TH' })
  await context.route('**/*', async (route) => {
    const url = new URL(route.request().url())
    if (url.pathname === '/assets/pratu.css') return route.fulfill({ contentType: 'text/css', body: sheet })
    if (url.pathname === '/assets/door.svg')
      return route.fulfill({ contentType: 'image/svg+xml', body: viewText('door.svg') })
    const page = url.host === 'pratu.test' ? pages[Number(url.pathname.slice(1))] : undefined
    if (!page) return route.fulfill({ status: 404, body: '' })
    const policy = PAPER.includes(page.file) ? LETTER : POLICY
    return route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': policy },
      body: page.html,
    })
  })
}, 60_000)

afterAll(() => browser?.close())

/** A tab of one size. `complaints`: what the browser refused or missed since the last visit. */
async function openTab(viewport: typeof PHONE) {
  const tab = await context.newPage()
  await tab.setViewportSize(viewport)
  let complaints: string[] = []
  tab.on('console', (message) => {
    // That the one script of form-post does not run here is this test's own doing.
    if (message.type() === 'error' && !/script-src/.test(message.text())) complaints.push(message.text())
  })
  tab.on('pageerror', (error) => complaints.push(String(error)))
  let at: Rendered | undefined
  return {
    tab,
    /** Goes there; from another sample of the same page in the same language it only takes that one's content. */
    async visit(page: Rendered): Promise<void> {
      complaints = []
      // A paper carries its sheet, and its size, around its content.
      const near = at?.file === page.file && at.language === page.language && !PAPER.includes(page.file)
      at = page
      if (!near) return void (await tab.goto(`http://pratu.test/${pages.indexOf(page)}`))
      const content = /<main[^>]*>([\s\S]*)<\/main>/.exec(page.html)![1]
      await tab.evaluate(`document.querySelector('main').innerHTML = ${JSON.stringify(content)}`)
    },
    complaints: () => complaints,
  }
}

async function misfits(tab: Page): Promise<string[]> {
  const { small, low, wide, scrolls } = await tab.evaluate<Measured>(MEASURE)
  return [
    ...small.map((what) => `text under 18 px: ${what}`),
    ...low.map((what) => `target under 48 px: ${what}`),
    ...wide.map((what) => `beyond the edge: ${what}`),
    ...(scrolls ? ['scrolls sideways'] : []),
  ]
}

async function violations(tab: Page): Promise<string[]> {
  if (!(await tab.evaluate('typeof axe === "object"'))) await tab.evaluate(axe)
  const found = await tab.evaluate<{ id: string; nodes: { html: string; failureSummary: string }[] }[]>(
    'axe.run({ resultTypes: ["violations"] }).then((result) => result.violations)',
  )
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`))
}

const isTroubleAlone = (page: Rendered) => /^PRT-/.test(page.sample)
const isFirst = (page: Rendered) => pages.find(({ file }) => file === page.file)?.sample === page.sample

/** Samples of one page in one language after one another. */
const inOrder = (chosen: (page: Rendered) => boolean) =>
  pages
    .filter(chosen)
    .sort((a, b) =>
      a.file + a.language < b.file + b.language ? -1 : a.file + a.language > b.file + b.language ? 1 : 0,
    )

describe.each([
  ['a phone', PHONE],
  ['a desk', DESK],
])('on %s', (where, size) => {
  test('every page fits, has text of 18 px and targets of 48 px at least, and axe finds nothing wrong', async () => {
    const { tab, visit, complaints } = await openTab(size)
    const wrong: string[] = []
    for (const page of inOrder((page) => !isTroubleAlone(page))) {
      await visit(page)
      const name = `${page.name} · ${page.language}`
      // Paper has other sizes: the letter is measured for its width alone.
      const all = await misfits(tab)
      const found = PAPER.includes(page.file) ? all.filter((what) => !what.startsWith('text under')) : all
      // What differs between the samples of a page is its content, not how the desk lays it out.
      if (size === PHONE || isFirst(page)) found.push(...(await violations(tab)))
      if (isFirst(page)) {
        const file = `${page.file}-${page.language}-${size.width}`.replaceAll('/', '-')
        await tab.screenshot({ path: `${output}${file}.png`, fullPage: true })
      }
      wrong.push(...[...found, ...complaints()].map((what) => `${where}: ${name}: ${what}`))
    }
    expect(wrong).toEqual([])
  }, 300_000)

  test('the words of every trouble fit', async () => {
    const { tab, visit } = await openTab(size)
    const wrong: string[] = []
    for (const page of inOrder(isTroubleAlone)) {
      await visit(page)
      wrong.push(...(await misfits(tab)).map((what) => `${page.sample} · ${page.language}: ${what}`))
    }
    expect(wrong).toEqual([])
  }, 120_000)
})

describe('on a small phone, 360 pixels wide', () => {
  test('no page sticks out at the side, papers neither, and no name or long Thai word is torn at a line’s end', async () => {
    const { tab, visit } = await openTab({ width: 360, height: 780 })
    const wrong: string[] = []
    for (const page of inOrder(() => true)) {
      await visit(page)
      const { wide, scrolls } = await tab.evaluate<Measured>(MEASURE)
      const found = [...wide.map((what) => `beyond the edge: ${what}`), ...(scrolls ? ['scrolls sideways'] : [])]
      found.push(...(await tab.evaluate<string[]>(TORN)).map((what) => `torn: ${what}`))
      wrong.push(...found.map((what) => `${page.name} · ${page.language}: ${what}`))
    }
    expect(wrong).toEqual([])
  }, 300_000)
})
