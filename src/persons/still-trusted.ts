import { METHOD_IDS, type MethodId } from '../identity/identifiers.ts'
import { isBlocked } from './blocks.ts'
import type { Person } from './person.ts'

/** Something that stands on a sign-in of theirs: a session, a token. */
export interface Earlier {
  /** Epoch seconds: of the sign-in, or where that isn't known of what was made from it later. */
  readonly at: number | undefined
  /** RFC 8176 values, and the id of the method. */
  readonly amr?: readonly string[] | undefined
}

/**
 * Whether what stands on an earlier sign-in still counts: the person's sign-ins were not ended since, and it was by no
 * means that they have blocked. Counted in whole seconds, as tokens are: what was made in the very second of the end
 * stays, for the sign-in that caused the end is among it.
 */
export function stillTrusted({ endedAt, blocks }: Pick<Person, 'endedAt' | 'blocks'>, { at, amr }: Earlier): boolean {
  if (endedAt !== undefined && (at === undefined || at < Math.floor(endedAt / 1000))) return false
  return !blocks || !(amr ?? []).some((word) => isMethod(word) && isBlocked(blocks, word))
}

const isMethod = (word: string): word is MethodId => (METHOD_IDS as readonly string[]).includes(word)
