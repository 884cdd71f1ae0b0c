// What another Node process holds for good: its engine is asked, over its inspector, to give back whatever nobody needs, and
// then what is left. Only a process of a test's own has an inspector (`inspected`).

export interface Heap {
  /** Collects everything first. Bytes that are in use then, on the heap and beside it. */
  live(): Promise<{ readonly heap: number; readonly beside: number }>
  close(): void
}

/** Words for Node: an inspector on loopback alone. */
export const inspected = (port: number): readonly string[] => [`--inspect=127.0.0.1:${port}`]

interface Told {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly error?: { readonly message: string }
}

export async function openHeap(port: number): Promise<Heap> {
  const [first] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    readonly webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(first!.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), { once: true })
  })
  const waiting = new Map<number, (told: Told) => void>()
  socket.addEventListener('message', ({ data }) => {
    const told = JSON.parse(String(data)) as Told
    if (told.id !== undefined) waiting.get(told.id)?.(told)
  })
  let last = 0
  async function ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++last
    const { promise, resolve } = Promise.withResolvers<Told>()
    waiting.set(id, resolve)
    socket.send(JSON.stringify({ id, method, params }))
    const { error, result } = await promise
    waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result?.result?.value
  }
  return {
    async live() {
      await ask('HeapProfiler.collectGarbage')
      const expression = 'JSON.stringify(process.memoryUsage())'
      const said = JSON.parse(String(await ask('Runtime.evaluate', { expression }))) as NodeJS.MemoryUsage
      return { heap: said.heapUsed, beside: said.external }
    },
    close: () => socket.close(),
  }
}
