import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { clientId, personKey, sessionRef } from '../../src/identity/identifiers.ts'
import { openQueue } from '../../src/jobs/queue.ts'
import { announceLogouts } from '../../src/oidc/logout-delivery.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows, transaction } from '../../src/platform/db.ts'
import { testClock } from './clock.ts'
import type { TestDatabase } from './database.ts'
import { testRandom, testSealer } from './keys.ts'

// A day on which agencies are down, hang, redirect and answer 500 for hours, with a clock that the test drives and two nodes
// in processes of their own, one of which is killed now and then with messages in hand.

const MINUTE = 60_000
const NODE = fileURLToPath(new URL('./delivery-node.ts', import.meta.url))

type Way = 'well' | 'down' | 'hangs' | 'redirects' | 'answers 500'
/** Of a hundred agencies. */
const WAYS: readonly (readonly [Way, number])[] = [
  ['down', 20],
  ['hangs', 10],
  ['redirects', 5],
  ['answers 500', 5],
]

export interface Settings {
  readonly database: TestDatabase
  readonly agencies: number
  /** Simulated. */
  readonly minutes: number
  /** In each simulated minute of the first half; each is told to three agencies. */
  readonly signOuts: number
  /** A node dies in every so manyeth minute. */
  readonly killEvery: number
}

export interface Day {
  readonly made: number
  readonly delivered: number
  /** Within five minutes of the agency's return, or of the sign-out. */
  readonly inTime: number
  /** Taken a second time by the agency under the same `jti`: told by a node that died before it could note it. */
  readonly again: number
  readonly elsewhere: number
  readonly kills: number
  /** Milliseconds for which a sign-out waits for its messages to be on record; real. */
  readonly p95: number
}

interface Node {
  readonly child: ChildProcess
  look(now: number, seeks: boolean): Promise<boolean>
}

export async function receiversDay({ database, agencies, minutes, signOuts, killEvery }: Settings): Promise<Day> {
  const clock = testClock()
  const random = testRandom('receivers')
  const queue = openQueue({ sealer: testSealer(), clock, random })
  const names = Array.from({ length: agencies }, (_, n) => `agency-${n}`)
  const begun = clock.now()
  // Those that are in trouble come back one after the other, over the second and third quarter.
  const troubled = WAYS.flatMap(([way, share]) =>
    Array.from({ length: Math.max(1, Math.round((agencies * share) / 100)) }, () => way),
  )
  const wayOf = new Map(names.map((name, n) => [name, troubled[n] ?? ('well' as const)]))
  const backAt = (name: string): number => {
    const n = names.indexOf(name)
    return n < troubled.length ? begun + Math.floor(minutes * (0.25 + n / troubled.length / 2)) * MINUTE : begun
  }

  const accepted = new Map<string, { readonly to: string; readonly at: number }>()
  let [again, elsewhere] = [0, 0]
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const name = incoming.url!.slice(1)
    const token = new URLSearchParams(await text(incoming)).get('logout_token') ?? ''
    const way = clock.now() < backAt(name) ? wayOf.get(name) : 'well'
    if (name === 'elsewhere') elsewhere++
    if (way === 'down') return void incoming.socket.destroy()
    if (way === 'hangs') return
    if (way === 'redirects') return void outgoing.writeHead(302, { location: '/elsewhere' }).end()
    if (way === 'answers 500') return void outgoing.writeHead(500).end()
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
    if (accepted.has(jti)) again++
    else accepted.set(jti, { to: name, at: clock.now() })
    outgoing.writeHead(200).end()
  }
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receivers = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const nodes = await Promise.all([start(database.url, receivers), start(database.url, receivers)])
  const took: number[] = []
  let [kills, made] = [0, 0]
  try {
    for (let minute = 0; minute < minutes; minute++) {
      const many = minute < minutes / 2 ? signOuts : 0
      for (let n = 0; n < many; n++) {
        const [person, session] = [personKey(randomUUID()), sessionRef(randomUUID())]
        const notices = [0, 1, 2].map(() => ({
          ...{ client: clientId(names[made++ % agencies]!), person, session },
          ...{ why: 'signed-out' as const },
        }))
        const from = performance.now()
        await transaction(database.db, (tx) => announceLogouts({ queue, clients: { find: announced } }, tx, notices))
        await queue.releaseOf(database.db, [session])
        took.push(performance.now() - from)
      }
      const looking = nodes.map((node, n) => node.look(clock.now(), n === minute % 2))
      if (minute % killEvery === killEvery - 1) {
        const n = random.bytes(1)[0]! % 2
        await pause(random.bytes(1)[0]! % 20)
        nodes[n]!.child.kill('SIGKILL')
        kills++
        await Promise.all(looking)
        nodes[n] = await start(database.url, receivers)
      } else await Promise.all(looking)
      clock.advance(MINUTE)
    }
  } finally {
    for (const { child } of nodes) child.kill('SIGKILL')
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const jobs = await rows<{ id: string; made_at: Date; destination: string }>(
    database.db,
    'select id, made_at, destination from job',
  )
  const inTime = jobs.filter(({ id, made_at: at, destination }) => {
    const taken = accepted.get(id)
    return taken && taken.at <= Math.max(at.getTime(), backAt(destination)) + 5 * MINUTE
  })
  const sorted = took.toSorted((a, b) => a - b)
  return {
    ...{ made: jobs.length, delivered: accepted.size, inTime: inTime.length, again, elsewhere, kills },
    p95: Math.round(sorted[Math.floor(sorted.length * 0.95)]!),
  }
}

/** Every agency has an address; where it leads, the nodes know. */
const announced = () => ({ metadata: { backchannel_logout_uri: 'https://agency.example/' } }) as never

async function start(url: string, receivers: string): Promise<Node> {
  const child = fork(NODE, [url, receivers], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
  const heard = () =>
    new Promise<boolean>((resolve) => {
      const done = (said: boolean) => () => {
        child.off('message', answered).off('exit', gone)
        resolve(said)
      }
      const [answered, gone] = [done(true), done(false)]
      child.once('message', answered).once('exit', gone)
    })
  if (!(await heard())) throw new Error('the node did not start')
  return {
    child,
    look(now, seeks) {
      const looked = heard()
      child.send({ now, seeks })
      return looked
    },
  }
}
