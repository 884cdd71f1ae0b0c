import { openTarget, TurnedAway } from './browser.ts'
import { cpuOf } from './cpu.ts'
import { come, type Outcome } from './crowd.ts'
import { openGround } from './ground.ts'
import { round, stretch } from './measure.ts'
import { leaveFirstCore, pinned, startPratu } from './server.ts'
import { openWork } from './work.ts'

// One node, and three times as many people as it can serve. First what it can serve (so many at once, each beginning
// when the one before is through), then the crowd, then again what it can serve: has anything stayed behind?

export interface Options {
  readonly seconds: number
  /** How many people at once show what the node can serve. */
  readonly concurrency: number
  /** How many times as many come. */
  readonly times: number
  /** Milliseconds that a person takes to fill in the form, on average. */
  readonly think: number
  readonly json: boolean
}

export interface Result {
  readonly kind: 'overload'
  readonly machine: string
  /** Sign-ins a second: before, and after the crowd has gone. */
  readonly capacity: number
  readonly afterwards: number
  readonly offered: number
  /** Goodput by capacity, before or afterwards, whichever was more. */
  readonly share: number
  /** Of a processor that the node used meanwhile, and what each sign-in cost it before and then. */
  readonly busy: number
  readonly cpu_ms: number
  readonly cpu_ms_crowded: number
  readonly load_busy: number
  readonly crowd: Outcome
}

const WARM_UP = 20
const MEASURE = 20
const DEADLINE = 10_000
/** Nobody whom the node lets in must come again before their code is another: enough for 660 a second. */
const CITIZENS = 20_000

export async function measureOverload({ seconds, concurrency, times, think, json }: Options): Promise<Result> {
  await leaveFirstCore()
  await using stack = new AsyncDisposableStack()
  const ground = await openGround({ citizens: CITIZENS })
  stack.defer(() => ground.close())
  const pratu = await startPratu(ground)
  stack.defer(() => pratu.stop())
  let turn = 0
  const next = () => ground.citizens[turn++ % ground.citizens.length]!
  const target = await openTarget({ name: 'pratu', url: pratu.url, secret: ground.secret, concurrency: undefined })
  stack.defer(() => target.close())
  const work = openWork('sign-in', { target, next })
  // Whoever is turned away while we only want to know what the node can serve comes again: on a machine that others use.
  const piece = async (): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        return await work.piece()
      } catch (error) {
        if (!(error instanceof TurnedAway) || tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  }
  const serve = (length: number) => stretch({ served: [pratu], stores: ground, concurrency, seconds: length, piece })
  await serve(WARM_UP)
  const before = await serve(MEASURE)
  const capacity = before.done / before.seconds
  const used = { node: cpuOf(pratu.pid), load: cpuOf(process.pid), at: performance.now() }
  const crowd = await come(target, next, { perSecond: times * capacity, seconds, think, deadline: DEADLINE })
  const node = cpuOf(pratu.pid) - used.node
  const lasted = performance.now() - used.at
  const after = await serve(MEASURE)
  const result: Result = {
    kind: 'overload',
    machine: `Node ${process.version}${pinned ? ', pinned' : ''}`,
    capacity: round(capacity, 1),
    afterwards: round(after.done / after.seconds, 1),
    offered: round(times * capacity, 1),
    share: round(crowd.per_second / Math.max(capacity, after.done / after.seconds), 3),
    busy: round(node / lasted, 2),
    cpu_ms: round(before.node / before.done, 2),
    cpu_ms_crowded: round(node / crowd.done, 2),
    load_busy: round((cpuOf(process.pid) - used.load) / lasted, 2),
    crowd,
  }
  if (json) console.log(JSON.stringify(result))
  else {
    const { by_second: each, ...rest } = crowd
    console.log(
      `${result.machine}: ${result.capacity} sign-ins a second, ${concurrency} at once; ${result.offered} come`,
    )
    console.log(
      `through in time: ${crowd.per_second} a second, ${result.share} of what it can; ${JSON.stringify(rest)}`,
    )
    console.log(`by second: ${each.join(' ')}`)
    console.log(`afterwards ${result.afterwards} a second; ${JSON.stringify({ ...result, crowd: undefined })}`)
  }
  return result
}
