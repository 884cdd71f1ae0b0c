import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { pause } from '../../src/platform/clock.ts'
import { findProgram } from '../../src/platform/owned-process.ts'
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
  close(): Promise<void>
}

/** Two servers, `first` the primary and `second` its replica, watched by three sentinels that act after half a second. */
export async function ownSentinel(): Promise<TestSentinel> {
  const ports = await freePorts(5)
  const [one, two, ...watching] = ports as [number, number, ...number[]]
  const quick = { 'repl-diskless-sync-delay': '0', 'repl-timeout': '5' }
  const first = await ownRedis({ ...quick, port: String(one) })
  const second = await ownRedis({ ...quick, port: String(two), replicaof: `127.0.0.1 ${one}` })
  while (!(await first.client.info('replication')).includes('state=online')) await pause(10)
  const folder = mkdtempSync(join(tmpdir(), 'pratu-test-sentinel-'))
  const sentinels = watching.map((port) => {
    const file = join(folder, `${port}.conf`)
    const lines = [
      `port ${port}`,
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${one} 2`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 1000',
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const program = findProgram(['redis-server', 'valkey-server'], process.env.PATH ?? '')!
    return spawn(program, [file, '--sentinel'], { stdio: 'ignore' })
  })
  for (const port of watching) {
    const client = new Redis(port)
    client.on('error', () => {}) // it is still starting
    while (!/slaves=1,sentinels=3/.test(await client.info('sentinel').catch(() => ''))) await pause(20)
    client.disconnect()
  }
  return {
    url: `redis+sentinel://${watching.map((port) => `127.0.0.1:${port}`).join()}/main`,
    first,
    second,
    async close() {
      for (const sentinel of sentinels) {
        const ended = new Promise((done) => sentinel.once('exit', done))
        sentinel.kill('SIGKILL')
        await ended
      }
      await first.close()
      await second.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
