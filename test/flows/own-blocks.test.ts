import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
import { enter, pathOf, prove } from '../support/own-door.ts'
import { type Citizen, callback, request, startService, type TestService } from '../support/service.ts'
import { SURE_CODE, sureMethod } from '../support/sure-method.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// A citizen shuts ways into their own door, and opens them again.

let at: TestService
let somying: Citizen
let somchai: Citizen
beforeAll(async () => {
  at = await startService({ furtherMethods: [sureMethod()] })
  ;[somying, somchai] = at.citizens as [Citizen, Citizen]
}, 60_000)
afterAll(() => at.close())

/** Posts that exactly these ways are open. */
const open = (visitor: Visitor, ways: readonly string[], later = true): Promise<Page> =>
  visitor.post('/me/ways', {
    ...Object.fromEntries(ways.map((id) => [`way-${id}`, '1'])),
    ...(later && { later: '1' }),
  })

/** Stands at the form of a means, at an agency. */
const formOf = async (visitor: Visitor, method: string): Promise<Page> =>
  visitor.submit(await visitor.open(request(at.issuer, 'tax').url), { method })

const sure = ({ scheme, code }: Citizen) => ({ scheme, person_code: code, code: SURE_CODE })

const shutOf = ({ key }: Citizen) =>
  rows(at.database.db, 'select blocked_methods, only_methods, version from person where key = ?', [key])

test('a shut way lets in nobody, not with the right code either, in sign-ins under way too; others go on', async () => {
  const visitor = at.visitor()
  const page = await enter(at, visitor, somying, { path: '/me/ways' })
  expect(page.html.match(/ checked/g)).toHaveLength(page.html.match(/type="checkbox"/g)!.length)
  // Somebody stands at the form already.
  const thief = at.visitor()
  const form = await formOf(thief, 'mobile-id')

  expect((await open(visitor, ['totp'])).html).toContain('id="done"')
  const refused = await thief.submit(form, sure(somying))
  expect([refused.status, refused.trouble]).toEqual([403, 'PRT-1107'])
  expect(refused.html).toContain('You have shut this way yourself')
  // Who hasn't proved to be that person learns nothing of it.
  const wrong = await thief.submit(await formOf(thief, 'mobile-id'), { ...sure(somying), code: '111111' })
  expect(wrong.html).not.toContain('PRT-1107')
  expect((await visitor.open('/me')).html).toMatch(/Shut by you:[\s\S]*Mobile-ID/)

  const other = at.visitor()
  expect(callback(await other.submit(await formOf(other, 'mobile-id'), sure(somchai)))).toHaveProperty('code')
  const again = at.visitor()
  const login = await formOf(again, 'totp')
  expect(callback(await prove(at, again, somying, login))).toHaveProperty('code')
  const entries = 'select 1 from audit_event where person = ? and type = ?'
  expect(await rows(at.database.db, entries, [somying.key, 'person.blocks-changed'])).toHaveLength(1)
  expect(await rows(at.database.db, entries, [somying.key, 'sign-in.refused'])).toHaveLength(1)
})

test('to open a way again, the sign-in must be as sure as that way: whoever stole the weak one opens nothing', async () => {
  const visitor = at.visitor()
  await enter(at, visitor, somying)
  const before = await shutOf(somying)
  const led = await open(visitor, ['totp', 'mobile-id'])
  expect(pathOf(led)).toMatch(/^\/login\//)
  // The only way that is sure enough is the one that is shut: a desk must open it.
  const refused = await prove(at, visitor, somying, led, { by: 'mobile-id' })
  expect(refused.trouble).toBe('PRT-1107')
  expect(await shutOf(somying)).toEqual(before)
  // Nothing else is kept from them.
  expect((await open(visitor, ['totp'])).html).toContain('id="done"')
  expect(await shutOf(somying)).toEqual(before)
})

test('with the sure way they open what they shut, and what comes later', async () => {
  const visitor = at.visitor()
  await enter(at, visitor, somchai, { by: 'mobile-id' })
  expect((await open(visitor, ['mobile-id'], false)).html).toContain('id="done"')
  expect(await shutOf(somchai)).toMatchObject([{ blocked_methods: null, only_methods: ['mobile-id'] }])
  const page = await visitor.open('/me')
  expect(page.html).toContain('Ways that are added in future are shut too')
  const other = at.visitor()
  expect((await prove(at, other, somchai, await formOf(other, 'totp'))).trouble).toBe('PRT-1107')
  expect((await open(visitor, ['mobile-id', 'totp'])).html).toContain('id="done"')
  expect(await shutOf(somchai)).toMatchObject([{ blocked_methods: null, only_methods: null }])
  expect(pathOf(await enter(at, at.visitor(), somchai))).toBe('/me')
})

test('a session by a way that was shut since is over, everywhere', async () => {
  const [stolen, owner] = [at.visitor(), at.visitor()]
  await enter(at, stolen, somchai)
  expect(callback(await stolen.open(request(at.issuer, 'tax').url))).toHaveProperty('code')
  await enter(at, owner, somchai, { by: 'mobile-id' })
  await open(owner, ['mobile-id'])
  expect(pathOf(await stolen.open('/me'))).toMatch(/^\/login\//)
  expect(callback(await stolen.open(request(at.issuer, 'tax', { prompt: 'none' }).url)).error).toBe('login_required')
  expect(callback(await owner.open(request(at.issuer, 'tax', { prompt: 'none' }).url))).toHaveProperty('code')
  await open(owner, ['mobile-id', 'totp'])
})

test('one way must stay open, and only ways that there are count', async () => {
  const visitor = at.visitor()
  await enter(at, visitor, somchai, { by: 'mobile-id' })
  for (const ways of [[], ['smart-card'], ['nonsense']])
    expect((await open(visitor, ways, false)).trouble).toBe('PRT-2226')
  expect(await shutOf(somchai)).toMatchObject([{ blocked_methods: null, only_methods: null }])
})

test('a choice that is refused stands as the person left it, with the reason above it', async () => {
  const visitor = at.visitor()
  await enter(at, visitor, somchai, { by: 'mobile-id', path: '/me/ways' })
  const ticked = ({ html }: Page): string[] =>
    [...html.matchAll(/<input type="checkbox" id="([\w-]+)"[^>]* checked/g)].map(([, id]) => id!)
  const none = await open(visitor, [], true)
  expect([none.status, none.trouble, ticked(none)]).toEqual([422, 'PRT-2226', ['later']])
  expect(ticked(await open(visitor, [], false))).toEqual([])
  // Nothing was changed by it.
  expect(ticked(await visitor.open('/me/ways'))).toEqual(['way-mobile-id', 'way-totp', 'later'])
})
