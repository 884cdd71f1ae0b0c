import type { Json } from '../identity/json.ts'

// What the protocol must remember for a while: the contract of the sessions store, kept by `memory` and `redis` alike
// (test/contracts/artifacts). Owns liveness and one-time use; knows nothing of OpenID Connect. Called by oidc/adapter
// and by login. Every value is sealed before it leaves the process and every key is a hash, so that a dump of the
// store gives nobody a bearer secret or a name. Expiry here only frees room: what is valid is said by the payload.

/** The kinds of plain record. One letter or two each in the store's keys. */
export type Kind =
  | 'code'
  | 'access-token'
  | 'refresh-token'
  | 'grant'
  | 'interaction'
  | 'pushed-request'
  | 'attempt'
  | 'card-visit'
  | 'card-ticket'
  | 'passkey-question'
  | 'watch'
  | 'redeemed'

export interface Found {
  readonly value: Json
  /** Epoch seconds of the first use, when it was consumed. */
  readonly consumed?: number
}

export interface SessionRecord {
  /** Random and stable over the session's life; sign-out marks it dead. Never shown outside. */
  readonly uid: string
  /** `<uid>.<random>`: the bearer secret in the cookie. */
  readonly id: string
  /** Everything but the relying parties. */
  readonly body: Json
  /**
   * What each relying party has in this session, by client id. Saving merges, entry by entry; an entry that equals what
   * it was before it changed or was dropped comes from a tab that loaded it earlier, and is left out.
   */
  readonly parties: ReadonlyMap<string, Json>
  /** Epoch seconds to which it was prolonged since it was last saved. */
  readonly until?: number
}

export interface SaveSession extends Omit<SessionRecord, 'until'> {
  /** Client ids whose entry this save takes away (leaving one service). */
  readonly dropped?: readonly string[]
  /** The id this save replaces (rotation): dies at once unless `grace`, in seconds, lets late tabs find the session under it. Without grace all earlier graces end too. */
  readonly replaces?: { readonly id: string; readonly grace: number }
  /** It was read from the store before: a store that is full takes it all the same, for so does a sign-out begin. */
  readonly known?: boolean
}

export interface Artifacts {
  /** Creates or replaces a record. `ttl` in seconds, ≥ 1. Replacing never clears a consumed mark nor shortens its keeping. */
  put(kind: Kind, id: string, value: Json, ttl: number): Promise<void>
  /** `keep`: from now on the record is kept for so many seconds, found being a reason to. */
  get(kind: Kind, id: string, keep?: number): Promise<Found | undefined>
  /**
   * Marks a record used, exactly once over all nodes: of 50 parallel callers one gets `consumed`.
   * The mark outlives the record's own ttl where `keep` seconds is longer, so that a late replay is still recognised.
   */
  consume(kind: Kind, id: string, at: number, keep: number): Promise<'consumed' | 'already' | 'missing'>
  remove(kind: Kind, id: string): Promise<void>
  /** True for the first caller that names `id` within `ttl` seconds, false for all others (assertion `jti`, one-time markers). */
  once(id: string, ttl: number): Promise<boolean>

  /**
   * Merges a session: entries of relying parties stored meanwhile are kept; a dead uid is refused, silently, forever
   * (`ended`). A save under an id that is no longer the current one merges its entries and does not become current:
   * the body and the lifetime stay too. Of two tabs that replace one id at once, the second's id is honoured only as
   * long as the one it replaced.
   */
  saveSession(session: SaveSession, ttl: number): Promise<'saved' | 'ended'>
  /** By the cookie's id: current, or replaced within its grace (then `id` is the current one). */
  findSession(id: string): Promise<SessionRecord | undefined>
  findSessionByUid(uid: string): Promise<SessionRecord | undefined>
  /**
   * It was used where its body is not at hand: says until when it lives now, and keeps it so long. The next save of it says
   * that itself again. False: there is none. `until` in epoch seconds, `ttl` in seconds.
   */
  prolongSession(uid: string, until: number, ttl: number): Promise<boolean>
  /** Ends it for good: whatever is still in flight cannot bring it back for `tombstone` seconds. */
  endSession(uid: string, tombstone: number): Promise<void>

  /** Throws when the store does not answer within its limit; says what it is for /health/ready. */
  check(): Promise<void>
  close(): Promise<void>
}

/** The store did not answer in time, is full, or refused: becomes an honest 503 (PRT-5002), never a half answer. */
export class ArtifactsUnavailable extends Error {}
