import { expect, test } from '@jest/globals'
import { drillKeys } from '../support/key-drill.ts'

// Twice round the ring, with nodes that restart: a short form of `npm run drill -- keys`.

test('two rotations of the signing key cost no sign-in, no verification and no sign-out', async () => {
  const { slowest_change, emergency_removal, reasons, ...counts } = await drillKeys({
    rotations: 2,
    verifiers: 40,
    perSecond: 4,
    dense: 4,
  })
  expect(reasons).toEqual({})
  expect(counts).toMatchObject({
    rotations: 2,
    restarts: 2,
    failed_verifications: 0,
    failed_sign_ins: 0,
    logouts: 2,
    failed_logouts: 0,
  })
  expect(counts.verifications).toBeGreaterThan(counts.sign_ins)
  expect(slowest_change).toBeLessThan(5_000)
  expect(emergency_removal).toBeLessThan(5_000)
}, 120_000)
