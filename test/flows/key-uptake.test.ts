import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import { pause } from '../../src/platform/clock.ts'
import { type Balancer, openBalancer } from '../support/balancer.ts'
import { freePorts } from '../support/ports.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import {
  type Agency,
  callback,
  type Request,
  redeem,
  refresh,
  request,
  startService,
  type TestService,
  type Tokens,
  userInfo,
} from '../support/service.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

// A new key agency by agency, on two nodes behind a balancer that hands every request to the other one.

const BY = { actor: { kind: 'operator', name: 'malee' }, why: 'a drill' } as const

let redis: TestRedis
let balancer: Balancer
let keeper: TestService
let nodes: TestService[] = []
let issuer: string
let browser: Visitor
beforeAll(async () => {
  redis = await testRedis()
  const [a = 0, b = 0] = await freePorts(2)
  balancer = await openBalancer([a, b], true)
  issuer = `http://localhost:${balancer.port}`
  keeper = await startService({ redisUrl: redis.url, settings: { PRATU_ISSUER: issuer } })
  for (const port of [a, b]) nodes.push(await startService({ beside: keeper, settings: { PRATU_PORT: String(port) } }))
  while (balancer.healthy().length < 2) await pause(20)
  browser = openVisitor(issuer, { language: 'en' })
})
afterAll(async () => {
  for (const node of nodes) await node.close()
  nodes = []
  await keeper.close()
  await balancer.close()
  await redis.close()
})

/** At an agency, by the session where there is one, and back with its tokens. */
async function signIn(agency: Agency): Promise<Tokens> {
  const asked: Request = request(issuer, agency)
  let page = await browser.open(asked.url)
  if (page.form?.fields.person_code !== undefined) {
    keeper.clock.advance(30_000)
    const [citizen] = keeper.citizens
    const { scheme, code } = citizen!
    page = await browser.submit(page, { scheme, person_code: code, code: citizen!.oneTimeCode() })
  }
  if (page.form) page = await browser.submit(page, { consent: 'allow' })
  return redeem(issuer, agency, callback(page).code ?? '', asked.verifier)
}

const kidOf = ({ id_token }: Tokens) => decodeProtectedHeader(id_token).kid
/** Whoever comes later than that came of their own accord. */
const later = () => keeper.clock.advance(61_000)

async function until(what: string, met: () => Promise<boolean> | boolean): Promise<void> {
  for (let looks = 0; looks < 300; looks++) {
    if (await met()) return
    await pause(50)
  }
  throw new Error(`it never came to be: ${what}`)
}

test('agencies take up a new key one by one, and one that turns its citizens away is signed for by the old key again', async () => {
  const { db, rotation } = keeper.service.parts
  const standings = async (kid: string) => {
    const { uptake = [] } = (await rotation.list(db)).find(({ life }) => life.kid === kid)!
    return Object.fromEntries(uptake.map(({ client, standing }) => [client, standing]))
  }
  const known = async (kid: string) => {
    for (const { service } of nodes)
      await until('every node knows it', () => service.parts.ring.keys().some((key) => key.kid === kid))
  }
  const signs = async (kid: string, agency: Agency) => {
    for (const { service } of nodes) await until(`it signs for ${agency}`, () => signsFor(service, agency) === kid)
  }
  const first = await signIn('tax')
  const old = kidOf(first)!
  const announced = await rotation.announce(db, BY)
  if (!announced.ok) throw new Error(announced.because)
  const fresh = announced.kid
  await known(fresh)
  keeper.clock.advance(rotation.waits.announced)

  // Before: everybody comes now and then, and uses what they are given.
  for (let times = 0; times < 6; times++) {
    later()
    await userInfo(issuer, (await signIn('tax')).access_token)
    const { refresh_token } = await signIn('social')
    await refresh(issuer, 'social', refresh_token!)
  }
  await until('all was counted', async () => {
    const [row] = (await db.raw("select sum(redeemed)::int as n from key_uptake where client in ('tax', 'social')"))
      .rows
    return row.n === 12
  })

  // To one agency first.
  expect(await rotation.promote(db, fresh, BY, ['social-agency'])).toMatchObject({ ok: true, clients: ['social'] })
  await signs(fresh, 'social')
  later()
  const jwks = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }
  expect(jwks.keys.map(({ kid }) => kid).toSorted()).toEqual([old, fresh].toSorted())
  expect(kidOf(await signIn('tax'))).toBe(old)
  const given = await signIn('social')
  expect(kidOf(given)).toBe(fresh)
  keeper.clock.advance(10_000)
  expect(kidOf(await refresh(issuer, 'social', given.refresh_token!))).toBe(fresh)
  await until('social takes it up', async () => (await standings(fresh)).social === 'taken-up')

  // To all.
  expect(await rotation.promote(db, fresh, BY)).toMatchObject({ ok: true })
  await signs(fresh, 'tax')
  await signs(fresh, 'land')
  expect(await standings(fresh)).toMatchObject({ tax: 'waiting', land: 'unknown' })
  keeper.clock.advance(10_000)
  // One accepts its tokens, and shows one when somebody leaves; another refuses every one, so its citizens try again.
  later()
  const { id_token: hint } = await signIn('land')
  await fetch(`${issuer}/session/end?${new URLSearchParams({ id_token_hint: hint }).toString()}`)
  await until('land takes it up', async () => (await standings(fresh)).land === 'taken-up')
  let tries = 0
  for (; tries < 20 && nodes.some(({ service }) => signsFor(service, 'tax') !== old); tries++) {
    await signIn('tax')
    if (tries > 5) await pause(500)
  }
  await signs(old, 'tax')
  expect(tries).toBeGreaterThan(5)
  expect(kidOf(await signIn('tax'))).toBe(old)
  expect(kidOf(await signIn('social'))).toBe(fresh)
  expect(await standings(fresh)).toMatchObject({ tax: 'went-back', social: 'taken-up' })
  const told = nodes.map((node) => node.log()).join('')
  expect(told).toContain(`tax is signed for by ${old} again, and no more by ${fresh}`)
  const metrics = await Promise.all(nodes.map(async ({ config }) => text(`http://localhost:${config.port}/metrics`)))
  expect(metrics.filter((page) => page.includes('pratu_key_went_back_total 1'))).toHaveLength(1)
}, 60_000)

const signsFor = ({ parts }: TestService['service'], client: string) => parts.ring.keyFor({ client, alg: 'ES256' })?.kid

const text = async (url: string): Promise<string> =>
  (await fetch(url, { headers: { host: new URL(issuer).host } })).text()
