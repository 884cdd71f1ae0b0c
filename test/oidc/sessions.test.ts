import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { remaining } from '../../src/oidc/session-model.ts'
import { authUrl, login, redeem, returned, tax, userInfo, visit } from '../support/agencies.ts'
import { MALEE, openWorld, SOMCHAI, type World } from '../support/engine.ts'
import type { Visitor } from '../support/visitor.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const sid = (visitor: Visitor) => visitor.cookies().find(({ name }) => name === '__Host-idp_sid')?.value
const signedIn = async (visitor: Visitor) =>
  !returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' }))).has('error')
/** So many tabs of one browser: each with the cookies as they are now. */
const tabs = (visitor: Visitor, count: number) =>
  Array.from({ length: count }, () => {
    const tab = world.visitor()
    tab.adopt(visitor.cookies())
    return tab
  })

describe('one browser with several tabs', () => {
  test.each([2, 10, 50])('signs in to %d agencies at once and loses none', async (count) => {
    for (let n = 0; n < count; n++) world.clients.set(`a${n}`, { ...tax(), id: `a${n}` } as ReturnType<typeof tax>)
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const redirect_uri = 'https://tax.example/callback'
    const answers = await Promise.all(
      tabs(visitor, count).map(async (tab, n) => {
        const back = returned(await tab.open(authUrl(world, `a${n}`, { redirect_uri })))
        return redeem(world, `a${n}`, back.get('code')!, { redirect_uri })
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(200))
  })

  test('opens the same agency many times at once, and every code is good', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'social')
    const codes = await Promise.all(
      tabs(visitor, 10).map(async (tab) => returned(await tab.open(authUrl(world, 'tax'))).get('code')!),
    )
    const answers = await Promise.all(codes.map((code) => redeem(world, 'tax', code)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    for (const { body } of answers) expect((await userInfo(world, body.access_token as string)).status).toBe(200)
  })

  test('opens the same agency in two tabs, one of which saves the session in the midst of the other', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'social')
    const [one, two] = tabs(visitor, 2) as [Visitor, Visitor]
    let second: string | null = null
    world.before.set('saveSession', async () => {
      second = returned(await two.open(authUrl(world, 'tax'))).get('code')
    })
    const first = returned(await one.open(authUrl(world, 'tax'))).get('code')
    for (const code of [first, second]) expect((await redeem(world, 'tax', code!)).status).toBe(200)
  })

  test('stays signed out, however many tabs were still signing in', async () => {
    for (let round = 0; round < 40; round++) {
      const visitor = world.visitor()
      await login(world, visitor, 'tax')
      const [leaving, ...others] = tabs(visitor, 5) as [Visitor, ...Visitor[]]
      const page = await leaving.open('/session/end')
      // Half of them know the person, half are just finishing a sign-in, which changes the session's id.
      const finishing = await Promise.all(
        others.map(async (tab, n) => {
          if (n % 2) return () => tab.open(authUrl(world, 'social'))
          const form = await tab.open(authUrl(world, 'social', { prompt: 'login' }))
          return () => tab.open(`${new URL(form.url).pathname}/sign-in`)
        }),
      )
      const [, ...pages] = await Promise.all([leaving.submit(page, { logout: 'yes' }), ...finishing.map((go) => go())])
      for (const each of [visitor, leaving, ...others]) expect(await signedIn(each)).toBe(false)
      for (const each of pages) {
        const code = each.headers.get('location') ? returned(each).get('code') : null
        if (code) expect((await redeem(world, 'social', code)).status).toBe(400)
      }
    }
  })
})

describe('the session’s id', () => {
  test('changes when somebody signs in, and again when they sign in again', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const first = sid(visitor)!
    await visit(world, visitor, 'tax', { parameters: { prompt: 'login' } })
    const second = sid(visitor)!
    expect(second).not.toBe(first)
    expect(second.split('.')[0]).toBe(first.split('.')[0])
  })

  test('of before finds the session for a minute in late tabs, unless the person has risen to a higher level', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const [late] = tabs(visitor, 1) as [Visitor]
    await visit(world, visitor, 'tax', { parameters: { prompt: 'login' } })
    world.clock.advance(59_000)
    expect(await signedIn(late)).toBe(true)

    const [stolen] = tabs(visitor, 1) as [Visitor]
    await visit(world, visitor, 'tax', { acr: 'substantial', parameters: { acr_values: 'substantial' } })
    expect(await signedIn(stolen)).toBe(false)
    expect(await signedIn(visitor)).toBe(true)

    const [another] = tabs(visitor, 1) as [Visitor]
    await visit(world, visitor, 'tax', { acr: 'substantial', parameters: { prompt: 'login' } })
    world.clock.advance(61_000)
    expect(await signedIn(another)).toBe(false)
  })

  test('that somebody has put there before is not kept', async () => {
    const attacker = world.visitor()
    await login(world, attacker, 'tax', { person: MALEE })
    const before = sid(attacker)!
    const victim = world.visitor()
    victim.adopt(attacker.cookies())
    const page = await victim.open(authUrl(world, 'tax', { prompt: 'login' }))
    const step = await victim.open(`${new URL(page.url).pathname}/sign-in`)
    await victim.submit(step, {})
    expect(sid(victim)!.split('.')[0]).not.toBe(before.split('.')[0])
    expect(await signedIn(attacker)).toBe(false)
    expect(await signedIn(victim)).toBe(true)
  })

  test('stands in no other record', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const page = await visitor.open(authUrl(world, 'tax', { prompt: 'login' }))
    const stored = await world.artifacts.get('interaction', new URL(page.url).pathname.split('/')[2]!)
    const [uid, random] = sid(visitor)!.split('.')
    expect(JSON.stringify(stored)).toContain(uid)
    expect(JSON.stringify(stored)).not.toContain(random)
  })

  test('is sent again only when it is new', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    visitor.setCookies.length = 0
    await visitor.open(authUrl(world, 'social'))
    expect(visitor.setCookies).toEqual([])
  })
})

describe('the session’s time', () => {
  test('is half an hour without use', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    world.clock.advance(1_799_000)
    expect(await signedIn(visitor)).toBe(true)
    world.clock.advance(1_799_000)
    expect(await signedIn(visitor)).toBe(true)
    world.clock.advance(1_800_000)
    expect(await signedIn(visitor)).toBe(false)
  })

  test('is twelve hours in all, to the second, and no fault at its edge', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const begin = world.clock.now()
    while (world.clock.now() < begin + 43_199_000) {
      world.clock.advance(Math.min(1_500_000, begin + 43_199_000 - world.clock.now()))
      expect(await signedIn(visitor)).toBe(true)
    }
    const { status, body } = await redeem(
      world,
      'tax',
      returned(await visitor.open(authUrl(world, 'tax'))).get('code')!,
    )
    expect(status).toBe(200)
    for (let second = 0; second < 15; second++) {
      world.clock.advance(1_000)
      expect(await signedIn(visitor)).toBe(false)
    }
    expect((await userInfo(world, body.access_token as string)).status).toBe(401)
  })

  test('counts from the proof, whatever the stored record says of its own end', async () => {
    const now = Math.floor(world.clock.now() / 1000)
    const stored = async (loginTs: number) => {
      const id = `uid${loginTs}.random`
      const body = { accountId: SOMCHAI, loginTs, acr: 'low', amr: ['otp'], iat: now, exp: now + 90_000 }
      await world.artifacts.saveSession({ uid: id.split('.')[0]!, id, body, parties: new Map() }, 90_000)
      const visitor = world.visitor()
      const cookie = { name: '__Host-idp_sid', value: id, path: '/', attributes: '' }
      const signature = world.engine.keys.sign(`${cookie.name}=${id}`)
      visitor.adopt([cookie, { ...cookie, name: `${cookie.name}.sig`, value: signature }])
      return signedIn(visitor)
    }
    expect([await stored(now - 43_199), await stored(now - 43_200)]).toEqual([true, false])
  })

  test('never comes out as nothing, where the library would throw', () => {
    const limits = { idle: 1800, idleHigh: 900, absolute: 43_200 }
    expect(remaining({ loginTs: 0 }, 43_199, limits)).toBe(1)
    expect(remaining({ loginTs: 0 }, 43_200, limits)).toBe(1)
    expect(remaining({ loginTs: 0 }, 50_000, limits)).toBe(1)
    expect(remaining({ loginTs: 0 }, 0, limits)).toBe(1800)
    expect(remaining({}, 0, limits)).toBe(1800)
  })

  test('is shorter where the sign-in was of the highest level, and never longer', () => {
    const limits = { idle: 1800, idleHigh: 900, absolute: 43_200 }
    expect(remaining({ loginTs: 0, acr: 'high' }, 0, limits)).toBe(900)
    expect(remaining({ loginTs: 0, acr: 'substantial' }, 0, limits)).toBe(1800)
    expect(remaining({ loginTs: 0, acr: 'high' }, 0, { ...limits, idle: 300 })).toBe(300)
  })
})

describe('nobody’s session', () => {
  const stored = () => world.calls.filter((call) => !call.startsWith('get'))

  test('is not stored, whatever is asked with whatever cookie', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const dead = visitor.cookies().filter(({ name }) => name.startsWith('__Host'))
    await world.artifacts.endSession(sid(visitor)!.split('.')[0]!, 60)
    world.calls.length = 0
    for (let n = 0; n < 20; n++) {
      const tab = world.visitor()
      tab.adopt(dead)
      await tab.open(authUrl(world, 'tax', { redirect_uri: 'https://evil.example/' }))
      await tab.open('/session/end')
    }
    expect(world.calls.filter((call) => call !== 'findSession')).toEqual([])
    const tab = world.visitor()
    tab.adopt(dead.map((cookie) => (cookie.name.endsWith('.sig') ? { ...cookie, value: 'A'.repeat(43) } : cookie)))
    world.calls.length = 0
    await tab.open('/session/end')
    expect(world.calls).toEqual([])
  })

  test('an authorization request of a stranger leaves one record, of bounded size', async () => {
    world.calls.length = 0
    await world.visitor().open(authUrl(world, 'tax'))
    expect(stored()).toEqual(['put interaction'])
    const long = 'x'.repeat(1025)
    for (const parameters of [{ state: long }, { nonce: long }]) {
      const page = await world.visitor().open(authUrl(world, 'tax', parameters))
      expect(returned(page).get('error')).toBe('invalid_request')
    }
    expect(stored()).toEqual(['put interaction'])
    const fapi = await world.visitor().open(authUrl(world, 'tax', { state: 'x'.repeat(384), nonce: 'y'.repeat(64) }))
    expect(fapi.form?.fields.page).toBe('login')
  })
})

test('a whole sign-in with token and UserInfo calls the sessions store 15 times', async () => {
  const visitor = world.visitor()
  await login(world, visitor, 'social')
  world.calls.length = 0
  const { access_token } = await login(world, world.visitor(), 'tax')
  await userInfo(world, access_token)
  expect(world.calls).toEqual([
    'put interaction',
    ...['get interaction', 'get interaction'],
    ...['saveSession', 'put code', 'put grant', 'consume interaction'],
    ...['get code', 'get grant', 'findSessionByUid', 'consume code', 'put access-token'],
    ...['get access-token', 'get grant', 'findSessionByUid'],
  ])
})

describe('what a request needs of the sessions store', () => {
  /** Holds up a call until that of another name has come. */
  function untilAsked(held: 'put' | 'get' | 'saveSession' | 'findSessionByUid', other: typeof held): void {
    const asked = new Promise<void>((resolve) => {
      world.before.set(other, async () => resolve())
    })
    world.before.set(held, () => asked)
  }

  test('is asked for at once: a token’s grant and session, a code’s record and the session that it belongs to', async () => {
    const { access_token, code } = await (async () => {
      const visitor = world.visitor()
      const first = await login(world, visitor, 'tax')
      // The second authorization stores its code while the session is on its way.
      untilAsked('put', 'saveSession')
      const back = returned(await visitor.open(authUrl(world, 'tax')))
      return { access_token: first.access_token, code: back.get('code')! }
    })()
    expect((await redeem(world, 'tax', code)).status).toBe(200)
    // The token’s own record is the first that is got; the grant is the second.
    world.before.set('get', async () => untilAsked('findSessionByUid', 'get'))
    expect((await userInfo(world, access_token)).status).toBe(200)
  })
})
