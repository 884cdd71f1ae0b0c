import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Phones } from '../phones/phones.ts'

// What a gateway of text messages does with what it is sent: believes only what is signed, drops repetitions, and lets
// the telephone have the rest. Reads the wire as docs/operate.md describes it, with nothing of the service's own.

export interface Received {
  readonly id: string
  readonly to: string
  readonly text: string
  readonly purpose: string
  readonly language: string
  /** Epoch milliseconds. */
  readonly at: number
}

export interface SmsBox {
  /** @returns the HTTP status. */
  receive(headers: (name: string) => string, body: string): number
  /** The newest first. */
  all(): readonly Received[]
  /** What the service must know of it. */
  settings(origin: string): {
    readonly gateway: string
    readonly secret: Buffer
    readonly prefixes: readonly string[]
    readonly home: string
  }
}

export interface Needs {
  readonly secret: Buffer
  readonly phones: Phones
  readonly clock: Clock
}

const KEPT = 200
/** Seconds by which a message may be old, or a clock be wrong. */
const TOLERANCE = 300
const SWITCH = 'sms'

export function openSmsBox({ secret, phones, clock }: Needs): SmsBox {
  const received: Received[] = []
  const seen = new Set<string>()
  const told = new Map<string, string>()
  phones.hang({
    id: SWITCH,
    label: { th: 'ข้อความ SMS', en: 'Text messages', et: 'Sõnumid' },
    options: [
      { id: 'arrive', label: { th: 'มาถึง', en: 'Arrive', et: 'Jõuavad kohale' } },
      { id: 'refused', label: { th: 'เครือข่ายไม่รับ', en: 'Are refused by the network', et: 'Võrk ei võta vastu' } },
      { id: 'down', label: { th: 'เกตเวย์ขัดข้อง', en: 'Meet a gateway that is down', et: 'Lüüs on maas' } },
    ],
    get: (phone) => told.get(phone) ?? 'arrive',
    set: (phone, option) => void told.set(phone, option),
  })

  function signed(headers: (name: string) => string, body: string): boolean {
    const timestamp = headers('webhook-timestamp')
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(clock.now() / 1000 - Number(timestamp)) > TOLERANCE) return false
    const expected = createHmac('sha256', secret)
      .update(`${headers('webhook-id')}.${timestamp}.${body}`)
      .digest()
    // Several, while a secret is being changed.
    return headers('webhook-signature')
      .split(' ')
      .map((one) => Buffer.from(one.replace(/^v1,/, ''), 'base64'))
      .some((one) => one.length === expected.length && timingSafeEqual(one, expected))
  }

  return {
    receive(headers, body) {
      if (!signed(headers, body)) return 401
      const id = headers('webhook-id')
      const message = messageIn(body)
      if (!message) return 400
      const { to, text, purpose, language } = message
      const how = told.get(to) ?? 'arrive'
      if (how === 'down') return 503
      if (how === 'refused') return 422
      if (seen.has(id)) return 200
      seen.add(id)
      received.unshift({ id, to, text, purpose, language, at: clock.now() })
      for (const old of received.splice(KEPT)) seen.delete(old.id)
      phones.receive(to, { from: 'Pratu', text, at: clock.now() })
      return 202
    },
    all: () => received,
    settings: (origin) => ({
      gateway: `${origin}/sms/messages`,
      secret,
      prefixes: ['+66', '+372', '+999'],
      home: 'TH',
    }),
  }
}

function messageIn(body: string): Record<'to' | 'text' | 'purpose' | 'language', string> | undefined {
  let read: unknown
  try {
    read = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof read !== 'object' || read === null) return undefined
  const { to, text, purpose, language } = read as Record<string, unknown>
  if (typeof to !== 'string' || !/^\+\d{8,15}$/.test(to) || typeof text !== 'string') return undefined
  return { to, text, purpose: String(purpose), language: String(language) }
}
