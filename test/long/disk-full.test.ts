import { expect, test } from '@jest/globals'
import { broken, errands, statusOf } from '../support/bad-days.ts'
import { note } from '../support/long-report.ts'
import { ownPostgres } from '../support/own-postgres.ts'
import { startService } from '../support/service.ts'

// The database's disk is full: nobody is let in without a record, everybody is told so, and it goes on by itself when
// there is room. Wants to be root, for a disk of its own in memory.

test('a full disk of the database stops sign-ins honestly, and they go on when it has room', async () => {
  const postgres = await ownPostgres({ megabytes: 160 })
  const at = await startService({ database: postgres.quiet, databaseUrl: postgres.url })
  const day = await errands(at)
  postgres.fill(0)
  // Until no page of the audit has room left.
  await postgres.quiet.db
    .raw(
      "insert into audit_event (event, at, type, commitment) select gen_random_uuid(), now(), 'filler', '\\\\x00' from generate_series(1, 100000) n",
    )
    .catch((error: Error & { code?: string }) => expect(error.code).toBe('53100'))
  const tried = await day.tryAll()
  postgres.empty()
  expect(broken(tried)).toEqual([])
  const stuck = await day.goOn()
  const { 'the form of a sign-in': form, 'the key set': keys, 'a new sign-in': begun } = statusOf(tried)
  note(
    'disk of the database full',
    '503, then goes on',
    `form ${form}, new sign-in ${begun}, keys ${keys}; stuck afterwards: ${stuck.length}`,
  )
  expect([form, keys, stuck]).toEqual([503, 200, []])
  await at.close()
  await postgres.close()
}, 120_000)
