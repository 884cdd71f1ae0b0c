// The words of the service: identifiers that can't be mistaken for one another. Owns types only; every chapter uses them.
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A person in the register: a random UUID, never a national code. */
export type PersonKey = Branded<'person'>
/** A relying party's OAuth `client_id`. */
export type ClientId = Branded<'client'>
/** An agency (the organisation that runs relying parties). */
export type AgencyId = Branded<'agency'>
/** One HTTP request, as printed in logs and on error pages. */
export type RequestId = Branded<'request'>
/** One authorization interaction (oidc-provider's interaction uid). */
export type InteractionId = Branded<'interaction'>

/** Names a session in pages, commands and receipts; no bearer secret. */
export type SessionRef = Branded<'session'>

/** A login method's id as it stands in `id="method-<id>"`, in `amr` and in the audit. */
export const METHOD_IDS = [
  'smart-card',
  'mobile-id',
  'smart-id',
  'thaid',
  'mitid',
  'passkey',
  'totp',
  'sms-code',
  'code-card',
] as const
export type MethodId = (typeof METHOD_IDS)[number]

export const personKey = (value: string): PersonKey => value as PersonKey
export const clientId = (value: string): ClientId => value as ClientId
export const agencyId = (value: string): AgencyId => value as AgencyId
export const requestId = (value: string): RequestId => value as RequestId
export const sessionRef = (value: string): SessionRef => value as SessionRef
export const interactionId = (value: string): InteractionId => value as InteractionId
