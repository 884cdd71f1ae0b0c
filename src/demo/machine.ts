import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { startPostgres } from '../platform/embedded-postgres.ts'
import { FolderInUse, ownerOf } from '../platform/folder-lock.ts'
import { startRedis } from '../platform/own-redis.ts'
import { takenPorts } from './taken-ports.ts'

// The machinery of a laptop: the stores that nobody named by settings are started here, at once, and stopped with us.

/** Something is in the way of the start, in sentences for a newcomer. */
export class InTheWay extends Error {}

export interface Stores {
  readonly databaseUrl: string
  /** Absent: the memory of this process. */
  readonly redisUrl?: string
  /** For the table that is printed. */
  readonly described: { readonly database: string; readonly sessions: string }
  /** Resolves with a sentence when a store of ours has ended by itself. */
  readonly lost: Promise<string>
}

/** @throws InTheWay for ports, FolderInUse and plain sentences for the stores. Nothing is left running then. */
export async function startStores(
  config: Config,
  ports: readonly number[],
  stack: AsyncDisposableStack,
): Promise<Stores> {
  const taken = await takenPorts(ports)
  if (taken.length > 0) {
    const words = taken.map(({ port, by }) => `Port ${port} is taken${by === undefined ? '' : ` by ${by}`}.`)
    throw new InTheWay(`${words.join('\n')}\nStop that first, or choose other ports with PRATU_PORT.`)
  }
  // Looked at first as well as locked: a Redis started beside would take the running one's socket away.
  const owner = ownerOf(config.data)
  if (owner) throw new FolderInUse(config.data, owner.pid)
  const { searchPath } = config
  // PostgreSQL first: it decides whose the data folder is.
  const begun = await Promise.allSettled([
    config.databaseUrl === undefined ? startPostgres({ folder: config.data, searchPath }) : undefined,
    config.redisUrl === undefined ? startRedis({ folder: join(config.data, 'redis'), searchPath }) : undefined,
  ])
  // What did start is stopped even where the other did not.
  const [postgres, redis] = begun.map((one) => (one.status === 'fulfilled' ? one.value : undefined))
  for (const server of [redis, postgres]) if (server) stack.defer(() => server.stop())
  for (const one of begun) {
    if (one.status === 'fulfilled') continue
    if (one.reason instanceof FolderInUse) throw one.reason
    // Both say in a sentence what was missing or refused.
    throw new InTheWay(one.reason instanceof Error ? one.reason.message : String(one.reason), { cause: one.reason })
  }
  mkdirSync(config.data, { recursive: true, mode: 0o700 }) // where neither is ours, nobody has made it
  const redisUrl = config.redisUrl ?? redis?.url
  const sentences: [typeof postgres, string][] = [
    [postgres, `The database has stopped; its last words are in ${join(config.data, 'postgres.log')}.`],
    [redis, `Redis has stopped; its last words are in ${join(config.data, 'redis', 'redis.log')}.`],
  ]
  return {
    databaseUrl: config.databaseUrl ?? postgres!.url,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    described: {
      database: postgres ? `PostgreSQL, started here in ${config.data}` : 'PostgreSQL named by PRATU_DATABASE_URL',
      sessions: redis
        ? 'Redis, started here'
        : config.redisUrl
          ? 'Redis named by PRATU_REDIS_URL'
          : 'in this process (no redis-server or valkey-server on the PATH)',
    },
    lost: Promise.race(
      sentences.flatMap(([server, words]) => (server ? [server.exited.then(() => words)] : [])).concat(never()),
    ),
  }
}

const never = (): Promise<string> => new Promise(() => {})
