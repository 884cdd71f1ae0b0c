import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { namedMethods, needOf } from '../../src/oidc/assurance-request.ts'
import { authUrl, claimsOf, login, returned, tax, userInfo, visit } from '../support/agencies.ts'
import { openWorld, type World } from '../support/engine.ts'

const essential = (value: unknown) => ({ essential: true, ...(value as object) })

describe('the level that a request asks for', () => {
  test.each([
    ['nothing', undefined, undefined, 'low', 'low'],
    ['nothing, under an agreement', undefined, undefined, 'substantial', 'substantial'],
    ['one value', 'high', undefined, 'low', 'high'],
    ['the lowest of several', 'high substantial', undefined, 'low', 'substantial'],
    ['whatever their order', 'substantial high', undefined, 'low', 'substantial'],
    ['never less than the agreement', 'low', undefined, 'substantial', 'substantial'],
    ['unknown values', 'urn:mace gold', undefined, 'low', 'low'],
    ['unknown and known values', 'gold high', undefined, 'low', 'high'],
    ['values that only look known', 'HIGH highest __proto__', undefined, 'low', 'low'],
    ['an essential value', undefined, essential({ value: 'high' }), 'low', 'high'],
    ['the highest of essential values', undefined, essential({ values: ['low', 'high'] }), 'low', 'high'],
    ['essential values, some unknown', undefined, essential({ values: ['gold', 'substantial'] }), 'low', 'substantial'],
    ['essential values, all unknown', undefined, essential({ values: ['gold'] }), 'low', 'impossible'],
    ['essential without values', undefined, essential({}), 'low', 'low'],
    ['a voluntary value', undefined, { value: 'high' }, 'low', 'low'],
    ['both, the claim higher', 'low', essential({ value: 'high' }), 'low', 'high'],
    ['both, acr_values higher', 'high', essential({ value: 'low' }), 'low', 'high'],
    ['nonsense', undefined, 'high', 'low', 'low'],
  ] as const)('%s', (_name, acrValues, acrClaim, floor, need) => {
    expect(needOf({ acrValues, acrClaim, floor })).toBe(need)
  })
})

describe('the ways that a request names', () => {
  const open = ['smart-card', 'thaid', 'totp'] as const

  test.each([
    ['nothing', undefined, undefined],
    ['levels only', 'high gold', undefined],
    ['one', 'urn:pratu:method:thaid', ['thaid']],
    ['several beside a level', 'urn:pratu:method:totp high urn:pratu:method:smart-card', ['smart-card', 'totp']],
    ['one that is not open among others', 'urn:pratu:method:passkey urn:pratu:method:totp', ['totp']],
    ['none that is open', 'urn:pratu:method:passkey urn:pratu:method:TOTP urn:pratu:method:', []],
    ['something like it', 'urn:pratu:methods:totp totp', undefined],
  ])('%s', (_name, acrValues, left) => {
    expect(namedMethods(acrValues, open)).toEqual(left)
  })
})

describe('a request for more than there is', () => {
  let world: World
  beforeEach(async () => {
    world = await openWorld()
  })
  afterEach(() => world.close())
  const silent = { prompt: 'none' }
  const claim = (value: object) => ({ claims: JSON.stringify({ id_token: { acr: essential(value) } }) })

  test.each([
    ['no method reaches it', { acr_values: 'high' }],
    ['no method reaches it, asked silently', { acr_values: 'high', ...silent }],
    ['no method reaches an essential claim', claim({ value: 'high' })],
    ['an essential claim of acr_values lower', { acr_values: 'low', ...claim({ value: 'high' }) }],
    ['nobody knows what it is', claim({ values: ['gold'] })],
  ])('is refused before anybody types anything: %s', async (_name, parameters) => {
    for (const signedIn of [false, true]) {
      const visitor = world.visitor()
      if (signedIn) await login(world, visitor, 'tax', { acr: 'substantial' })
      const back = returned(await visitor.open(authUrl(world, 'tax', parameters)))
      expect(Object.fromEntries(back)).toMatchObject({ error: 'unmet_authentication_requirements', iss: world.url })
      expect(back.has('code')).toBe(false)
    }
  })

  test('reachable but not reached is login_required where nobody may be asked', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const back = returned(await visitor.open(authUrl(world, 'tax', { acr_values: 'substantial', ...silent })))
    expect(back.get('error')).toBe('login_required')
  })

  test('never ends in less, whatever the person could do', async () => {
    const visitor = world.visitor()
    const back = returned(await visit(world, visitor, 'tax', { acr: 'low', parameters: { acr_values: 'substantial' } }))
    expect(back.get('error')).toBe('unmet_authentication_requirements')
    expect(back.has('code')).toBe(false)
    expect(world.entries.filter(({ type }) => type === 'code.issued')).toEqual([])
  })

  test('is measured by the agreement as well, at its upper and lower end', async () => {
    world.terms.set('tax', { floor: 'low', reachable: 'low' })
    const asked = returned(await world.visitor().open(authUrl(world, 'tax', { acr_values: 'substantial' })))
    expect(asked.get('error')).toBe('unmet_authentication_requirements')
    world.terms.set('tax', { floor: 'substantial', reachable: 'substantial' })
    const page = await world.visitor().open(authUrl(world, 'tax', { acr_values: 'low' }))
    expect(page.form?.fields).toMatchObject({ need: 'substantial' })
  })

  test('an agency may have levels asked for by default', async () => {
    const tax = world.clients.get('tax')!
    world.clients.set('tax', { ...tax, metadata: { ...tax.metadata, default_acr_values: ['substantial'] } })
    expect((await world.visitor().open(authUrl(world, 'tax'))).form?.fields).toMatchObject({ need: 'substantial' })
  })
})

describe('rising to a higher level in an open session', () => {
  let world: World
  beforeEach(async () => {
    world = await openWorld()
  })
  afterEach(() => world.close())

  test('keeps what the other agencies have, under a new id of the same session', async () => {
    world.clients.set(
      'tax',
      tax({ backchannel_logout_session_required: true, backchannel_logout_uri: 'https://tax.example/out' }),
    )
    const visitor = world.visitor()
    const id = () => visitor.cookies().find(({ name }) => name === '__Host-idp_sid')!.value
    const low = await login(world, visitor, 'tax', { acr: 'low' })
    const before = { id: id(), cookies: visitor.cookies() }
    const high = await login(world, visitor, 'social', {
      acr: 'substantial',
      parameters: { acr_values: 'substantial' },
    })
    expect(claimsOf(high.id_token).acr).toBe('substantial')
    expect(id()).not.toBe(before.id)
    expect(id().split('.')[0]).toBe(before.id.split('.')[0])
    const late = world.visitor()
    late.adopt(before.cookies)
    expect(returned(await late.open(authUrl(world, 'tax', { prompt: 'none' }))).get('error')).toBe('login_required')
    expect((await userInfo(world, low.access_token)).status).toBe(200)
    expect(world.notices).toEqual([])
    const again = await login(world, visitor, 'tax')
    expect(claimsOf(again.id_token)).toMatchObject({ acr: 'substantial', sid: claimsOf(low.id_token).sid })
    expect(new Set(world.seen.map(({ uid }) => uid)).size).toBe(1)
  })
})
