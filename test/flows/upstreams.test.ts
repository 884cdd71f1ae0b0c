import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Json } from '../../src/identity/json.ts'
import { goByChromium } from '../support/chromium.ts'
import { enterPerson } from '../support/enter-person.ts'
import { type FakeProvider, fakeProvider } from '../support/fake-provider.ts'
import { callback, claimsOf, redeem, request, startService, type TestService } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// A second outside service is a few lines of settings: MitID as a broker speaks it, which is OpenID Connect to the letter
// (nonce, PKCE and `iss` there and back), beside one that only differs in its name, for what mixes them up.

const CODE = '0101901232'
let folder: string
let mitid: FakeProvider
let thaid: FakeProvider
let at: TestService
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-upstreams-'))
  ;[mitid, thaid] = await Promise.all([fakeProvider(), fakeProvider()])
  const usual = { client_id: 'pratu', client_secret: 'secret', levels: { substantial: 'substantial', high: 'high' } }
  const claims = { level_claim: 'loa', person_claim: 'dk.cpr', scheme: 'DK' }
  const file = join(folder, 'upstreams.json')
  const document: Json = {
    mitid: {
      ...usual,
      ...claims,
      issuer: mitid.issuer,
      scope: 'openid ssn',
      parameters: { acr_values: 'urn:grn:authn:dk:mitid:substantial' },
    },
    thaid: { ...usual, ...claims, issuer: thaid.issuer, scope: 'openid pid' },
  }
  writeFileSync(file, JSON.stringify(document))
  at = await startService({ settings: { PRATU_UPSTREAMS: file, PRATU_SCHEMES: 'TH,DK' } })
  await enterPerson(at, { scheme: 'DK', code: CODE })
  // The services sign by the machine's clock.
  goByChromium(at.clock)
}, 30_000)
afterAll(async () => {
  await at.close()
  await Promise.all([mitid.close(), thaid.close()])
  rmSync(folder, { recursive: true, force: true })
})

/** Of what the browser met last. */
const locationOf = (page: Page): string => page.headers.get('location')!

async function question(visitor: Visitor, method = 'mitid', more: Record<string, string> = {}): Promise<string> {
  const page = await visitor.open(request(at.issuer, 'tax', more).url)
  return locationOf(await visitor.submit(page, { method }))
}

/** The service's page is no page here: it answers at once. */
async function answered(address: string, provider = mitid, more: Record<string, unknown> = {}): Promise<string> {
  provider.next.idToken = { dk: { cpr: CODE }, loa: 'high', auth_time: Math.floor(at.clock.now() / 1000), ...more }
  return (await fetch(address, { redirect: 'manual' })).headers.get('location')!
}

describe('a second service', () => {
  test('lets people in by its own claims, its own levels and its own question', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax', { acr_values: 'high' })
    const page = await visitor.open(asked.url)
    expect(page.html).toContain('id="method-mitid"')
    const address = locationOf(await visitor.submit(page, { method: 'mitid' }))
    expect(new URL(address).searchParams.get('acr_values')).toBe('urn:grn:authn:dk:mitid:substantial')
    expect(new URL(address).searchParams.get('redirect_uri')).toBe(`${at.issuer}/return/mitid`)
    const end = callback(await visitor.open(await answered(address)))
    const tokens = await redeem(at.issuer, 'tax', end.code!, asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'high', amr: ['mca', 'mitid'] })
    const token = mitid.seen.find(({ line }) => line === 'POST /token')!
    expect(token.authorization).toBe(`Basic ${Buffer.from('pratu:secret').toString('base64')}`)
  })

  test('must give back our nonce where it is said to', async () => {
    const visitor = at.visitor()
    const address = await question(visitor)
    mitid.next.nonce = 'of-another'
    const page = await visitor.open(await answered(address))
    delete mitid.next.nonce
    expect([page.status, page.trouble]).toEqual([403, 'PRT-2305'])
    const without = await visitor.open(await answered(await question(visitor), mitid, { nonce: undefined }))
    expect([without.status, without.trouble]).toEqual([403, 'PRT-2305'])
  })

  test('that promises to name itself must do so (RFC 9207)', async () => {
    const visitor = at.visitor()
    const unnamed = new URL(await answered(await question(visitor)))
    unnamed.searchParams.delete('iss')
    const page = await visitor.open(unnamed.href)
    expect([page.status, page.trouble]).toEqual([403, 'PRT-2305'])
  })
})

describe('two services', () => {
  test('are not mixed up: an answer of one is worth nothing at the other’s address', async () => {
    const visitor = at.visitor()
    const theirs = new URL(await answered(await question(visitor)))
    // The same browser, the same sign-in, the other address of return.
    const page = await visitor.open(theirs.href.replace('/return/mitid', '/return/thaid'))
    expect([page.status, page.trouble]).toEqual([422, 'PRT-2302'])
    // Nor is it answered by the other once that one was asked.
    const second = at.visitor()
    const first = new URL(await answered(await question(second)))
    const open = new URL(await answered(await question(second, 'thaid'), thaid))
    open.searchParams.set('iss', mitid.issuer)
    open.searchParams.set('code', first.searchParams.get('code')!)
    const before = thaid.seen.length
    const mixed = await second.open(open.href)
    expect([mixed.status, mixed.trouble]).toEqual([403, 'PRT-2305'])
    // Its code was not carried to the other one.
    expect(thaid.seen.slice(before).map(({ line }) => line)).toEqual([])
  })
})
