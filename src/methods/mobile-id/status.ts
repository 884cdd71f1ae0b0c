import type { Session, SessionStatus } from './wire.ts'

// From what the service answered to what the interface knows: members that are needed must be there with their types, any
// others are passed over, for the provider adds some from time to time. What a value means is judged elsewhere.

const LONGEST = 16_384
/** It stands in an address of ours: nothing else than these signs may come. */
const ID = /^[\w-]{1,64}$/

const members = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
const text = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST

export function readSession(value: unknown): Session | undefined {
  const { sessionID } = members(value) ?? {}
  return text(sessionID) && ID.test(sessionID) ? { sessionID } : undefined
}

/** A result that is no word is one that nobody knows. @returns undefined for what is no answer to the question at all. */
export function readStatus(value: unknown): SessionStatus | undefined {
  const { state, result, signature, cert } = members(value) ?? {}
  if (state === 'RUNNING') return { state }
  if (state !== 'COMPLETE') return undefined
  const word = text(result) ? result : ''
  if (word !== 'OK') return { state, result: word }
  const { value: signed, algorithm } = members(signature) ?? {}
  if (!text(signed) || !text(algorithm) || !text(cert)) return undefined
  return { state, result: word, signature: { value: signed, algorithm }, cert }
}
