import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

// What every story in a real browser looks at: two sizes, axe, whatever the page complains of; pictures for people's eyes.

export const PHONE = { width: 390, height: 844 }
export const DESK = { width: 1180, height: 800 }

/** Each language at one of the sizes, with a citizen of its own: `describe.each(EVERYWHERE)('in %s, at a %s', …)`. */
export const EVERYWHERE = [
  ['th', 'phone', PHONE, 0],
  ['en', 'desk', DESK, 1],
  ['et', 'phone', PHONE, 2],
] as const

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const SHOTS = fileURLToPath(new URL('../output/browser/', import.meta.url))

/** A picture of the whole page in test/output/browser. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: `${SHOTS}${name}.png`, fullPage: true })
}

/** What axe finds wrong, a line each. */
export async function axe(page: Page): Promise<string[]> {
  // As an injected file the page's policy would refuse it; evaluated by the tester's own door it may run.
  await page.evaluate(readFileSync(AXE, 'utf8'))
  const found: { violations: { id: string; nodes: { html: string }[] }[] } = await page.evaluate(
    'axe.run({ resultTypes: ["violations"] })',
  )
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

/**
 * Errors on the console, a broken policy among them, and of scripts; grows as they come.
 * @param meant statuses of answers that are refused on purpose, which Chromium calls failed resources: /422/.
 */
export function complaintsOf(page: Page, meant: RegExp): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const fine = /status of (\d+)/.exec(message.text())?.[1]
    if (message.type() === 'error' && !(fine !== undefined && meant.test(fine))) complaints.push(message.text())
  })
  return complaints
}
