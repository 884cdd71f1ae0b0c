import pg from 'pg'
import { pause as realPause } from './clock.ts'

// What other nodes have just committed, by PostgreSQL's notifications: a word a topic, never content. A net hangs below it:
// whoever listens also looks every few seconds (follow.ts), for a notification that nobody heard is lost.

/** The one channel; `pg_notify('pratu', topic)` in the transaction that changes something. */
const CHANNEL = 'pratu'
const RETRY = 1_000

export interface Signals {
  /** `heard` is also called whenever the connection is made anew, for what was missed. Answers how to stop. */
  on(topic: string, heard: () => void): () => void
  close(): Promise<void>
}

export interface Needs {
  readonly url: string
  /** The connection was lost, or can't be made. It is tried again every second. */
  readonly onFault?: (fault: unknown) => void
  readonly pause?: typeof realPause
}

export function openSignals({ url, onFault, pause = realPause }: Needs): Signals {
  const listeners = new Set<{ readonly topic: string; heard(): void }>()
  const stop = new AbortController()

  /** Until the connection ends. */
  async function listen(): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'pratu signals' })
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve)
      client.on('error', (fault) => {
        onFault?.(fault)
        resolve()
      })
      stop.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    try {
      client.on('notification', ({ payload }) => {
        for (const { topic, heard } of listeners) if (topic === payload) heard()
      })
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      for (const { heard } of listeners) heard()
      await ended
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  async function keepListening(): Promise<void> {
    while (!stop.signal.aborted) {
      await listen().catch((fault: unknown) => onFault?.(fault))
      if (!stop.signal.aborted) await pause(RETRY, stop.signal)
    }
  }
  const loop = keepListening()

  return {
    on(topic, heard) {
      const listener = { topic, heard }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      stop.abort()
      await loop
    },
  }
}
