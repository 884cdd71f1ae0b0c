import { cpuOf } from './cpu.ts'
import { openGround } from './ground.ts'
import { round } from './measure.ts'
import { leaveFirstCore, startPratu } from './server.ts'

// How soon a node serves: from the start of its process to its first answer, on stores that are there.

const TIMES = 7

export async function measureStart({ json }: { readonly json: boolean }): Promise<void> {
  await leaveFirstCore()
  await using stack = new AsyncDisposableStack()
  const ground = await openGround({ citizens: 10 })
  stack.defer(() => ground.close())
  const starts: { readonly ready: number; readonly cpu: number }[] = []
  while (starts.length < TIMES) {
    const node = await startPratu(ground)
    starts.push({ ready: node.readyAfter, cpu: cpuOf(node.pid) })
    await node.stop()
  }
  const middle = (of: (one: (typeof starts)[number]) => number) =>
    round(starts.map(of).toSorted((a, b) => a - b)[Math.floor(TIMES / 2)] ?? 0, 0)
  const result = {
    kind: 'start',
    times: TIMES,
    ready_ms: middle(({ ready }) => ready),
    cpu_ms: middle(({ cpu }) => cpu),
  }
  if (json) console.log(JSON.stringify(result))
  else console.log(`ready after ${result.ready_ms} ms, ${result.cpu_ms} ms of CPU (middle of ${TIMES})`)
}
