import type { Redis } from 'ioredis'

/** Moves the end of every key nearer, as if the server's clock had gone on. */
export async function ageRedis(client: Redis, seconds: number): Promise<void> {
  for (const key of await client.keys('*')) {
    const left = (await client.pttl(key)) - seconds * 1000
    await (left > 0 ? client.pexpire(key, left) : client.del(key))
  }
}

/** All that a thief finds: every key, its type, its fields and values, raw. */
export async function dumpRedis(client: Redis): Promise<Buffer[]> {
  const found: Buffer[] = []
  for (const key of await client.keysBuffer('*')) {
    found.push(key)
    const type = await client.type(key)
    if (type === 'string') found.push((await client.getBuffer(key))!)
    else if (type === 'hash')
      for (const [field, value] of Object.entries(await client.hgetallBuffer(key)))
        found.push(Buffer.from(field), value)
    else throw new Error(`a ${type} is not what the sessions store keeps`)
  }
  return found
}
