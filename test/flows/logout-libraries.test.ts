import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { ClientSecretBasic } from 'openid-client'
import { openAgency } from '../../src/demo/agency.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { apacheCallback, INSIDE, startApache, withoutApache } from '../support/apache.ts'
import { enterParty } from '../support/enter-party.ts'
import { testFolder } from '../support/folder.ts'
import { freePorts } from '../support/ports.ts'
import { secretOfAgency, startService, type TestService } from '../support/service.ts'
import { openVisitor, type Page, type Visitor } from '../support/visitor.ts'

// Relying parties as agencies run them, told over their own addresses that a session has ended: whoever was in is out.

const OPERATOR = { kind: 'operator', name: 'test' } as const
let at: TestService
const folder = testFolder()
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  // They keep real time.
  at.clock.set(new Date().toISOString())
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
afterAll(async () => {
  await at.close()
  folder.remove()
})

/** Goes from a page of the agency's to us, signs in as the `who`th citizen, and comes back. */
async function enter(visitor: Visitor, first: Page, who: number): Promise<Page> {
  const person = at.visitor()
  const citizen = at.citizens[who]!
  const form = await person.open(first.headers.get('location')!)
  const { scheme, code } = citizen
  const back = await person.submit(form, { scheme, person_code: code, code: citizen.oneTimeCode() })
  return visitor.open(back.headers.get('location')!)
}

/** The operator's word, and until the agency has taken it. */
async function end(who: number): Promise<void> {
  const { db, live, receipts } = at.service.parts
  const { key } = at.citizens[who]!
  expect(await live.endAllOf(db, key, 'operator', OPERATOR)).toHaveLength(1)
  for (const from = performance.now(); ; ) {
    const [receipt] = await receipts.find(db, { kinds: ['logout'], person: key }, 1)
    if (receipt?.state === 'delivered') return
    if (performance.now() - from > 10_000) throw new Error(`not delivered: ${JSON.stringify(receipt)}`)
    at.clock.advance(5)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('openid-client, as the demonstration’s agencies use it', async () => {
  const [port = 0] = await freePorts(1)
  const origin = `http://localhost:${port}`
  const secret = secretOfAgency('library')
  await enterParty(at, 'library', {
    ...{ token_endpoint_auth_method: 'client_secret_basic', client_secret: secret },
    ...{ redirect_uris: [`${origin}/callback`], backchannel_logout_uri: `${origin}/logout` },
  })
  const clock: Clock = at.clock
  const agency = openAgency({
    settings: {
      ...{ issuer: at.issuer, origin, port, cookie: '__Host-library', clientId: 'library' },
      ...{ auth: ClientSecretBasic(secret), scope: 'openid profile', more: { scope: 'openid' }, pushed: false },
    },
    pages: {
      assets: [],
      signedOut: () => 'out',
      signedIn: () => 'in',
      trouble: (_language, trouble) => JSON.stringify(trouble),
    },
    ...{ clock, random: systemRandom },
  })
  await agency.listen()
  closing.push(() => agency.close())
  const visitor = openVisitor(origin)
  const other = openVisitor(origin)
  expect((await enter(visitor, await visitor.open(`${origin}/sign-in`), 0)).html).toBe('in')
  expect((await enter(other, await other.open(`${origin}/sign-in`), 1)).html).toBe('in')
  await end(0)
  expect((await visitor.open(`${origin}/`)).html).toBe('out')
  expect((await other.open(`${origin}/`)).html).toBe('in')
})
;(withoutApache ? test.skip : test)('mod_auth_openidc', async () => {
  const [port = 0] = await freePorts(1)
  const secret = secretOfAgency('apache')
  await enterParty(at, 'apache', {
    ...{ token_endpoint_auth_method: 'client_secret_basic', client_secret: secret },
    redirect_uris: [apacheCallback(port)],
    backchannel_logout_uri: `${apacheCallback(port)}?logout=backchannel`,
    backchannel_logout_session_required: true,
  })
  const apache = await startApache({ folder: folder.path, port, issuer: at.issuer, client: 'apache', secret })
  closing.push(() => apache.close())
  at.clock.advance(30_000)
  const visitor = openVisitor(apache.origin)
  const other = openVisitor(apache.origin)
  const page = `${apache.origin}/secure/`
  expect((await enter(visitor, await visitor.open(page), 0)).html).toBe(INSIDE)
  expect((await enter(other, await other.open(page), 1)).html).toBe(INSIDE)
  expect((await visitor.open(page)).html).toBe(INSIDE)
  await end(0)
  const shut = await visitor.open(page)
  expect(shut.headers.get('location')).toMatch(new RegExp(`^${at.issuer}/auth\\?`))
  expect((await other.open(page)).html).toBe(INSIDE)
})
