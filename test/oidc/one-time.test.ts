import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type Answer,
  address,
  assertion,
  authUrl,
  basic,
  call,
  login,
  redeem,
  returned,
  tax,
  userInfo,
  visit,
} from '../support/agencies.ts'
import { openWorld, type World } from '../support/engine.ts'
import type { Page } from '../support/visitor.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const fifty = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, work))
const good = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200)
const refusals = (answers: readonly Answer[]) => [
  ...new Set(answers.flatMap(({ status, body }) => (status === 200 ? [] : [`${status} ${String(body.error)}`]))),
]

describe('of fifty at once', () => {
  test('one gets tokens for a code, and since nobody knows who was right they are worth nothing', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    const answers = await fifty(() => redeem(world, 'tax', code))
    expect(good(answers)).toHaveLength(1)
    expect(refusals(answers)).toEqual(['400 invalid_grant'])
    expect((await userInfo(world, good(answers)[0]!.body.access_token as string)).status).toBe(401)
  })

  test('one gets tokens for a refresh token', async () => {
    world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
    const { refresh_token } = await login(world, world.visitor(), 'tax')
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token! }
    const answers = await fifty(() => call(world, '/token', form, basic('tax')))
    expect(good(answers)).toHaveLength(1)
    expect(refusals(answers)).toEqual(['400 invalid_grant'])
    // Neither the thief nor the owner goes on with it.
    const next = { ...form, refresh_token: good(answers)[0]!.body.refresh_token as string }
    expect((await call(world, '/token', next, basic('tax'))).body.error).toBe('invalid_grant')
  })

  test('one is let in by an assertion', async () => {
    const fields = await assertion(world)
    const token = (await login(world, world.visitor(), 'social')).access_token
    const answers = await fifty(() => call(world, '/token/introspection', { token, ...fields }))
    expect(good(answers)).toHaveLength(1)
    expect(refusals(answers)).toEqual(['401 invalid_client'])
  })

  test('one gets a code for a pushed request, and the others the error that belongs to it', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const request_uri = await push(world)
    const pushed = address('/auth', { client_id: 'tax', request_uri })
    const pages = await fifty(() => {
      const tab = world.visitor()
      tab.adopt(visitor.cookies())
      return tab.open(pushed)
    })
    // Who comes after it is used gets the page; who was on the way with it is sent back.
    const outcomes = pages.map((page) => (page.status === 303 ? returned(page).get('error') : page.form?.fields.error))
    expect(outcomes.filter((error) => error === null)).toHaveLength(1)
    expect(new Set(outcomes)).toEqual(new Set([null, 'invalid_request_uri']))
    expect(world.entries.filter(({ type }) => type === 'code.issued')).toHaveLength(2)
  })
})

describe('somebody who comes just before the mark is set', () => {
  test('with the same code: the first to mark it gets the tokens, and both lose them', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    let other: Answer | undefined
    world.before.set('consume', async () => {
      other = await redeem(world, 'tax', code)
    })
    expect((await redeem(world, 'tax', code)).body.error).toBe('invalid_grant')
    expect(other!.status).toBe(200)
    expect((await userInfo(world, other!.body.access_token as string)).status).toBe(401)
  })

  test('with the same refresh token: the same', async () => {
    world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
    const { refresh_token } = await login(world, world.visitor(), 'tax')
    const refresh = () =>
      call(world, '/token', { grant_type: 'refresh_token', refresh_token: refresh_token! }, basic('tax'))
    let other: Answer | undefined
    world.before.set('consume', async () => {
      other = await refresh()
    })
    expect((await refresh()).body.error).toBe('invalid_grant')
    expect(other!.status).toBe(200)
    expect((await userInfo(world, other!.body.access_token as string)).status).toBe(401)
  })

  test('with the same pushed request: one code, and the right error for the other', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const pushed = address('/auth', { client_id: 'tax', request_uri: await push(world) })
    let other: Page | undefined
    world.before.set('consume', async () => {
      other = await visitor.open(pushed)
    })
    expect(returned(await visitor.open(pushed)).get('error')).toBe('invalid_request_uri')
    expect(returned(other!).get('code')).toBeTruthy()
  })

  test('with the same interaction: one answer', async () => {
    const visitor = world.visitor()
    const page = await visitor.open(authUrl(world, 'tax'))
    let other: Page | undefined
    world.before.set('consume', async () => {
      const tab = world.visitor()
      tab.adopt(visitor.cookies())
      other = await tab.open(new URL(page.url).pathname.replace('login', 'auth'))
    })
    // Known here before: the answer comes by a redirect to it, which the other tab follows too.
    visitor.adopt([...visitor.cookies(), { name: '__Host-idp_sid', value: 'over', path: '/', attributes: '' }])
    const first = await visitor.open(`${new URL(page.url).pathname}/sign-in`)
    expect(JSON.parse(first.html)).toMatchObject({ code: 'PRT-1001' })
    expect(returned(other!).get('code')).toBeTruthy()
  })
})

async function push(world: World): Promise<string> {
  const parameters = Object.fromEntries(new URL(authUrl(world, 'tax')).searchParams)
  const { status, body } = await call(world, '/request', parameters, basic('tax'))
  expect([status, body.expires_in]).toEqual([201, 60])
  return body.request_uri as string
}

describe('a code', () => {
  test.each([1, 30, 59, 61, 599, 600, 7200])(
    'used again after %d seconds is refused and ends all that it brought forth',
    async (seconds) => {
      world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
      const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
      const { body } = await redeem(world, 'tax', code)
      world.clock.advance(seconds * 1000)
      expect((await redeem(world, 'tax', code)).body.error).toBe('invalid_grant')
      expect((await userInfo(world, body.access_token as string)).status).toBe(401)
      const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token as string }
      expect((await call(world, '/token', form, basic('tax'))).body.error).toBe('invalid_grant')
    },
  )

  test('used again by another agency is refused and ends nothing', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    const { body } = await redeem(world, 'tax', code)
    expect((await redeem(world, 'social', code)).body.error).toBe('invalid_grant')
    expect((await userInfo(world, body.access_token as string)).status).toBe(200)
  })

  test('is good for a minute', async () => {
    const visitor = world.visitor()
    const first = returned(await visit(world, visitor, 'tax')).get('code')!
    world.clock.advance(59_000)
    expect((await redeem(world, 'tax', first)).status).toBe(200)
    const second = returned(await visitor.open(authUrl(world, 'tax'))).get('code')!
    world.clock.advance(61_000)
    expect((await redeem(world, 'tax', second)).body.error).toBe('invalid_grant')
  })

  test('is good for its own agency, address and verifier alone, and not used up by a wrong try', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    for (const [id, changes] of [
      ['social', { redirect_uri: 'https://tax.example/callback' }],
      ['tax', { redirect_uri: 'https://tax.example/callback/' }],
      ['tax', { code_verifier: 'another-verifier-of-sufficient-length-0123456789' }],
      ['tax', { code_verifier: '' }],
    ] as const)
      expect((await redeem(world, id, code, changes)).body.error).toBe('invalid_grant')
    expect((await redeem(world, 'tax', code)).status).toBe(200)
  })
})

describe('a pushed request', () => {
  test('may be opened again until somebody has signed in, even after its minute; then never more', async () => {
    const request_uri = await push(world)
    const pushed = address('/auth', { client_id: 'tax', request_uri })
    const visitor = world.visitor()
    const other = world.visitor()
    const [page, again] = [await visitor.open(pushed), await other.open(pushed)]
    expect(again.form?.fields.page).toBe('login')
    world.clock.advance(600_000)
    expect(returned(await visitor.open(`${new URL(page.url).pathname}/sign-in`)).get('code')).toBeTruthy()
    // The second browser began in time too, but comes second.
    const late = await other.open(`${new URL(again.url).pathname}/sign-in`)
    expect(returned(late).get('error')).toBe('invalid_request_uri')
    const third = await world.visitor().open(pushed)
    expect(third.form?.fields).toMatchObject({ page: 'error', code: 'PRT-3004' })
  })

  test('is good for a minute, and for the client that pushed it', async () => {
    const request_uri = await push(world)
    const stolen = await world.visitor().open(address('/auth', { client_id: 'social', request_uri }))
    expect(stolen.status).toBe(400)
    world.clock.advance(71_000)
    const late = await world.visitor().open(address('/auth', { client_id: 'tax', request_uri }))
    expect([late.status, late.form?.fields.code]).toEqual([400, 'PRT-3004'])
  })

  test('may be demanded of an agency', async () => {
    world.clients.set('tax', tax({ require_pushed_authorization_requests: true }))
    const page = await world.visitor().open(authUrl(world, 'tax'))
    expect(returned(page).get('error')).toBe('invalid_request')
    const pushed = address('/auth', { client_id: 'tax', request_uri: await push(world) })
    expect((await world.visitor().open(pushed)).form?.fields.page).toBe('login')
  })
})
