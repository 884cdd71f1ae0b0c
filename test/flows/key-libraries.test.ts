import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from 'oidc-client-ts'
import * as oidc from 'openid-client'
import { apacheCallback, INSIDE, startApache, withoutApache } from '../support/apache.ts'
import { startAuthlib, withoutAuthlib } from '../support/authlib.ts'
import { enterParty } from '../support/enter-party.ts'
import { testFolder } from '../support/folder.ts'
import { freePorts } from '../support/ports.ts'
import { redeem, request, SECRETS, secretOfAgency, startService, type TestService } from '../support/service.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

// Agencies' own libraries across a rotation of the signing key, with their own defaults: what they cache and when they
// look again is theirs to decide. One object or process each, from the first sign-in to the last.

const BY = { actor: { kind: 'operator', name: 'malee' }, why: 'a drill' } as const

let at: TestService
let person: Visitor
/** Who that is: each one's codes of a moment are taken once. */
let who = 0
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  at = await startService()
  person = at.visitor()
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(() => at.close())

/** What the person's browser brings back from us to an agency, for the request that the agency's library has made. */
async function answerTo(url: string): Promise<string> {
  let page = await person.open(url)
  if (page.form) {
    at.clock.advance(30_000)
    const citizen = at.citizens[who]
    const { scheme, code } = citizen!
    page = await person.submit(page, { scheme, person_code: code, code: citizen!.oneTimeCode() })
  }
  const location = page.headers.get('location')
  if (!location) throw new Error(`no way back: ${page.status} ${page.url}`)
  return location
}

/** The whole ring with all its waits, and `signIn` at every stage, as often as the minutes pass. */
async function rotated(signIn: () => Promise<void>): Promise<void> {
  const { db, rotation, ring } = at.service.parts
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50_000) {
      at.clock.advance(Math.min(50_000, left))
      await signIn()
    }
  }
  await signIn()
  const old = ring.keys()[0]!.kid
  const announced = await rotation.announce(db, BY)
  if (!announced.ok) throw new Error(announced.because)
  await ring.refresh()
  await signIn()
  await pass(rotation.waits.announced)
  expect(await rotation.promote(db, announced.kid, BY)).toMatchObject({ ok: true })
  await ring.refresh()
  await signIn()
  await pass(rotation.waits.retiring)
  expect(await rotation.retire(db, old, BY)).toMatchObject({ ok: true })
  await ring.refresh()
  await signIn()
  await pass(120_000)
}

describe('a rotation goes unnoticed by', () => {
  test('jose', async () => {
    const keys = createRemoteJWKSet(new URL(`${at.issuer}/jwks`))
    const seen = new Set<unknown>()
    await rotated(async () => {
      const asked = request(at.issuer, 'tax')
      const { code } = Object.fromEntries(new URL(await answerTo(asked.url)).searchParams)
      const { id_token } = await redeem(at.issuer, 'tax', code!, asked.verifier)
      const { protectedHeader } = await jwtVerify(id_token, keys, { currentDate: new Date(at.clock.now()) })
      seen.add(protectedHeader.kid)
    })
    expect(seen.size).toBe(2)
  })

  test.each([
    ['as it is', []],
    // Not its default over TLS: then it looks at the signature too.
    ['with signatures looked at', [oidc.enableNonRepudiationChecks]],
  ])('openid-client, %s', async (_, more) => {
    const config = await oidc.discovery(
      new URL(at.issuer),
      'tax',
      { id_token_signed_response_alg: 'ES256' },
      oidc.ClientSecretBasic(SECRETS.tax),
      { execute: [oidc.allowInsecureRequests, ...more] },
    )
    const seen = new Set<unknown>()
    await rotated(async () => {
      const verifier = oidc.randomPKCECodeVerifier()
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: 'http://localhost:9/tax/callback',
        scope: 'openid profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      const back = new URL(await answerTo(url.href))
      const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier })
      seen.add(decodeProtectedHeader(tokens.id_token!).kid)
    })
    expect(seen.size).toBe(2)
  })

  test('oidc-client-ts', async () => {
    const store = () => new WebStorageStateStore({ store: new InMemoryWebStorage() })
    const client = new OidcClient({
      authority: at.issuer,
      client_id: 'social',
      redirect_uri: 'http://localhost:9/social/callback',
      // Without these two it can't speak to us; a browser has no place for a secret (docs/integrate.md).
      client_secret: SECRETS.social,
      client_authentication: 'client_secret_basic',
      scope: 'openid profile',
      stateStore: store(),
    })
    const seen = new Set<unknown>()
    await rotated(async () => {
      const { url } = await client.createSigninRequest({})
      const { id_token, profile } = await client.processSigninResponse(await answerTo(url))
      expect(profile.sub).toMatch(/^[\w-]{43}$/)
      seen.add(decodeProtectedHeader(id_token!).kid)
    })
    expect(seen.size).toBe(2)
  })
})

/** These keep real time; what they must bear is the harder case, a key that they see for the first time when it signs. */
describe('a key that signs at once is looked for by', () => {
  const folder = testFolder()
  afterAll(() => folder.remove())

  async function changed(
    site: { readonly origin: string },
    signIn: (visitor: Visitor) => Promise<void>,
  ): Promise<void> {
    const { db, rotation, ring } = at.service.parts
    const now = () => at.clock.set(new Date().toISOString())
    now()
    person = at.visitor()
    who += 1
    const kids = new Set<string>()
    for (let round = 0; round < 3; round++) {
      for (let times = 0; times < 2; times++) {
        now()
        await signIn(openVisitor(site.origin))
        kids.add(ring.keys()[0]!.kid)
      }
      const announced = await rotation.announce(db, BY)
      if (!announced.ok) throw new Error(announced.because)
      expect(await rotation.promote(db, announced.kid, { ...BY, emergency: true })).toMatchObject({ ok: true })
      await ring.refresh()
    }
    await signIn(openVisitor(site.origin))
    expect(kids.size).toBe(3)
  }

  const site = async (client: string, back: (port: number) => string) => {
    const [port = 0] = await freePorts(1)
    await enterParty(at, client, {
      redirect_uris: [back(port)],
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: secretOfAgency(client),
    })
    return { port, issuer: at.issuer, client, secret: secretOfAgency(client) }
  }

  ;(withoutApache ? test.skip : test)('mod_auth_openidc', async () => {
    const apache = await startApache({ folder: folder.path, ...(await site('apache', apacheCallback)) })
    closing.push(() => apache.close())
    await changed(apache, async (visitor) => {
      const asked = await visitor.open(`${apache.origin}/secure/`)
      const inside = await visitor.open(await answerTo(asked.headers.get('location')!))
      expect([inside.status, inside.html]).toEqual([200, INSIDE])
    })
  })
  ;(withoutAuthlib ? test.skip : test)('Authlib', async () => {
    const authlib = await startAuthlib(await site('authlib', (port) => `http://localhost:${port}/callback`))
    closing.push(() => authlib.close())
    await changed(authlib, async (visitor) => {
      const asked = await visitor.open(`${authlib.origin}/sign-in`)
      const inside = await visitor.open(await answerTo(asked.headers.get('location')!))
      expect([inside.status, inside.html]).toEqual([200, expect.stringMatching(/^inside as [\w-]{43}$/)])
    })
  })
})
