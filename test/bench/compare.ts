import { cpus } from 'node:os'
import { openTarget } from './browser.ts'
import { type Ground, openGround } from './ground.ts'
import { round, type Stretch, stretch, summary } from './measure.ts'
import { report } from './report.ts'
import { leaveFirstCore, pinned, type Served, startPeer, startPratu } from './server.ts'
import { limitShare } from './share.ts'
import { type Kind, openWork, type Work } from './work.ts'

// Pratu beside bare oidc-provider, turn by turn in one run, so that whatever else the machine does meets both alike. What
// counts is processor time for a piece of work; how many fit into a second depends on who else is running.

export interface Options {
  readonly kind: Kind
  /** For each of the two. */
  readonly seconds: number
  readonly concurrency: number
  /** Of Pratu; more than one is measured in turn with one, after the comparison. */
  readonly processes: number
  /** Of a processor, in percent: what each of Pratu's processes may use while one and several are compared. */
  readonly share?: number
  readonly json: boolean
  /** A folder for a profile of Pratu's process. */
  readonly profile?: string
}

const TURN = 4
/** What is readied is used up in less. */
const TOKEN_TURN = 1
/**
 * Until the engine has compiled what is used. By pieces of work and not by time, the same for both: in the same seconds the
 * faster of the two would have been compiled further.
 */
const WARM_UP = 3_000
/** Seconds that this takes, more or less: people can sign in once in the time of one code. */
const WARMING = 20
const COUNTED = 10
/** Each person can sign in once in the time of one code; who comes round sooner waits, and a node that waits costs more. */
const CITIZENS_PER_SECOND = 500

export async function compare(options: Options): Promise<void> {
  const { kind, seconds, concurrency } = options
  await leaveFirstCore()
  await using stack = new AsyncDisposableStack()
  const ground = await openGround({ citizens: CITIZENS_PER_SECOND * Math.min(30, WARMING + seconds) })
  stack.defer(() => ground.close())
  const { settings, port, folder, secret } = ground
  const node = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`]
  const pratu = await startPratu({ settings, port, folder, node })
  stack.defer(() => pratu.stop())
  const peer = await startPeer(folder, secret)
  stack.defer(() => peer.stop())
  let at = 0
  const next = () => ground.citizens[at++ % ground.citizens.length]!
  const ours = await openTarget({ name: 'pratu', url: pratu.url, secret, concurrency })
  stack.defer(() => ours.close())
  const theirs = await openTarget({ name: 'peer', url: peer.url, secret, concurrency })
  stack.defer(() => theirs.close())
  // The peer knows nobody and takes any code again, so nobody there has to wait for the next, nor counts as having been here.
  const anybody = () => ({ ...ground.citizens[0]!, lastStep: 0 })
  const [here, there] = [openWork(kind, { target: ours, next }), openWork(kind, { target: theirs, next: anybody })]
  const [mine, other]: [Stretch[], Stretch[]] = [[], []]
  const both = async (length: number) => {
    const side = { seconds: length, concurrency }
    return [
      await turn(here, { ...side, served: [pratu], stores: ground }),
      await turn(there, { ...side, served: [peer] }),
    ] as const
  }
  for (const [work, served] of [[here, pratu] as const, [there, peer] as const])
    await warm(work, { served: [served], concurrency })
  const length = kind === 'token' ? TOKEN_TURN : TURN
  for (let left = seconds; left > 0; left -= length) {
    const [one, another] = await both(Math.min(length, left))
    mine.push(one)
    other.push(another)
  }
  const counted = await count(ground, here)
  const several = options.processes > 1 ? await withMore(options, { ground, pratu, next, stack }) : undefined
  report(options, {
    kind,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}${pinned ? ', pinned' : ''}`,
    concurrency,
    ...ratios(mine, other),
    pratu: { ...summary(mine, [pratu]), ...counted },
    peer: summary(other, [peer]),
    ...(several && { several }),
  })
}

interface Side {
  readonly served: readonly Served[]
  readonly stores?: Ground
  readonly seconds: number
  readonly concurrency: number
}

export async function turn(work: Work, side: Side): Promise<Stretch> {
  await work.prepare()
  return stretch({ ...side, piece: () => work.piece() })
}

/** Work that isn't measured, until what it runs through is compiled. @throws Error where nothing at all is to be had. */
export async function warm(work: Work, side: Pick<Side, 'served' | 'concurrency'>, pieces = WARM_UP): Promise<void> {
  let left = pieces
  while (left > 0) {
    await work.prepare()
    const most = left
    let begun = 0
    const piece = () => (begun++ < most ? work.piece() : undefined)
    const { done } = await stretch({ ...side, seconds: TURN, tolerated: Number.POSITIVE_INFINITY, piece })
    if (done === 0) throw new Error('there is nothing to warm up with')
    left -= done
  }
}

function ratios(ours: readonly Stretch[], theirs: readonly Stretch[]) {
  const each = (all: readonly Stretch[], of: (one: Stretch) => number) =>
    all.reduce((sum, one) => sum + of(one), 0) / all.reduce((sum, one) => sum + one.done, 0)
  const node = (one: Stretch) => one.node
  const all = (one: Stretch) => one.node + one.postgres + one.redis
  return {
    /** Processor time of the Node process for one piece of work, Pratu's by the peer's. */
    ratio: round(each(ours, node) / each(theirs, node), 3),
    /** With PostgreSQL and Redis; the peer has neither. */
    ratio_all: round(each(ours, all) / each(theirs, node), 3),
    ratio_by_turn: ours.map((one, at) => round(each([one], node) / each([theirs[at]!], node), 3)),
  }
}

/** A few by themselves, one after another, with every statement and command written down. */
async function count(ground: Ground, work: Work) {
  await work.prepare()
  const { sql, redis } = await ground.counting(async () => {
    for (let at = 0; at < COUNTED; at += 1) await work.piece()
  })
  return {
    sql_statements: sql.length / COUNTED,
    redis_commands: redis.length / COUNTED,
    sql: tallied(sql),
    redis: tallied(redis),
  }
}

function tallied(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of lines) {
    const short = line.trim().slice(0, 70)
    counts[short] = (counts[short] ?? 0) + 1 / COUNTED
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, round(count, 1)]))
}

interface More {
  readonly ground: Ground
  readonly pratu: Served
  readonly next: Parameters<typeof openWork>[1]['next']
  readonly stack: AsyncDisposableStack
}

/**
 * One process and several in turn, requests spread over them as they come, as a balancer without memory would. With a share
 * all of them are on the first core, so that load and stores have the others, and as many people come as there are nodes.
 */
async function withMore(
  { kind, seconds, concurrency, processes, share }: Options,
  { ground, pratu, next, stack }: More,
) {
  const served = [pratu]
  while (served.length < processes) {
    const { settings, folder } = ground
    const core = share === undefined ? served.length % cpus().length : 0
    const node = await startPratu({ settings, folder, core })
    stack.defer(() => node.stop())
    served.push(node)
  }
  const crowd = (nodes: readonly Served[]) => (share === undefined ? concurrency : concurrency * nodes.length)
  const sides = await Promise.all(
    [[pratu], served].map(async (nodes) => {
      const addresses = nodes.map(({ address }) => address)
      const { secret } = ground
      const opening = { name: 'pratu', url: pratu.url, addresses, secret, concurrency: crowd(nodes) } as const
      const target = await openTarget(opening)
      stack.defer(() => target.close())
      return {
        served: nodes,
        concurrency: crowd(nodes),
        work: openWork(kind, { target, next }),
        stretches: [] as Stretch[],
      }
    }),
  )
  // Warmed up in freedom: what is compiled in a quarter of a processor would not be done by the end.
  for (const { work, ...side } of sides) await warm(work, side, WARM_UP * side.served.length)
  const free = share === undefined ? [] : served.map(({ pid }) => limitShare(pid, share))
  for (let left = seconds; left > 0; left -= TURN)
    for (const { work, stretches, ...side } of sides)
      stretches.push(await turn(work, { ...side, stores: ground, seconds: Math.min(TURN, left) }))
  for (const give of free) give()
  const [one, many] = sides.map(({ stretches, served: nodes }) => summary(stretches, nodes))
  return {
    processes,
    ...(share !== undefined && { share }),
    one: one!,
    many: many!,
    cpu_ratio: round(many!.cpu_ms / one!.cpu_ms, 3),
    rate_ratio: round(many!.per_second / one!.per_second, 3),
  }
}
