import { type Browser, chromium } from 'playwright-core'

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
