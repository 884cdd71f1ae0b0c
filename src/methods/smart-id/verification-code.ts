import { hash } from 'node:crypto'

/**
 * The four digits that page and telephone show in the notification flow (RP API 3, "Verification code").
 * @param rpChallenge base64, as it was sent.
 */
export function verificationCode(rpChallenge: string): string {
  const digest = hash('sha256', Buffer.from(rpChallenge, 'base64'), 'buffer')
  return String(digest.readUInt16BE(digest.length - 2) % 10_000).padStart(4, '0')
}
