// How long each thing lives, in seconds. Short, because nothing here is expensive to get again while the session lives.

/** RFC 6749 §4.1.2 recommends at most ten minutes; FAPI 2.0 and ASVS 10.4.3 one. */
export const CODE = 60
/** An ID token is looked at once, on arrival. */
export const ID_TOKEN = 300
export const ACCESS_TOKEN = 600
/** Can't be revoked, so it is shorter (RFC 9068 tokens are checked without asking us). */
export const RESOURCE_JWT = 300
/** From the agency's redirect to the person's last click. */
export const INTERACTION = 900
/**
 * One that no browser has come for is kept this long: whoever only knocks, a thousand times a second, must not fill the
 * store (security bar F7, §3 row 33). A browser follows the redirect at once; from then on the above holds.
 */
export const UNSEEN_INTERACTION = 30
/** What the agency is told (fixed in the library) is 60; it is kept as long as an interaction may refer to it. */
export const PUSHED_REQUEST_KEPT = INTERACTION + 60
/** A used code is remembered as long as what it brought forth may live, so that a late replay is recognised. */
export const USED_CODE_KEPT = ACCESS_TOKEN + 60
/** How far agencies' clocks may be off. */
export const CLOCK_TOLERANCE = 10
/** The longest life that a client assertion may claim. */
export const ASSERTION = 3600
/** After a change of the session's id: late tabs still find it under the old one. */
export const LATE_TABS = 60
/** What is used more often is as if it were used this often. */
export const COARSE = 60
/** The longest time for which an agency's key set is believed, whatever its own headers say. */
export const CLIENT_KEYS = 1200
/** What agencies may keep of discovery and of our key set; a rotation waits for it. */
export const PUBLISHED = 300

/** What a rotation of the signing keys must wait for: see signing/waits.ts. Agencies send an ID token as a hint for as long
 * as they keep it; after a month they are asked once more whom they mean. */
export const KEY_LIVES = { published: PUBLISHED, signed: Math.max(ID_TOKEN, RESOURCE_JWT), hint: 30 * 24 * 3_600 }

/** Who is back that soon after a code was redeemed for them was perhaps turned away with it. */
export const RETURNS_WITHIN = 60

/** The session's two limits: without use, and in all. */
export interface SessionLimits {
  /** Where the last sign-in reached `high`: a card's owner has perhaps left the reader behind. */
  readonly idleHigh: number
  readonly idle: number
  readonly absolute: number
}
