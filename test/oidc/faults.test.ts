import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { address, authUrl, basic, call, login, redeem, returned, userInfo, visit } from '../support/agencies.ts'
import { openWorld, type World } from '../support/engine.ts'
import type { Page, Visitor } from '../support/visitor.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())
const trouble = ({ status, html }: Page) => [status, (JSON.parse(html) as { code: string }).code]

/** Breaks one call of the store, does it, mends it; answers what came. */
async function without<T>(what: string, work: () => Promise<T>): Promise<T> {
  world.broken.add(what)
  const result = await work()
  world.broken.delete(what)
  return result
}

/** Proves who the visitor is, on this page: where the answer sends them. */
async function prove(visitor: Visitor, page: Page, more: Record<string, string> = {}): Promise<URL> {
  const kept = visitor.cookies().map(({ name, value }) => [name, value])
  const cookie = [...kept, ...Object.entries(more)].map((pair) => pair.join('=')).join('; ')
  const response = await fetch(`${page.url}/sign-in`, { headers: { cookie }, redirect: 'manual' })
  return new URL(response.headers.get('location')!)
}

/** Somebody who was known here before gets their answer by a redirect to it. */
const KNOWN = { '__Host-idp_sid': 'over' }

/** A visitor who has proved themselves and is on the way back: the address that finishes it. */
async function proved(visitor: Visitor, parameters: Record<string, string> = {}): Promise<string> {
  return (await prove(visitor, await visitor.open(authUrl(world, 'tax', parameters)), KNOWN)).pathname
}

describe('when the sessions store does not answer', () => {
  test.each(['put interaction', 'findSession'])(
    '%s: a request to sign in is an honest 503, and no cookie changes',
    async (what) => {
      const visitor = world.visitor()
      await login(world, visitor, 'tax')
      const before = visitor.cookies()
      visitor.setCookies.length = 0
      const page = await without(what, () => visitor.open(authUrl(world, 'tax', { prompt: 'login' })))
      expect(trouble(page)).toEqual([503, 'PRT-5002'])
      expect(visitor.setCookies).toEqual([])
      expect(visitor.cookies()).toEqual(before)
    },
  )

  test.each(['get interaction', 'put grant', 'put code', 'saveSession', 'consume interaction'])(
    '%s: finishing a sign-in is a 503, and the same address works when it answers again',
    async (what) => {
      const visitor = world.visitor()
      const resume = await proved(visitor)
      const before = visitor.cookies()
      expect(trouble(await without(what, () => visitor.open(resume)))).toEqual([503, 'PRT-5002'])
      expect(visitor.cookies()).toEqual(before)
      const code = returned(await visitor.open(resume)).get('code')!
      expect((await redeem(world, 'tax', code)).status).toBe(200)
    },
  )

  test.each(['put grant', 'put code', 'saveSession', 'consume interaction'])(
    '%s: a sign-in that would have been finished at once is finished by the usual way, its proof kept',
    async (what) => {
      const visitor = world.visitor()
      const page = await visitor.open(authUrl(world, 'tax'))
      const resume = await without(what, () => prove(visitor, page))
      expect(resume.href).toBe(page.url.replace('/login/', '/auth/'))
      const code = returned(await visitor.open(resume.pathname)).get('code')!
      expect((await redeem(world, 'tax', code)).status).toBe(200)
      expect((await visitor.open(resume.pathname)).status).toBe(400)
    },
  )

  test.each(['put code', 'saveSession', 'consume interaction'])(
    '%s: so does finishing one that was pushed',
    async (what) => {
      const parameters = Object.fromEntries(new URL(authUrl(world, 'tax')).searchParams)
      const { body } = await call(world, '/request', parameters, basic('tax'))
      const visitor = world.visitor()
      const pushed = address('/auth', { client_id: 'tax', request_uri: body.request_uri as string })
      const page = await visitor.open(pushed)
      const resume = (await prove(visitor, page, KNOWN)).pathname
      expect(trouble(await without(what, () => visitor.open(resume)))).toEqual([503, 'PRT-5002'])
      const code = returned(await visitor.open(resume)).get('code')!
      expect((await redeem(world, 'tax', code)).status).toBe(200)
      expect((await visitor.open(pushed)).form?.fields.code).toBe('PRT-3004')
    },
  )

  test.each(['get code', 'findSessionByUid', 'get grant', 'consume code'])(
    '%s: the agency gets a 503, never invalid_grant, and its code is unused',
    async (what) => {
      const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
      const answer = await without(what, () => redeem(world, 'tax', code))
      expect([answer.status, answer.body.code]).toEqual([503, 'PRT-5002'])
      expect((await redeem(world, 'tax', code)).status).toBe(200)
    },
  )

  test('no token leaves that could not be stored', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    const answer = await without('put access-token', () => redeem(world, 'tax', code))
    expect([answer.status, answer.body.access_token]).toEqual([503, undefined])
  })

  test.each(['get access-token', 'findSessionByUid', 'get grant'])(
    '%s: UserInfo is a 503, never invalid_token',
    async (what) => {
      const { access_token: token } = await login(world, world.visitor(), 'tax')
      for (const work of [
        () => userInfo(world, token),
        () => call(world, '/token/introspection', { token }, basic('tax')),
      ]) {
        const answer = await without(what, work)
        expect([answer.status, answer.body.code, answer.headers.get('www-authenticate')]).toEqual([
          503,
          'PRT-5002',
          null,
        ])
      }
      expect((await userInfo(world, token)).status).toBe(200)
    },
  )

  test('once: no assertion is believed', async () => {
    const code = returned(await visit(world, world.visitor(), 'social')).get('code')!
    expect((await without('once', () => redeem(world, 'social', code))).status).toBe(503)
    expect((await redeem(world, 'social', code)).status).toBe(200)
  })

  test.each(['endSession', 'remove grant'])(
    '%s: signing out says that it did not, and can be tried again',
    async (what) => {
      const visitor = world.visitor()
      await login(world, visitor, 'tax')
      const page = await visitor.open('/session/end')
      expect(trouble(await without(what, () => visitor.submit(page, { logout: 'yes' })))).toEqual([503, 'PRT-5002'])
      expect((await visitor.submit(page, { logout: 'yes' })).form?.fields.page).toBe('logged-out')
      const after = returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' })))
      expect(after.get('error')).toBe('login_required')
    },
  )

  test('discovery and the key set go on', async () => {
    for (const name of ['put interaction', 'get code', 'findSession', 'saveSession', 'once']) world.broken.add(name)
    for (const path of ['/.well-known/openid-configuration', '/jwks'])
      expect((await call(world, path, undefined)).status).toBe(200)
  })
})

describe('when nothing can be signed', () => {
  test('the agency gets a 503 before its code is used', async () => {
    const code = returned(await visit(world, world.visitor(), 'tax')).get('code')!
    world.keys.healthy = false
    const answer = await redeem(world, 'tax', code)
    expect([answer.status, answer.body.code]).toEqual([503, 'PRT-5003'])
    world.keys.healthy = true
    expect((await redeem(world, 'tax', code)).status).toBe(200)
  })
})

describe('when the audit can not be written', () => {
  test('no code leaves; the same address works when it can', async () => {
    const visitor = world.visitor()
    const resume = await proved(visitor)
    world.auditBroken = true
    const page = await visitor.open(resume)
    expect([page.status, page.headers.get('location')]).toEqual([500, null])
    world.auditBroken = false
    expect(returned(await visitor.open(resume)).get('code')).toBeTruthy()
    expect(world.entries.filter(({ type }) => type === 'code.issued')).toHaveLength(1)
  })

  test('no token and no claim leaves', async () => {
    world.release = { name: 'สมชาย' }
    const visitor = world.visitor()
    const { access_token: token } = await login(world, visitor, 'tax', { parameters: { scope: 'openid profile' } })
    const code = returned(await visitor.open(authUrl(world, 'tax'))).get('code')!
    world.auditBroken = true
    const answers = [await redeem(world, 'tax', code), await userInfo(world, token)]
    for (const { status, body } of answers) {
      expect(status).toBe(500)
      expect(JSON.stringify(body)).not.toMatch(/token|สมชาย/)
    }
  })
})

test('a fault of ours is told to nobody but the outer boundary', async () => {
  world.clients.get = () => {
    throw new Error('secret inner workings')
  }
  const page = await world.visitor().open(authUrl(world, 'tax'))
  expect([page.status, page.headers.get('location')]).toEqual([500, null])
  expect((await call(world, '/token', { grant_type: 'x' }, basic('tax'))).body).toMatchObject({ code: 'PRT-5004' })
})
