import { createHmac } from 'node:crypto'

// What the gateway of text messages is sent: one POST for each message, signed as Standard Webhooks 1.0 says, so that a
// gateway's maker finds a library for it in every language. docs/operate.md has a worked example.

export const HEADERS = { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' } as const

/** The body, as JSON. */
export interface SmsBody {
  /** E.164, with the plus. */
  readonly to: string
  readonly text: string
  /** In which the text is. */
  readonly language: string
  /** A code is worth nothing later; an announcement may wait. */
  readonly purpose: 'code' | 'announcement'
  /** ISO 8601: better not delivered at all after that. */
  readonly expires?: string
}

/** @returns undefined unless it is `whsec_` and the base64 of 24 to 64 bytes. */
export function secretBytes(text: string): Buffer | undefined {
  const coded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1]
  const bytes = coded === undefined ? undefined : Buffer.from(coded, 'base64')
  return bytes && bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined
}

/** @param timestamp seconds since 1970. */
export function signatureOf(
  secret: Buffer,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}
