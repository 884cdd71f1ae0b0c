import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { rows, transaction } from '../../src/platform/db.ts'
import { openSignals } from '../../src/platform/signals.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

/** Resolves at each call, in turn. */
function heard() {
  const waiting: (() => void)[] = []
  let calls = 0
  return {
    call: () => {
      calls += 1
      waiting.shift()?.()
    },
    next: () => new Promise<void>((resolve) => void waiting.push(resolve)),
    calls: () => calls,
  }
}

const notify = (topic: string) => rows(database.db, "select pg_notify('pratu', ?)", [topic])

test('a word of another node is heard once it is committed, by those whom it concerns', async () => {
  const signals = openSignals({ url: database.url })
  const [keys, others] = [heard(), heard()]
  const connected = keys.next()
  signals.on('keys', keys.call)
  signals.on('others', others.call)
  await connected
  const before = others.calls()
  const told = keys.next()
  await transaction(database.db, async (tx) => {
    await rows(tx, "select pg_notify('pratu', 'keys')")
  })
  await told
  expect(others.calls()).toBe(before)
  await signals.close()
})

test('after the connection was lost it is made anew, and everybody looks for what they missed', async () => {
  const faults: unknown[] = []
  const signals = openSignals({ url: database.url, onFault: (fault) => faults.push(fault), pause: async () => {} })
  const keys = heard()
  const connected = keys.next()
  const stop = signals.on('keys', keys.call)
  await connected
  const again = keys.next()
  await rows(
    database.db,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pratu signals' and datname = current_database()",
  )
  await again
  expect(faults.length).toBeGreaterThan(0)
  const told = keys.next()
  await notify('keys')
  await told
  stop()
  const calls = keys.calls()
  await notify('keys')
  await signals.close()
  expect(keys.calls()).toBe(calls)
})
