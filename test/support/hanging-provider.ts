import { randomUUID } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// As much of Mobile-ID's service as waiting needs: sessions begin, and every poll of them hangs for as long as it is asked
// to, as the real one's do; in the end everybody has refused. For tests and figures of many who wait.

/** Of a service that is to ask it. `issuers`: any folder of issuers, for nobody ever answers. */
export const hangingSettings = (address: string, issuers: string): Record<string, string> => ({
  PRATU_MOBILE_ID_ADDRESS: `${address}/mid-api`,
  PRATU_MOBILE_ID_RP_UUID: '00000000-0000-0000-0000-000000000000',
  PRATU_MOBILE_ID_RP_NAME: 'WAITING',
  PRATU_MOBILE_ID_ISSUERS: issuers,
  PRATU_MOBILE_ID_LEAD: '0',
})

export async function openHangingProvider() {
  const hanging = new Map<ServerResponse, NodeJS.Timeout>()
  let over = false
  const tell = (answer: ServerResponse, state: object) => {
    clearTimeout(hanging.get(answer))
    hanging.delete(answer)
    answer.setHeader('content-type', 'application/json').end(JSON.stringify(state))
  }
  const CANCELLED = { state: 'COMPLETE', result: 'USER_CANCELLED' }
  const server: Server = createServer((asked, answer) => {
    const { pathname, searchParams } = new URL(asked.url ?? '/', 'http://localhost')
    if (asked.method === 'POST') {
      asked.resume().once('end', () => tell(answer, { sessionID: randomUUID() }))
    } else if (pathname.includes('/session/')) {
      if (over) return tell(answer, CANCELLED)
      const ms = Number(searchParams.get('timeoutMs') ?? 1_000)
      hanging.set(
        answer,
        setTimeout(() => tell(answer, { state: 'RUNNING' }), ms),
      )
      answer.once('close', () => {
        clearTimeout(hanging.get(answer))
        hanging.delete(answer)
      })
    } else answer.writeHead(404).end()
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    hanging: () => hanging.size,
    end() {
      over = true
      for (const answer of [...hanging.keys()]) tell(answer, CANCELLED)
    },
    /** Those who come later hang again. */
    again() {
      over = false
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
