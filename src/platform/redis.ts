import { Cluster, Redis, type RedisCommander, type RedisOptions } from 'ioredis'
import { within } from './clock.ts'
import { ask } from './patience.ts'
import { type RedisAddress, redisAddress } from './redis-address.ts'

// The door to Redis (7 or newer) and Valkey: one server, Sentinel or Cluster. Owns how to connect, how long to wait and
// what kind of server is acceptable; knows nothing of what is stored. A server that is gone or frozen costs a caller
// `limit` milliseconds, never more: nothing queues for it and nothing is sent twice (the library's own defaults wait
// for 73 seconds). Called by sessions/redis; opened by compose.

export type RedisClient = RedisCommander
export type Word = string | Buffer | number

export interface RedisDoor {
  /** Runs one command. @throws whatever Redis or the connection says, at the latest after `limit` ms. */
  ask<T>(work: (client: RedisClient) => Promise<T>): Promise<T>
  /**
   * Runs one command and answers only when `replicas` servers besides the primary have what it wrote: for what must not be
   * forgotten when another server takes over. @throws as `ask` does, also when fewer have it: then it may be forgotten.
   */
  keep(name: string, words: readonly Word[]): Promise<unknown>
  /** @throws Error in one sentence when a server does not answer or is of a kind that must not be used. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface Needs {
  /** As `redisAddress` reads it. */
  readonly url: string
  /** Milliseconds for one command, the time in our own queue included. */
  readonly limit?: number
  /** How many replicas must have what must not be forgotten. */
  readonly replicas?: number
  /** Milliseconds for the first connection. */
  readonly patience?: number
  /** Hears in one sentence when the connection is lost (once per loss) and when it is back. Never carries a password. */
  readonly heard?: (state: 'lost' | 'back', words: string) => void
}

/** Redis can't be reached or must not be used: one sentence for the operator, without a password. */
export class RedisUnfit extends Error {}

const OLDEST = 7
const RETRY_EVERY = 100
const RETRY_AT_MOST = 500
/** Ms without a byte on a busy connection until it is torn down, so that a dead route is not kept for minutes. */
const DEAF = 1000
/** Ms that replicas have to say that they have it; loopback and one data centre need one or two. */
const ACKNOWLEDGED = 100
/** So many may wait for replicas at once: together no longer than the limit of each, so that no queue outlives its callers. */
const WAITING = 3

/** @throws RedisUnfit for the silence or the setting that must be changed; Error for a mistake in the address. */
export async function openRedis(needs: Needs): Promise<RedisDoor> {
  const { url, limit = 300, replicas = 0, patience = 5000, heard = () => {} } = needs
  const address = redisAddress(url)
  const client = connect(address, limit)
  // WAIT holds up its whole connection and speaks of what was written on it: so it has one of its own.
  const keeper = replicas > 0 ? connect(address, limit) : undefined
  keeper?.on('error', () => {}) // the other one tells
  let lost = false
  let lastWords = 'no answer'
  const gone = (error: Error) => {
    lastWords = error.message
    if (lost) return
    lost = true
    heard('lost', lastWords)
  }
  client.on('error', gone)
  client.on('close', () => {
    if (!lost) gone(new Error('the connection was closed')) // else the error before it says more
  })
  client.on('ready', () => {
    if (!lost) return
    lost = false
    heard('back', 'connected')
  })

  const answer = <T>(work: () => Promise<T>): Promise<T> =>
    ask(limit, work, () => new Error(`Redis gave no answer within ${limit} ms`))

  async function inspect(wanted: number): Promise<void> {
    const nodes = client instanceof Cluster ? client.nodes('master') : [client]
    if (nodes.length === 0) throw new Error('Redis Cluster: no node can be reached')
    for (const facts of await answer(() => Promise.all(nodes.map((node) => node.info())))) refuseUnfit(facts, wanted)
  }

  const inTurn = openTurns(WAITING)
  async function keep(name: string, words: readonly Word[]): Promise<unknown> {
    if (!keeper) {
      gather()
      return answer(() => client.call(name, [...words]))
    }
    let abandoned = false
    const work = () =>
      inTurn(async () => {
        if (abandoned) return
        // In one go: after a reconnection WAIT would speak of a connection on which nothing was written.
        const said = await keeper
          .pipeline()
          .call(name, [...words])
          .call('WAIT', [replicas, ACKNOWLEDGED])
          .exec()
        const [[refusal, result] = [], [silence, have] = []] = said ?? []
        const error = refusal ?? silence
        if (error) throw error
        if (Number(have ?? 0) < replicas) throw new Error(`${String(have)} of ${replicas} replicas have it`)
        return result
      })
    return answer(work).finally(() => {
      abandoned = true
    })
  }

  try {
    await within(patience, Promise.all([client, ...(keeper ? [keeper] : [])].map(ready)), () => new Error(lastWords))
    await inspect(0) // a node that starts while a replica is away is not ready, but it starts
  } catch (error) {
    client.disconnect()
    keeper?.disconnect()
    // Without its cause: the library's errors carry the arguments of the command, the password among them.
    throw new RedisUnfit(`Redis at ${address.shown}: ${(error as Error).message}`)
  }

  // What is asked in one turn of the event loop leaves in one write. The library's own pipelines do so too, at half as much
  // again for each command.
  let gathering = false
  function gather(): void {
    if (gathering || !(client instanceof Redis) || client.status !== 'ready') return
    gathering = true
    const { stream } = client
    stream.cork()
    setImmediate(() => {
      gathering = false
      stream.uncork()
    })
  }

  return {
    ask(work) {
      gather()
      return answer(() => work(client))
    },
    keep,
    check: () => inspect(replicas),
    close() {
      client.removeAllListeners('close')
      client.disconnect()
      keeper?.disconnect()
      return Promise.resolve()
    },
  }
}

/** Lets so many at a time through, the others after them in order. */
function openTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let going = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (going === most) await new Promise<void>((resolve) => waiting.push(resolve))
    else going++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else going--
    }
  }
}

function connect(address: RedisAddress, limit: number): Redis | Cluster {
  const { tls, username, password } = address
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: DEAF,
    disconnectTimeout: limit,
    socketTimeout: DEAF,
    connectionName: 'pratu',
    retryStrategy: (times: number) => Math.min(times * RETRY_EVERY, RETRY_AT_MOST),
    // A primary that became a replica answers so: the next connection asks anew who the primary is.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  } satisfies RedisOptions
  if (address.form === 'cluster') {
    const { retryStrategy: _, enableOfflineQueue: __, ...perNode } = options
    return new Cluster([...address.hosts], {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRedirections: 3,
      slotsRefreshTimeout: DEAF,
      clusterRetryStrategy: (times) => Math.min(times * RETRY_EVERY, RETRY_AT_MOST),
      // Certificates name hosts, the cluster's own table may name addresses: keep what the operator wrote.
      ...(tls ? { dnsLookup: (host: string, done: (error: null, address: string) => void) => done(null, host) } : {}),
      redisOptions: perNode,
    })
  }
  if (address.form === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: [...address.hosts],
      name: address.name,
      db: address.db,
      sentinelCommandTimeout: DEAF,
      ...(address.sentinelPassword === undefined ? {} : { sentinelPassword: address.sentinelPassword }),
      ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    })
  }
  const place = address.form === 'socket' ? { path: address.path } : address.host
  return new Redis({ ...options, ...place, db: address.db })
}

/** Resolves when connected; rejects at once on what waiting can't cure. */
function ready(client: Redis | Cluster): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve())
    client.on('error', (error: Error) => {
      if (/^(WRONGPASS|NOAUTH|NOPERM|ERR invalid DB|ERR DB index)/.test(error.message)) reject(error)
    })
    client.connect().catch(() => {}) // it goes on trying by itself; the caller's patience is the limit
  })
}

function refuseUnfit(info: string, replicas: number): void {
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const version = fact('redis_version')
  if (Number.parseInt(version, 10) < OLDEST)
    throw new Error(`version ${version} is too old; Redis ${OLDEST} or newer, or Valkey, is needed`)
  const policy = fact('maxmemory_policy')
  if (policy !== 'noeviction')
    throw new Error(
      `maxmemory-policy is ${policy || 'unknown'}; it must be noeviction, because evicting a record lets a used code be used again (CONFIG SET maxmemory-policy noeviction, and in redis.conf)`,
    )
  const have = fact('connected_slaves')
  if (fact('role') === 'master' && Number(have) < replicas)
    throw new Error(`${have} replicas are connected; PRATU_REDIS_REPLICAS asks for ${replicas}`)
  if (fact('role') === 'slave') throw new Error('this server is a read-only replica; name the primary, or use Sentinel')
}
