import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { enterParty } from '../support/enter-party.ts'
import {
  callback,
  claimsOf,
  redeem,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
  userInfo,
} from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// "You are signed in as …, continue?": before single sign-on at agencies whose agreement wants it asked.

let at: TestService
beforeAll(async () => {
  at = await startService()
  for (const name of ['social', 'land'] as const)
    await enterParty(
      at,
      name,
      {
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: SECRETS[name],
        redirect_uris: [`http://localhost:9/${name}/callback`],
      },
      {
        ask_to_continue: true,
        ...(name === 'land' && { claims: [{ names: ['birthdate'], ground: 'consent' }] }),
      },
    )
}, 40_000)
afterAll(() => at.close())

async function known(): Promise<Visitor> {
  const visitor = at.visitor()
  await signIn(at, visitor, at.citizens[0]!, request(at.issuer, 'tax'))
  return visitor
}
const asks = ({ html }: Page) => html.includes('id="go-on"')
/** What a form posts without the fields that aren't buttons. */
const press = (visitor: Visitor, { form }: Page, fields: Record<string, string>) => visitor.post(form!.action, fields)

describe('somebody who is signed in', () => {
  test('is asked by name, goes on as themselves by one press, and is asked again the next time', async () => {
    const visitor = await known()
    for (let time = 0; time < 2; time++) {
      const asked = request(at.issuer, 'social')
      const page = await visitor.open(asked.url)
      expect(asks(page)).toBe(true)
      expect(page.html).toContain('You are signed in as สมหญิง ตัวอย่างดี')
      const { code } = callback(await press(visitor, page, { as: 'me' }))
      expect((await redeem(at.issuer, 'social', code!, asked.verifier)).status).toBe(200)
    }
  })

  test('is not asked where no agreement wants it, nor right after proving who they are', async () => {
    const visitor = await known()
    expect(callback(await visitor.open(request(at.issuer, 'tax').url)).code).toBeDefined()
    const fresh = await signIn(at, at.visitor(), at.citizens[1]!, request(at.issuer, 'social'))
    expect(callback(fresh).code).toBeDefined()
    const again = await signIn(at, visitor, at.citizens[0]!, request(at.issuer, 'social', { prompt: 'login' }))
    expect(callback(again).code).toBeDefined()
  })

  test('who may not be asked is answered interaction_required, and stays signed in', async () => {
    const visitor = await known()
    const answer = callback(await visitor.open(request(at.issuer, 'social', { prompt: 'none' }).url))
    expect(answer).toMatchObject({ error: 'interaction_required' })
    expect(callback(await visitor.open(request(at.issuer, 'tax', { prompt: 'none' }).url)).code).toBeDefined()
  })

  test('is asked about their data after that, once each', async () => {
    const visitor = await known()
    const page = await visitor.open(request(at.issuer, 'land', { scope: 'openid birthdate profile' }).url)
    const consent = await press(visitor, page, { as: 'me' })
    expect(consent.html).toContain('id="consent-allow"')
    expect(callback(await press(visitor, consent, { consent: 'allow' })).code).toBeDefined()
  })

  test('turns back with nothing sent, and stays signed in', async () => {
    const visitor = await known()
    const page = await visitor.open(request(at.issuer, 'social').url)
    const id = new URL(page.form!.action).pathname.split('/')[2]!
    const back = await visitor.post(`${at.issuer}/login/${id}`, { cancel: '1' })
    expect(callback(back)).toMatchObject({ error: 'access_denied' })
    expect(callback(await visitor.open(request(at.issuer, 'tax', { prompt: 'none' }).url)).code).toBeDefined()
  })

  test('presses no button that is not there', async () => {
    const visitor = await known()
    const page = await visitor.open(request(at.issuer, 'social').url)
    for (const fields of [{}, { as: 'them' }] as Record<string, string>[])
      expect((await press(visitor, page, fields)).trouble).toBe('PRT-1004')
    const login = await at.visitor().open(request(at.issuer, 'social').url)
    expect(asks(login)).toBe(false)
  })
})

describe('somebody else', () => {
  test('proves who they are, ends the other’s sign-in, and gets in as themselves', async () => {
    const visitor = await known()
    const asked = request(at.issuer, 'social')
    const page = await visitor.open(asked.url)
    const login = await press(visitor, page, { as: 'other' })
    expect(login.html).not.toContain('สมหญิง')
    at.clock.advance(30_000)
    const { scheme, code: person, oneTimeCode } = at.citizens[1]!
    const switching = await visitor.submit(login, { scheme, person_code: person, code: oneTimeCode() })
    expect(switching.html).toContain('Somebody else is signed in here')
    const { code } = callback(await visitor.submit(switching, {}))
    const { access_token: token } = await redeem(at.issuer, 'social', code!, asked.verifier)
    expect(await userInfo(at.issuer, token)).toMatchObject({ status: 200, name: 'สมชาย ลองระบบ' })
  })

  test('who turns out to be the same person goes on in the same session', async () => {
    const visitor = await known()
    const asked = request(at.issuer, 'social')
    const login = await press(visitor, await visitor.open(asked.url), { as: 'other' })
    at.clock.advance(30_000)
    const { scheme, code: person, oneTimeCode } = at.citizens[0]!
    const { code } = callback(await visitor.submit(login, { scheme, person_code: person, code: oneTimeCode() }))
    const { id_token } = await redeem(at.issuer, 'social', code!, asked.verifier)
    expect(claimsOf(id_token).auth_time).toBe(Math.floor(at.clock.now() / 1000))
    expect(await at.service.parts.live.listOf(at.database.db, at.citizens[0]!.key)).toContainEqual(
      expect.objectContaining({
        parties: [expect.objectContaining({ client: 'tax' }), expect.objectContaining({ client: 'social' })],
      }),
    )
  })
})
