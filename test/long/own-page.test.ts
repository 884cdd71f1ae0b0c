import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Entry } from '../../src/audit/entry.ts'
import { clientId } from '../../src/identity/identifiers.ts'
import { rows } from '../../src/platform/db.ts'
import { note } from '../support/long-report.ts'
import { enter } from '../support/own-door.ts'
import { type Citizen, startService, type TestService } from '../support/service.ts'
import type { Visitor } from '../support/visitor.ts'

// The citizen's own page over a long history: a million lines in two years of months, half of them one person's own.

const LINES = 1_000_000
const LOOKS = 200
/** Milliseconds, of nineteen pages in twenty. */
const MOST = 100

let at: TestService
let somying: Citizen
let visitor: Visitor
beforeAll(async () => {
  at = await startService()
  somying = at.citizens[0]!
  const { db } = at.database
  await rows(
    db,
    `insert into own_history (person, at, event, type, client, detail)
     select case when n % 2 = 0 then cast(? as uuid) else gen_random_uuid() end,
       cast(? as timestamptz) - n * interval '50 seconds', gen_random_uuid(), 'sign-in.succeeded', 'tax', decode(repeat('00', 200), 'hex')
     from generate_series(100000, ${100_000 + LINES - 1}) n`,
    [somying.key, new Date(at.clock.now())],
  )
  // Into its months, as the schedule does it.
  at.clock.advance(86_400_000)
  await at.service.look()
  await rows(db, 'analyze own_history')
  const line: Entry = {
    type: 'sign-in.single-sign-on',
    actor: { kind: 'citizen', person: somying.key },
    person: somying.key,
    client: clientId('tax'),
    detail: { amr: ['otp', 'totp'], acr: 'low', auth_time: 1, device: 'Chrome · Android' },
  }
  for (let n = 0; n < 100; n++) await at.service.parts.audit.append(db, line)
  visitor = at.visitor()
  await enter(at, visitor, somying)
}, 600_000)
afterAll(() => at.close())

async function nineteenInTwenty(path: string): Promise<number> {
  const took: number[] = []
  for (let n = 0; n < LOOKS; n++) {
    const began = performance.now()
    const page = await visitor.open(path)
    took.push(performance.now() - began)
    expect(page.html).toContain('Site of tax')
  }
  return took.toSorted((one, other) => one - other)[Math.floor(LOOKS * 0.95)]!
}

test('shows the page, and a page of history, within a tenth of a second', async () => {
  const { count } = (
    await rows<{ count: number }>(at.database.db, 'select count(*)::int as count from own_history')
  )[0]!
  const months = await rows(at.database.db, "select 1 from pg_class where relname ~ '^own_history_[0-9_]+$'")
  expect(count).toBeGreaterThanOrEqual(LINES)
  for (const path of ['/me', '/me/history']) {
    await nineteenInTwenty(path)
    const took = await nineteenInTwenty(path)
    note(`${path} over ${count} lines in ${months.length} months, p95`, `≤ ${MOST} ms`, `${took.toFixed(1)} ms`)
    expect(took).toBeLessThanOrEqual(MOST)
  }
}, 600_000)
