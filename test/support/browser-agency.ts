import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { goByChromium, openChromium } from './chromium.ts'
import { enterParty } from './enter-party.ts'
import { basic, claimsOf, form, type Request, request, secretOfAgency, type TestService } from './service.ts'

// For stories in a real browser: Chromium, and an agency to come from and go back to, beside a service that runs.

export interface BrowserAgency {
  readonly chromium: Browser
  /** The address at its site that answers are sent to. */
  readonly callback: string
  /** The agency's request, with the address of its site. */
  request(more?: Record<string, string>): Request
  /** Waits until the browser is back at the agency, and redeems what it brings. @throws Error when it brings nothing. */
  claimsAt(page: Page, asked: Request): Promise<Record<string, unknown>>
  close(): Promise<void>
}

export async function openBrowserAgency(at: TestService): Promise<BrowserAgency> {
  const site = createServer((_request, response) => response.end('<title>arrived</title>'))
  await new Promise<void>((listening) => site.listen(0, 'localhost', listening))
  const callback = `http://localhost:${(site.address() as AddressInfo).port}/callback`
  const chromium = await openChromium()
  goByChromium(at.clock)
  const proof = { token_endpoint_auth_method: 'client_secret_basic', client_secret: secretOfAgency('desk') }
  await enterParty(at, 'desk', { redirect_uris: [callback], ...proof })
  return {
    chromium,
    callback,
    request: (more = {}) => request(at.issuer, 'desk', { redirect_uri: callback, scope: 'openid', ...more }),
    async claimsAt(page, asked) {
      await page.waitForURL(`${callback}?**`)
      const { searchParams } = new URL(page.url())
      if (searchParams.get('state') !== asked.state) throw new Error('another sign-in came back')
      const fields = {
        grant_type: 'authorization_code',
        code: searchParams.get('code') ?? '',
        code_verifier: asked.verifier,
        redirect_uri: callback,
      }
      const tokens = await form(`${at.issuer}/token`, fields, basic('desk'))
      return claimsOf(String(tokens.id_token))
    },
    async close() {
      await chromium.close()
      site.close()
    },
  }
}
