import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startRedis } from '../../src/platform/own-redis.ts'
import { ground } from './ground.ts'

export interface TestRedis {
  /** As `PRATU_REDIS_URL` takes it. */
  readonly url: string
  /** A plain client, to look behind the store's back. */
  readonly client: Redis
  close(): Promise<void>
}

/** An empty database of its own (a number) on the run's server. */
export async function testRedis(): Promise<TestRedis> {
  const server = ground().redis
  if (server === undefined) throw new Error('redis-server is not installed: run `node bin/prepare.mjs test`')
  const counter = new Redis(server)
  const number = await counter.incr('databases handed out')
  counter.disconnect()
  const client = new Redis(server, { db: number })
  return {
    url: `unix://${server}?db=${number}`,
    client,
    async close() {
      await client.flushdb()
      client.disconnect()
    },
  }
}

export interface OwnTestRedis extends TestRedis {
  readonly pid: number
  /** Answers nothing, keeps every connection: the way a sick server looks. */
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  /** Starts it again, empty, at the same address. */
  restart(): Promise<void>
}

/** A server of the test's own, to stop, freeze or fill. `settings` are redis.conf's names. */
export async function ownRedis(settings: Record<string, string> = {}): Promise<OwnTestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-test-redis-'))
  const start = async () => {
    const started = await startRedis({ folder, searchPath: process.env.PATH ?? '', settings })
    if (!started) throw new Error('redis-server is not installed: run `node bin/prepare.mjs test`')
    return started
  }
  let server = await start()
  let killed = false
  const client = new Redis(server.url, { disconnectTimeout: 50 })
  client.on('error', () => {}) // the test that stops the server expects this
  return {
    url: server.url,
    client,
    get pid() {
      return server.pid
    },
    freeze() {
      process.kill(server.pid, 'SIGSTOP')
    },
    thaw() {
      process.kill(server.pid, 'SIGCONT')
    },
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      killed = true
      await server.exited
    },
    async restart() {
      await server.stop()
      server = await start()
      killed = false
    },
    async close() {
      client.disconnect()
      if (!killed) process.kill(server.pid, 'SIGCONT')
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
