import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openAuditLog } from '../../src/audit/log.ts'
import { Problem } from '../../src/identity/trouble.ts'
import { rows } from '../../src/platform/db.ts'
import { openFileVault } from '../../src/signing/file-vault.ts'
import { openRing, type Ring } from '../../src/signing/ring.ts'
import type { Vault } from '../../src/signing/vault.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'

let database: TestDatabase
let folder: string
const clock = testClock()
const audit = openAuditLog({ sealer: testSealer('audit'), clock, random: testRandom() })
const actor = { kind: 'service', part: 'demo' } as const

beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'pratu-ring-'))
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const vaultIn = (name: string): Vault => openFileVault({ folder: join(folder, name), sealer: testSealer('signing') })
const open = (vault: Vault = vaultIn('shared')): Ring => openRing({ db: database.db, vaults: [vault], audit, clock })

describe('the key ring', () => {
  let kid: string

  test('says at once that nothing can be signed while there is no key', async () => {
    const ring = open()
    await ring.refresh()
    expect(ring.jwks()).toEqual({ keys: [] })
    await expect(ring.check()).rejects.toMatchObject({ code: 'PRT-5003' })
  })

  test('makes none of its own where that is not allowed', async () => {
    expect(await open().enterFirstKey(database.db, actor, false)).toBeUndefined()
  })

  test('makes one first key, audited, however many nodes start together', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => open().enterFirstKey(database.db, actor, true)))
    const kids = made.filter((each) => each !== undefined)
    expect(kids).toHaveLength(1)
    kid = kids[0]!
    const events = await rows(database.db, `select type from audit_event where type = 'key.created'`)
    expect(events).toHaveLength(1)
  })

  test('shows it to agencies with its use, without its private half', async () => {
    const ring = open()
    await ring.refresh()
    const { keys } = ring.jwks()
    expect(keys).toEqual([
      { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), kid, alg: 'ES256', use: 'sig' },
    ])
    await ring.check()
    expect(await ring.keys()[0]!.sign!(Buffer.from('x'))).toHaveLength(64)
  })

  test('signs with the signing key first and never with one that is announced, retiring or retired', async () => {
    const vault = vaultIn('shared')
    const add = async (moments: string) => {
      const key = await vault.create('ES256')
      await rows(
        database.db,
        `insert into signing_key (kid, alg, public_jwk, vault, announced_at, signing_at, retiring_at, retired_at)
         values (?, 'ES256', ?, 'file', now(), ${moments})`,
        [key.kid, JSON.stringify(key.publicJwk)],
      )
      return key.kid
    }
    const announced = await add('null, null, null')
    const retiring = await add('now(), now(), null')
    const retired = await add('now(), now(), now()')
    const ring = open(vault)
    let changes = 0
    const stop = ring.onChange(() => changes++)
    await ring.refresh()
    await ring.refresh()
    expect(changes).toBe(1)
    expect(ring.keys().map((key) => [key.kid, key.state, key.sign !== undefined])).toEqual([
      [kid, 'signing', true],
      [retiring, 'retiring', false],
      [announced, 'announced', false],
      [retired, 'retired', false],
    ])
    expect(ring.jwks().keys.map((key) => key.kid)).toEqual([kid, retiring, announced])

    await rows(database.db, 'update signing_key set retired_at = now() where kid = ?', [retiring])
    await ring.refresh()
    expect(changes).toBe(2)
    stop()
    await rows(database.db, 'delete from signing_key where kid = ?', [announced])
    await ring.refresh()
    expect(changes).toBe(2)
    expect(ring.jwks().keys.map((key) => key.kid)).toEqual([kid])
  })

  test('refuses a second signing key of the same algorithm, and a state that contradicts its moments', async () => {
    const insert = (moments: string) =>
      rows(
        database.db,
        `insert into signing_key (kid, alg, public_jwk, vault, announced_at, signing_at, retiring_at)
         values ('other', 'ES256', '{}', 'file', now(), ${moments})`,
      )
    await expect(insert('now(), null')).rejects.toThrow('signing_key_signing')
    await expect(insert('null, now()')).rejects.toThrow('check')
  })

  test('on a node without the private key shows the key set but refuses to sign', async () => {
    const ring = open(vaultIn('empty'))
    await ring.refresh()
    expect(ring.jwks().keys.map((key) => key.kid)).toEqual([kid])
    await expect(ring.check()).rejects.toBeInstanceOf(Problem)
  })

  test('notices within a second that the vault has stopped signing, and that it signs again', async () => {
    const vault = vaultIn('shared')
    let broken = false
    const flaky: Vault = {
      ...vault,
      async signer(kid) {
        const sign = await vault.signer(kid)
        return sign && (async (data) => (broken ? Promise.reject(new Error('the HSM is gone')) : sign(data)))
      },
    }
    const ring = open(flaky)
    await ring.refresh()
    await ring.check()
    broken = true
    await ring.check()
    clock.advance(1_000)
    await expect(ring.check()).rejects.toMatchObject({ code: 'PRT-5003' })
    broken = false
    await ring.check()
  })

  test('follows a change made by another node by itself', async () => {
    const turns: (() => void)[] = []
    const ring = openRing({
      db: database.db,
      vaults: [vaultIn('shared')],
      audit,
      clock,
      pause: (_ms, signal) =>
        new Promise((resolve) => {
          turns.push(resolve)
          signal?.addEventListener('abort', () => resolve())
        }),
    })
    await ring.watch()
    const changed = new Promise<void>((resolve) => ring.onChange(resolve))
    await rows(database.db, `update signing_key set retiring_at = now() where state = 'signing'`)
    turns[0]!()
    await changed
    expect(ring.keys()[0]).toMatchObject({ state: 'retiring' })
    await ring.close()
  })
})

test('a node that was cut off signs nothing before it has heard what was revoked meanwhile', async () => {
  let passed = 0
  const ring = openRing({
    ...{ db: database.db, vaults: [vaultIn('shared')], audit, clock },
    // It doesn't look by itself, as a node without a database can't.
    pause: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
    passed: () => passed,
  })
  await ring.refresh()
  const [signing] = ring.keys()
  await rows(database.db, `update signing_key set signing_at = now(), retiring_at = null where kid = ?`, [signing!.kid])
  await ring.watch()
  await ring.check()
  await rows(database.db, `update signing_key set retiring_at = now() where kid = ?`, [signing!.kid])
  passed = 10_000
  await ring.check()
  passed = 10_001
  await expect(ring.check()).rejects.toMatchObject({ code: 'PRT-5003' })
  // What verifies goes on.
  expect(ring.jwks().keys.map(({ kid }) => kid)).toContain(signing!.kid)
  await rows(database.db, `update signing_key set retiring_at = null where kid = ?`, [signing!.kid])
  await ring.refresh()
  await ring.check()
  await ring.close()
})

test('a new ring takes up the key that was made before there was a database', async () => {
  const fresh = await testDatabase()
  try {
    const { kid } = await vaultIn('prepared').create('ES256')
    const ring = openRing({ db: fresh.db, vaults: [vaultIn('prepared')], audit, clock })
    expect(await ring.enterFirstKey(fresh.db, actor, false)).toBe(kid)
    await ring.refresh()
    await ring.check()
    expect(ring.jwks().keys.map((key) => key.kid)).toEqual([kid])
  } finally {
    await fresh.close()
  }
})
