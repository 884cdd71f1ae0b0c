import { openBreaker } from '../../platform/breaker.ts'
import { type Clock, pause } from '../../platform/clock.ts'
import { openFetch } from '../../platform/fetch.ts'
import type { Random } from '../../platform/random.ts'
import type { SmsSettings } from './settings.ts'
import { HEADERS, type SmsBody, signatureOf } from './wire.ts'

// The way to the gateway of text messages. Tells what the gateway said, never to whom or what was sent.

/** `refused`: it answered, and will not take this message. `failed`: no answer, or not now. */
export type Sent = 'sent' | 'refused' | 'failed'

export interface SmsGateway {
  /** Whether a number begins as we may send to. */
  serves(number: string): boolean
  /** @param id the same for every try of one message: the gateway drops a repetition. */
  send(id: string, message: SmsBody): Promise<Sent>
  /**
   * Sends soon, and nobody waits for it: what was asked for is answered before, in the same time whether or not there is
   * anybody to send to. A second try at once where the first failed; no more, for a code is asked for again.
   */
  soon(message: SmsBody): void
  /** False while the gateway doesn't answer, or more waits for it than it takes. */
  available(): boolean
  /** Ends after what is under way. */
  close(): Promise<void>
}

export interface Needs {
  readonly settings: SmsSettings
  readonly clock: Clock
  readonly random: Pick<Random, 'uuid' | 'digits'>
  /** Each message with what came of it, for the metrics. */
  heard?(purpose: SmsBody['purpose'], sent: Sent): void
  /** Whenever the breaker opens or closes. */
  changed?(state: 'opened' | 'closed'): void
  onFault(error: unknown): void
  /** Milliseconds for one answer. */
  readonly timeout?: number
}

const CONNECTIONS = 16
/** Milliseconds: by then the answer to whoever asked is on its way; and up to SPREAD more, so that nobody who asks for
 * something else meanwhile can tell by its time that a message was being sent. */
const SOON = 20
const SPREAD = 200
/** Codes on their way from this node: at a tenth of a second each, a thousand a second. */
const MOST = 500

export function openSmsGateway(needs: Needs): SmsGateway {
  const { settings, clock, random, heard, changed, onFault, timeout = 5_000 } = needs
  const { hostname, href } = new URL(settings.gateway)
  // The operator named it: it may stand in a private network.
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const outgoing = openFetch({ allow: [host], timeout, connections: CONNECTIONS })
  const breaker = openBreaker({ clock, ...(changed && { heard: changed }) })
  const underWay = new Set<Promise<void>>()

  async function post(id: string, message: SmsBody): Promise<Sent> {
    const tell = breaker.enter()
    if (!tell) return 'failed'
    const body = JSON.stringify(message)
    const timestamp = Math.floor(clock.now() / 1000)
    try {
      const response = await outgoing.fetch(href, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          [HEADERS.id]: id,
          [HEADERS.timestamp]: String(timestamp),
          [HEADERS.signature]: signatureOf(settings.secret, { id, timestamp, body }),
        },
        body,
      })
      await response.body?.cancel()
      const sent = meaningOf(response.status)
      tell(sent === 'failed' ? 'failed' : 'answered')
      return sent
    } catch {
      tell('failed')
      return 'failed'
    }
  }

  async function send(id: string, message: SmsBody): Promise<Sent> {
    const sent = await post(id, message)
    heard?.(message.purpose, sent)
    return sent
  }

  async function twice(message: SmsBody): Promise<void> {
    const id = random.uuid()
    if ((await send(id, message)) === 'failed') await send(id, message)
  }

  return {
    serves: (number) => settings.prefixes.some((prefix) => number.startsWith(prefix)),
    send,
    soon(message) {
      const sending = pause(SOON + (Number(random.digits(3)) / 1_000) * SPREAD)
        .then(() => twice(message))
        .catch(onFault)
        .finally(() => underWay.delete(sending))
      underWay.add(sending)
    },
    available: () => breaker.closed() && underWay.size < MOST,
    async close() {
      await Promise.all(underWay)
      await outgoing.close()
    },
  }
}

/** A wrong secret or address is ours to mend, so it is a failure: the method is shown as not to be had. */
function meaningOf(status: number): Sent {
  if (status >= 200 && status < 300) return 'sent'
  return [400, 409, 410, 413, 422].includes(status) ? 'refused' : 'failed'
}
