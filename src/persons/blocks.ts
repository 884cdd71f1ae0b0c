import type { MethodId } from '../identity/identifiers.ts'

// Which ways in a person has shut for themselves. `blocked` names them one by one; `only` names what stays open, so that
// a method that comes later is shut as well.

export type Blocks = { readonly blocked: readonly MethodId[] } | { readonly only: readonly MethodId[] }

export const isBlocked = (blocks: Blocks | undefined, method: MethodId): boolean => {
  if (!blocks) return false
  return 'only' in blocks ? !blocks.only.includes(method) : blocks.blocked.includes(method)
}

/** Nothing is blocked: none at all. */
export const blocksOf = (blocked: readonly MethodId[] | null, only: readonly MethodId[] | null): Blocks | undefined => {
  if (only) return { only }
  return blocked && blocked.length > 0 ? { blocked } : undefined
}

export const sameBlocks = (one: Blocks | undefined, other: Blocks | undefined): boolean =>
  wordsOf(one) === wordsOf(other)

/** For people who read it: an operator, the audit. */
export function wordsOf(blocks: Blocks | undefined): string {
  if (!blocks) return 'none'
  return 'only' in blocks ? `all but ${blocks.only.toSorted().join(', ')}` : blocks.blocked.toSorted().join(', ')
}
