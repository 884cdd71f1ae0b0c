import { createServer } from 'node:net'

// Below the range from which the kernel serves connections that go out: a port that was free a moment ago would else be
// somebody's connection by the time its server listens (seen once in some 250 starts of the service, with two workers).
const FIRST = 10_240
const SLICE = 2_400
/** Each of jest's workers takes from its own; a cluster of Redis adds 10,000 for its bus, which is still below. */
const mine = FIRST + SLICE * (Number(process.env.JEST_WORKER_ID ?? 0) % 4)
let next = Math.floor(Math.random() * SLICE)

/** So many loopback ports that nothing listens at: for what must know its address before it listens. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let tried = 0; ports.length < count; tried++) {
    if (tried === SLICE) throw new Error(`No ${count} ports are free from ${mine} on`)
    const port = mine + (next++ % SLICE)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    // At every address, as the service listens.
    probe.listen(port, () => probe.close(() => resolve(true)))
  })
