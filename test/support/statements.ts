import { jest } from '@jest/globals'
import type { Db } from '../../src/platform/db.ts'

/** Counts the statements outside of transactions, and the transactions: each takes a connection of the pool. */
export function countStatements(db: Db): { count(): number; stop(): void } {
  const { client } = db as unknown as { client: { acquireConnection(): unknown } }
  const asked = jest.spyOn(client, 'acquireConnection')
  return { count: () => asked.mock.calls.length, stop: () => asked.mockRestore() }
}
