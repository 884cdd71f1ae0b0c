import { type Browser, chromium } from 'playwright-core'
import type { TestClock } from './clock.ts'

/** Debian's Chromium, kept from calling home. Whoever opens it closes it. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.PRATU_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  })
}

/** Chromium forgets cookies by its own clock, which nobody can set: the service's goes by that from here on. */
export const goByChromium = (clock: TestClock): void =>
  clock.set(new Date(performance.timeOrigin + performance.now()).toISOString())
