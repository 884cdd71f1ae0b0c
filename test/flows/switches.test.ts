import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pause } from '../../src/platform/clock.ts'
import { request, startService, type TestService } from '../support/service.ts'

// A way that is switched off on one node is off on the other, by itself and soon.

let one: TestService
let other: TestService
beforeAll(async () => {
  one = await startService()
  other = await startService({ beside: one })
}, 30_000)
afterAll(async () => {
  await other.close()
  await one.close()
})

test('another node lets nobody in by it within five seconds, and opens it again as soon', async () => {
  const { db, switches } = one.service.parts
  const by = { actor: { kind: 'operator', name: 'test' }, why: 'test' } as const
  const trouble = async () => (await other.visitor().open(request(one.issuer, 'tax').url)).trouble
  async function until(expected: string | undefined): Promise<number> {
    const began = performance.now()
    while ((await trouble()) !== expected) await pause(50)
    return performance.now() - began
  }
  expect(await trouble()).toBeUndefined()
  await switches.switchOff(db, { method: 'totp' }, by)
  expect(await until('PRT-1104')).toBeLessThan(5_000)
  await switches.switchOn(db, { method: 'totp' }, by)
  expect(await until(undefined)).toBeLessThan(5_000)
}, 20_000)
