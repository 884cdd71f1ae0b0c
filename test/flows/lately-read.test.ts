import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Parts } from '../../src/parts.ts'
import { rows } from '../../src/platform/db.ts'
import { testFolder } from '../support/folder.ts'
import { FORM, raw } from '../support/raw-request.ts'
import { type TestRedis, testRedis } from '../support/redis.ts'
import {
  basic,
  type Citizen,
  callback,
  PEOPLE,
  request,
  signIn,
  startService,
  type TestService,
} from '../support/service.ts'

// A node remembers for a minute whom it has read. What changes about a person between their sign-in, their tokens and their
// data counts at once all the same, on the node that remembers and on the one that doesn't.

let redis: TestRedis
let one: TestService
let other: TestService
let somying: Citizen
beforeAll(async () => {
  redis = await testRedis()
  one = await startService({ redisUrl: redis.url })
  other = await startService({ beside: one })
  somying = one.citizens[0]!
}, 60_000)
afterAll(async () => {
  await other.close()
  await one.close()
  await redis.close()
})
beforeEach(() => one.clock.advance(120_000))

const NODES: [string, () => TestService][] = [
  ['the node of the sign-in', () => one],
  ['another node', () => other],
]

async function ask(at: TestService, asked: Parameters<typeof raw>[1]) {
  const { status, body } = await raw(`http://127.0.0.1:${at.config.port}`, {
    ...asked,
    headers: { host: new URL(one.issuer).host, ...asked.headers },
  })
  return { status, ...(JSON.parse(body) as { access_token?: string; error?: string; name?: string }) }
}

interface Given {
  readonly code: string
  readonly verifier: string
}
async function newCode(): Promise<Given> {
  const asked = request(one.issuer, 'tax')
  const { code } = callback(await signIn(one, one.visitor(), somying, asked))
  return { code: code!, verifier: asked.verifier }
}
const redeem = (at: TestService, { code, verifier }: Given) =>
  ask(at, {
    ...{ method: 'POST', path: '/token', headers: { ...FORM, ...basic('tax') } },
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', code, code_verifier: verifier },
      redirect_uri: 'http://localhost:9/tax/callback',
    }).toString(),
  })
const userInfo = (at: TestService, token = '') =>
  ask(at, { path: '/userinfo', headers: { authorization: `Bearer ${token}` } })

const audited = async (type: string) =>
  (await rows(one.database.db, 'select 1 from audit_event where type = ?', [type])).length

const why = { actor: { kind: 'operator', name: 'test' }, reason: 'a test' } as const
const self = () => ({ actor: { kind: 'citizen', person: somying.key } }) as const
type Change = (parts: Parts) => Promise<unknown>
const suspended: Change = ({ persons, db }) => persons.setStatus(db, somying.key, 'suspended', why)
const active: Change = ({ persons, db }) => persons.setStatus(db, somying.key, 'active', why)
const locked: Change = ({ persons, db }) => persons.setLocked(db, somying.key, true, why)
const unlocked: Change = ({ persons, db }) => persons.setLocked(db, somying.key, false, why)
const blocked: Change = ({ persons, db }) => persons.setBlocks(db, somying.key, { blocked: ['totp'] }, self())
const unblocked: Change = ({ persons, db }) => persons.setBlocks(db, somying.key, undefined, self())
const ended: Change = ({ persons, db }) => {
  one.clock.advance(2_000)
  return persons.endSignIns(db, somying.key)
}
const REFUSED: [what: string, change: Change, undo: Change | undefined][] = [
  ['was suspended', suspended, active],
  ['was locked', locked, unlocked],
  ['had their sign-ins ended', ended, undefined],
]

afterEach(async () => {
  for (const undo of [active, unlocked, unblocked]) await undo(one.service.parts)
})

async function called(name: string): Promise<void> {
  const folder = testFolder()
  const path = join(folder.path, 'people.jsonl')
  writeFileSync(path, `${JSON.stringify({ ...PEOPLE[0], given_name: name })}\n`)
  await one.service.parts.importPersons({ path, strict: true, actor: why.actor })
  folder.remove()
}

describe.each(NODES)('at %s', (_which, node) => {
  test('who has not changed is not read again for their tokens and their data', async () => {
    // The other node has to read them first.
    if (node() === other) await redeem(other, await newCode())
    const given = await newCode()
    const read = jest.spyOn(node().service.parts.persons, 'get')
    const tokens = await redeem(node(), given)
    expect((await userInfo(node(), tokens.access_token)).name).toMatch(/^สมหญิง /)
    expect(read).not.toHaveBeenCalled()
    read.mockRestore()
  })

  test.each(REFUSED)('a code of somebody who %s meanwhile gives nothing', async (_what, change, undo) => {
    const before = await newCode()
    // Both have read them now.
    expect((await redeem(node(), before)).status).toBe(200)
    const given = await newCode()
    const entries = await audited('tokens.issued')
    await change(other.service.parts)
    const answer = await redeem(node(), given)
    expect([answer.status, answer.error, answer.access_token]).toEqual([400, 'invalid_grant', undefined])
    expect(await audited('tokens.issued')).toBe(entries)
    await undo?.(one.service.parts)
    // Nor later.
    expect((await redeem(node(), given)).status).toBe(400)
  })

  test.each([...REFUSED])('a token of somebody who %s meanwhile tells nothing', async (_what, change) => {
    const { access_token: token } = await redeem(node(), await newCode())
    expect((await userInfo(node(), token)).status).toBe(200)
    const entries = await audited('data.released')
    await change(other.service.parts)
    expect((await userInfo(node(), token)).status).toBe(401)
    expect(await audited('data.released')).toBe(entries)
  })

  test('a code that rests on a way that was shut meanwhile gives nothing', async () => {
    const given = await newCode()
    await blocked(other.service.parts)
    expect(await redeem(node(), given)).toMatchObject({ status: 400, error: 'invalid_grant' })
  })

  test('who is called otherwise meanwhile gets their tokens, and under the new name', async () => {
    await redeem(node(), await newCode())
    const given = await newCode()
    await called('ใหม่')
    const entries = await audited('tokens.issued')
    const { status, access_token: token } = await redeem(node(), given)
    expect(status).toBe(200)
    expect(await audited('tokens.issued')).toBe(entries + 1)
    expect((await userInfo(node(), token)).name).toMatch(/^ใหม่ /)
    await called('สมหญิง')
    expect((await userInfo(node(), token)).name).toMatch(/^สมหญิง /)
  })

  test('what cannot be recorded is not answered', async () => {
    const { db } = one.database
    const [given, lost] = [await newCode(), await newCode()]
    const { access_token: token } = await redeem(node(), given)
    await db.raw('alter table audit_event rename to audit_gone')
    try {
      for (const answer of [await redeem(node(), lost), await userInfo(node(), token)]) {
        expect(answer.status).toBeGreaterThanOrEqual(500)
        expect(JSON.stringify(answer)).not.toMatch(/access_token|id_token|"name"/)
      }
    } finally {
      await db.raw('alter table audit_gone rename to audit_event')
    }
  })
})
