import { writeFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { drillKeys } from '../support/key-drill.ts'
import { note } from '../support/long-report.ts'

// `npm run drill -- keys`: twenty rotations at fifty sign-ins a second around each change, two hundred verifiers, nodes
// that restart in turn. PRATU_DRILL_COUNTS: a file for the counts.

const ROTATIONS = Number(process.env.PRATU_DRILL_ROTATIONS ?? 20)

test('rotating the signing keys costs nobody anything', async () => {
  const started = performance.now()
  const result = await drillKeys({
    rotations: ROTATIONS,
    verifiers: 200,
    perSecond: 50,
    dense: 5,
    progress({ rotations, sign_ins, failed_sign_ins, failed_verifications }) {
      const seconds = (performance.now() - started) / 1000
      const left = Math.round((seconds / rotations) * (ROTATIONS - rotations))
      const failed = failed_sign_ins + failed_verifications
      process.stderr.write(
        `rotation ${rotations} of ${ROTATIONS}: ${sign_ins} sign-ins, ${failed} failures, ${(sign_ins / seconds).toFixed(0)}/s, ${left} s left\n`,
      )
    },
  })
  const { slowest_change, emergency_removal, reasons, ...counts } = result
  if (process.env.PRATU_DRILL_COUNTS) writeFileSync(process.env.PRATU_DRILL_COUNTS, JSON.stringify(result))
  note(
    'rotations of the signing key',
    '0 failed verifications, sign-ins and sign-outs; in force on both nodes within 5 s',
    `${counts.rotations} rotations, ${counts.restarts} restarts; ${counts.failed_verifications} of ${counts.verifications} verifications, ${counts.failed_sign_ins} of ${counts.sign_ins} sign-ins, ${counts.failed_logouts} of ${counts.logouts} sign-outs failed; in force after ${slowest_change} ms at the latest; a revoked key gone after ${emergency_removal} ms`,
  )
  expect(reasons).toEqual({})
  expect(counts.rotations).toBe(ROTATIONS)
  expect(slowest_change).toBeLessThan(5_000)
  expect(emergency_removal).toBeLessThan(5_000)
}, 3_600_000)
