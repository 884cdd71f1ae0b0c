import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type EmbeddedPostgres, startPostgres } from '../../src/platform/embedded-postgres.ts'
import { figure, note } from '../support/long-report.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { percentile, reencrypt } from '../support/reencryption.ts'

// A million persons go over to another key while people sign in, on a database that keeps its promises.

const PERSONS = figure('REENCRYPTED', 1_000_000)
const PER_SECOND = figure('SIGN_INS', 50)
const MOST = 10 * 60_000
const HOUR = 3_600_000

let folder: string
let postgres: EmbeddedPostgres
let redis: OwnTestRedis
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-reencrypted-'))
  postgres = await startPostgres({
    folder: join(folder, 'sql'),
    searchPath: process.env.PATH ?? '',
    settings: { max_wal_size: '4GB' },
  })
  redis = await ownRedis()
}, 120_000)
afterAll(async () => {
  await redis.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

test(
  'a million persons go over in ten minutes, and nobody who signs in notices',
  async () => {
    const done = await reencrypt({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      nodes: 2,
      persons: PERSONS,
      // A code is good once in half a minute.
      people: PER_SECOND * 40,
      perSecond: PER_SECOND,
      before: 60_000,
      say: (words) => process.stderr.write(`  ${words}\n`),
    })
    const { before, during, after, took, left, persons, finished } = done
    const [was, is] = [percentile(before.took, 0.95), percentile(during.took, 0.95)]
    const errors = during.failed.length + after.failed.length
    note(
      `${persons} persons re-encrypted under ${PER_SECOND} sign-ins/s`,
      '≤ 10 min',
      `${(took / 60_000).toFixed(1)} min`,
    )
    note('errors of sign-ins meanwhile', '0', `${errors} of ${during.begun + after.begun}`)
    note('p95 of sign-ins, before and meanwhile', '≤ 2 × before', `${Math.round(was)} ms, ${Math.round(is)} ms`)
    for (const words of new Set([...during.failed, ...after.failed])) process.stderr.write(`  ${words}\n`)
    expect(left).toBe(0)
    expect(finished).toContain('Destroyed: version 1 of personal-data.')
    expect(before.failed).toEqual([])
    expect(errors).toBe(0)
    expect(took).toBeLessThanOrEqual(MOST * Math.max(1, PERSONS / 1_000_000))
    expect(is).toBeLessThanOrEqual(2 * was)
  },
  HOUR,
)
