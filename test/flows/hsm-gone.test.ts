import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { testFolder } from '../support/folder.ts'
import { basic, callback, form, redeem, request, signIn, startService, type TestService } from '../support/service.ts'
import { makeToken, type Token, withoutSoftHsm } from '../support/softhsm.ts'

// The hardware module goes away while people sign in, and comes back: over HTTP, with a real PKCS#11 module.

const withModule = withoutSoftHsm ? describe.skip : describe

withModule('a service whose signing keys are in a hardware module', () => {
  const folder = testFolder()
  let token: Token
  let at: TestService
  beforeAll(async () => {
    token = makeToken(folder.path)
    await token.tellThisProcess()
    const { library, label, pin } = token
    at = await startService({
      settings: { PRATU_HSM_MODULE: library, PRATU_HSM_TOKEN: label, PRATU_HSM_PIN: pin },
    })
  })
  afterAll(async () => {
    await at?.close()
    folder.remove()
  })

  const keySet = async () => (await (await fetch(`${at.issuer}/jwks`)).json()) as JSONWebKeySet
  const ready = async () => (await fetch(`${at.issuer}/health/ready`)).status

  test('answers 503 before a code is used up while it is gone, goes on with all else, and recovers without a restart', async () => {
    const visitor = at.visitor()
    const [somying] = at.citizens
    const asked = request(at.issuer, 'tax')
    const first = callback(await signIn(at, visitor, somying!, asked))
    const tokens = await redeem(at.issuer, 'tax', first.code!, asked.verifier)
    expect(tokens.status).toBe(200)
    const [key] = at.service.parts.ring.keys()
    expect((await at.service.parts.rotation.list(at.service.parts.db))[0]?.life).toMatchObject({ vault: 'hsm' })

    await token.takeAway()
    // A trial signature counts for a second.
    at.clock.advance(2_000)
    const meanwhile = request(at.issuer, 'tax')
    const { code } = callback(await visitor.open(meanwhile.url))
    for (let times = 0; times < 3; times++) {
      const refused = await form(
        `${at.issuer}/token`,
        {
          grant_type: 'authorization_code',
          code: code!,
          code_verifier: meanwhile.verifier,
          redirect_uri: 'http://localhost:9/tax/callback',
        },
        basic('tax'),
      )
      expect([refused.status, refused.id_token]).toEqual([503, undefined])
    }
    expect(await ready()).toBe(503)

    // What verifies goes on: the key set, tokens of before, a hint at sign-out, UserInfo.
    const verified = await jwtVerify(tokens.id_token, createLocalJWKSet(await keySet()), {
      issuer: at.issuer,
      currentDate: new Date(at.clock.now()),
    })
    expect(verified.protectedHeader.kid).toBe(key!.kid)
    const hint = new URLSearchParams({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: 'http://localhost:9/tax/',
    })
    expect((await at.visitor().open(`${at.issuer}/session/end?${hint.toString()}`)).headers.get('location')).toBe(
      'http://localhost:9/tax/',
    )
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${at.issuer}/userinfo`, { headers })).status).toBe(200)

    token.putBack()
    const again = await redeem(at.issuer, 'tax', code!, meanwhile.verifier)
    expect(again.status).toBe(200)
    await jwtVerify(again.id_token, createLocalJWKSet(await keySet()), { currentDate: new Date(at.clock.now()) })
    expect(await ready()).toBe(200)
  })
})
