import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { pause } from '../../src/platform/clock.ts'
import { findProgram } from '../../src/platform/owned-process.ts'
import { openPassage, type Passage } from './passage.ts'
import { freePorts } from './ports.ts'
import { type OwnTestRedis, ownRedis } from './redis.ts'

export interface TestCluster {
  readonly url: string
  readonly nodes: readonly OwnTestRedis[]
  close(): Promise<void>
}

const SLOTS = 16_384

/** A Redis Cluster of three primaries, ready to be used. */
export async function ownCluster(): Promise<TestCluster> {
  const ports = await freePorts(6)
  const nodes = await Promise.all(
    [0, 1, 2].map((index) =>
      ownRedis({
        port: String(ports[index]),
        'cluster-enabled': 'yes',
        'cluster-port': String(ports[index + 3]),
        'cluster-node-timeout': '2000',
      }),
    ),
  )
  for (const [index, node] of nodes.entries()) {
    const first = Math.floor((index * SLOTS) / nodes.length)
    const last = Math.floor(((index + 1) * SLOTS) / nodes.length) - 1
    await node.client.call('CLUSTER', 'ADDSLOTSRANGE', first, last)
    await node.client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
    if (index > 0) await nodes[0]!.client.call('CLUSTER', 'MEET', '127.0.0.1', ports[index]!, ports[index + 3]!)
  }
  for (const node of nodes) while (!(await ready(node.client))) await pause(10)
  return {
    url: `redis+cluster://${ports
      .slice(0, 2)
      .map((port) => `127.0.0.1:${port}`)
      .join()}`,
    nodes,
    async close() {
      await Promise.all(nodes.map((node) => node.close()))
    },
  }
}

async function ready(client: Redis): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'))
  return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')
}

export interface TestSentinel {
  readonly url: string
  readonly first: OwnTestRedis
  readonly second: OwnTestRedis
  /** The way by which sentinels and replicas reach `first`; absent without `apart`. */
  readonly passage: Passage | undefined
  close(): Promise<void>
}

/**
 * `first` the primary, `second` and so on its replicas, watched by three sentinels that act after a second. With
 * `apart` the primary can be cut off from them all while its socket still answers.
 */
export async function ownSentinel(options: { replicas?: number; apart?: boolean } = {}): Promise<TestSentinel> {
  const { replicas = 1 } = options
  const ports = await freePorts(4 + replicas)
  const [own, ...others] = ports.slice(3) as [number, ...number[]]
  const watching = ports.slice(0, 3)
  const quick = { 'repl-diskless-sync-delay': '0', 'repl-timeout': '5' }
  const first = await ownRedis({ ...quick, port: String(own) })
  const passage = options.apart ? await openPassage(own) : undefined
  const one = passage?.port ?? own
  const following = await Promise.all(
    others.map((port) => ownRedis({ ...quick, port: String(port), replicaof: `127.0.0.1 ${one}` })),
  )
  const [second] = following as [OwnTestRedis, ...OwnTestRedis[]]
  const online = async () => (await first.client.info('replication')).match(/state=online/g)?.length ?? 0
  while ((await online()) < replicas) await pause(10)
  const folder = mkdtempSync(join(tmpdir(), 'pratu-test-sentinel-'))
  const sentinels = watching.map((port) => {
    const file = join(folder, `${port}.conf`)
    const lines = [
      `port ${port}`,
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${one} 2`,
      'sentinel down-after-milliseconds main 1000',
      'sentinel failover-timeout main 3000',
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const program = findProgram(['redis-server', 'valkey-server'], process.env.PATH ?? '')!
    return spawn(program, [file, '--sentinel'], { stdio: 'ignore' })
  })
  for (const port of watching) {
    const client = new Redis(port)
    client.on('error', () => {}) // it is still starting
    const all = `slaves=${replicas},sentinels=3`
    while (!(await client.info('sentinel').catch(() => '')).includes(all)) await pause(20)
    client.disconnect()
  }
  return {
    url: `redis+sentinel://${watching.map((port) => `127.0.0.1:${port}`).join()}/main`,
    first,
    second,
    passage,
    async close() {
      for (const sentinel of sentinels) {
        const ended = new Promise((done) => sentinel.once('exit', done))
        sentinel.kill('SIGKILL')
        await ended
      }
      await Promise.all([first, ...following].map((server) => server.close()))
      await passage?.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
