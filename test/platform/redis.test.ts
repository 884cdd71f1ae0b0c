import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { openRedis, RedisUnfit } from '../../src/platform/redis.ts'
import { freePorts } from '../support/ports.ts'
import { ownRedis, testRedis } from '../support/redis.ts'

let closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  closing = []
})

async function words(work: Promise<{ close(): Promise<void> }>): Promise<string> {
  const error: unknown = await work.then(
    (door) => door.close(),
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(RedisUnfit)
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
  return (error as Error).message
}

describe('the door to Redis', () => {
  test.each(['allkeys-lru', 'volatile-ttl', 'allkeys-random'])(
    'a server that may evict by %s is refused, with what to change',
    async (policy) => {
      const server = await ownRedis({ 'maxmemory-policy': policy })
      closing.push(() => server.close())
      expect(await words(openRedis({ url: server.url }))).toContain(
        `maxmemory-policy is ${policy}; it must be noeviction`,
      )
    },
  )

  test('where nothing listens, opening fails within its patience and names the address', async () => {
    const [port] = await freePorts(1)
    const from = performance.now()
    const said = await words(openRedis({ url: `redis://:s3cret@127.0.0.1:${port}`, patience: 400 }))
    expect(performance.now() - from).toBeLessThan(1500)
    expect(said).toContain(`redis://127.0.0.1:${port}`)
    expect(said).toContain('ECONNREFUSED')
  })

  test('where something listens that says nothing, opening fails within its patience', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket))
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      return new Promise((done) => silent.close(done))
    })
    const { port } = silent.address() as { port: number }
    expect(await words(openRedis({ url: `redis://127.0.0.1:${port}`, patience: 400 }))).toContain('no answer')
  })

  test('a wrong or missing password is said at once, and never printed', async () => {
    const [port] = await freePorts(1)
    const server = await ownRedis({ port: String(port), requirepass: 'the right one' })
    closing.push(() => server.close())
    const from = performance.now()
    expect(await words(openRedis({ url: `redis://:s3cret@127.0.0.1:${port}` }))).toContain('WRONGPASS')
    expect(await words(openRedis({ url: `redis://127.0.0.1:${port}` }))).toContain('NOAUTH')
    expect(performance.now() - from).toBeLessThan(4000)
    const door = await openRedis({ url: `redis://:the%20right%20one@127.0.0.1:${port}` })
    expect(await door.ask((client) => client.set('a', '1'))).toBe('OK')
    await door.close()
  })

  test('a replica is refused, because nothing can be written there', async () => {
    const [port, other] = await freePorts(2)
    const primary = await ownRedis({ port: String(port) })
    closing.push(() => primary.close())
    const replica = await ownRedis({ port: String(other), replicaof: `127.0.0.1 ${port}` })
    closing.push(() => replica.close())
    expect(await words(openRedis({ url: replica.url }))).toContain('replica')
  })

  test('each address has its own database', async () => {
    const [one, two] = [await testRedis(), await testRedis()]
    closing.push(
      () => one.close(),
      () => two.close(),
    )
    const door = await openRedis({ url: one.url })
    closing.push(() => door.close())
    await door.ask((client) => client.set('key', 'here'))
    expect(await one.client.get('key')).toBe('here')
    expect(await two.client.get('key')).toBeNull()
  })
})
