import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { startRedis } from '../../src/platform/own-redis.ts'
import { testFolder } from '../support/folder.ts'

const searchPath = process.env.PATH ?? ''
let home: ReturnType<typeof testFolder>
beforeEach(() => {
  home = testFolder()
})
afterEach(() => home.remove())

describe("a Redis of Pratu's own", () => {
  test('never evicts, keeps nothing on disk, and is reachable by its owner only', async () => {
    const server = (await startRedis({ folder: home.path, searchPath }))!
    const client = new Redis(server.url)
    const policy = await client.config('GET', 'maxmemory-policy')
    const save = await client.config('GET', 'save')
    const port = await client.config('GET', 'port')
    client.disconnect()
    expect([policy, save, port]).toEqual([
      ['maxmemory-policy', 'noeviction'],
      ['save', ''],
      ['port', '0'],
    ])
    expect(statSync(server.url).mode & 0o077).toBe(0)
    await server.stop()
    expect(existsSync(server.url)).toBe(false)
  })

  test('starts over the leavings of one that was killed, in a deep folder too', async () => {
    const folder = join(home.path, 'd'.repeat(100))
    const first = (await startRedis({ folder, searchPath }))!
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    const second = (await startRedis({ folder, searchPath }))!
    expect(existsSync(first.url)).toBe(false)
    await second.stop()
    expect(existsSync(second.url)).toBe(false)
  })

  test('is left out where none is installed', async () => {
    expect(await startRedis({ folder: home.path, searchPath: '/nonexistent' })).toBeUndefined()
  })

  test('says in one sentence why it does not start', async () => {
    const settings = { maxmemory: 'much' }
    await expect(startRedis({ folder: home.path, searchPath, settings })).rejects.toThrow(
      /^Redis did not start: .*much/,
    )
  })

  test('valkey-server does as well', async () => {
    const bin = join(home.path, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'valkey-server'), '#!/bin/sh\nexec redis-server "$@"\n', { mode: 0o755 })
    const others = searchPath.split(':').filter((folder) => !existsSync(join(folder, 'redis-server')))
    const found = await startRedis({ folder: home.path, searchPath: [bin, ...others].join(':') }).catch(String)
    // Found and tried: without redis-server on its PATH it can't go on, and says so.
    expect(found).toContain('Redis did not start')
  })
})
