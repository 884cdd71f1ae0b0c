import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Config, readConfig } from '../../src/config.ts'
import { InTheWay, startStores } from '../../src/demo/machine.ts'
import { openDb, rows } from '../../src/platform/db.ts'
import { FolderInUse } from '../../src/platform/folder-lock.ts'
import { freePorts } from '../support/ports.ts'

let folder: string
let config: Config
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pratu-machine-'))
  config = readConfig({ PRATU_PROFILE: 'demo', PRATU_DATA: join(folder, 'data'), PATH: process.env.PATH })
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the stores of a laptop', () => {
  test('start in an empty folder, and stop with the stack', async () => {
    const stack = new AsyncDisposableStack()
    const stores = await startStores(config, await freePorts(1), stack)
    const { db, close } = openDb({ url: stores.databaseUrl })
    expect(await rows(db, 'select 1 one')).toEqual([{ one: 1 }])
    await close()

    // A second start in the same folder says who has it.
    const second = new AsyncDisposableStack()
    await expect(startStores(config, [], second)).rejects.toThrow(FolderInUse)
    await expect(startStores(config, [], second)).rejects.toThrow(`in use by process ${process.pid}`)
    await second.disposeAsync()

    await stack.disposeAsync()
    await expect(stores.lost).resolves.toMatch(/has stopped/)
    expect(existsSync(join(folder, 'data', 'postgres', 'postmaster.pid'))).toBe(false)
  })

  test('are not touched while a port is taken', async () => {
    const [port = 0] = await freePorts(1)
    const server = createServer()
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
    try {
      const stack = new AsyncDisposableStack()
      await expect(startStores(config, [port], stack)).rejects.toThrow(InTheWay)
      await expect(startStores(config, [port], stack)).rejects.toThrow(
        `Port ${port} is taken by process ${process.pid}`,
      )
      expect(existsSync(join(folder, 'data'))).toBe(false)
    } finally {
      server.close()
    }
  })
})
