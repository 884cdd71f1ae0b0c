import { type Assurance, atLeast, higher } from '../identity/assurance.ts'
import type { MethodId } from '../identity/identifiers.ts'
import type { Method } from '../methods/method.ts'
import { type Blocks, isBlocked } from '../persons/blocks.ts'
import type { Person, Persons } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Owner, Tell } from './own-means.ts'

// A citizen says by which ways they are let in. Shutting one needs no more than being signed in, for it is what somebody
// does whose card was stolen; opening one needs a sign-in at least as sure as that way, or whoever stole the weak means
// would open the strong one's door. Price: who stole a weak means can shut the others; the person is told, and the desk
// opens them again.

export interface Wanted {
  /** Of the methods on offer, those that may let the person in. */
  readonly open: readonly MethodId[]
  /** Those that come later too. */
  readonly later: boolean
}

export interface OwnBlocks {
  /** As it is now, of the methods on offer. */
  now(person: Person): {
    readonly ways: readonly { readonly id: MethodId; readonly open: boolean }[]
    readonly later: boolean
  }
  /** @returns the assurance that the sign-in lacks, where it does; `none-left` where nobody could get in any more. */
  change(owner: Owner, wanted: Wanted): Promise<'done' | 'none-left' | { readonly lacks: Assurance }>
}

export interface Needs {
  readonly db: Db
  readonly methods: readonly Pick<Method, 'id' | 'assurance'>[]
  readonly persons: Pick<Persons, 'setBlocks'>
  readonly tell: Tell
}

export function openOwnBlocks({ db, methods, persons, tell }: Needs): OwnBlocks {
  const opened = ({ blocks }: Person, { open, later }: Wanted): readonly Pick<Method, 'assurance'>[] => [
    ...methods.filter(({ id }) => open.includes(id) && isBlocked(blocks, id)),
    // Nobody knows how sure a way is that isn't there yet: as sure as the surest.
    ...(later && blocks && 'only' in blocks ? methods : []),
  ]

  return {
    now: ({ blocks }) => ({
      ways: methods.map(({ id }) => ({ id, open: !isBlocked(blocks, id) })),
      later: !blocks || 'blocked' in blocks,
    }),
    async change({ person, acr, request }, wanted) {
      const open = methods.map(({ id }) => id).filter((id) => wanted.open.includes(id))
      if (open.length === 0) return 'none-left'
      const need = opened(person, wanted).reduce<Assurance>((most, { assurance }) => higher(most, assurance), 'low')
      if (!atLeast(acr, need)) return { lacks: need }
      const blocks = asBlocks(
        person.blocks,
        methods.map(({ id }) => id),
        open,
        wanted.later,
      )
      await transaction(db, async (tx) => {
        const actor = { kind: 'citizen', person: person.key } as const
        if (!(await persons.setBlocks(tx, person.key, blocks, { actor, request }))) return
        const changed = (from: Blocks | undefined, to: Blocks | undefined) =>
          methods.flatMap(({ id }) => (isBlocked(to, id) && !isBlocked(from, id) ? [id] : [])).join(',')
        const shut = changed(person.blocks, blocks)
        const again = changed(blocks, person.blocks)
        if (shut) await tell(tx, person.key, { kind: 'method-blocked', method: shut })
        if (again) await tell(tx, person.key, { kind: 'method-opened', method: again })
      })
      return 'done'
    },
  }
}

/** What was blocked and is not on offer just now stays blocked. */
function asBlocks(
  before: Blocks | undefined,
  offered: readonly MethodId[],
  open: readonly MethodId[],
  later: boolean,
): Blocks | undefined {
  if (!later)
    return { only: [...open, ...(before && 'only' in before ? before.only.filter((id) => !offered.includes(id)) : [])] }
  const elsewhere = before && 'blocked' in before ? before.blocked.filter((id) => !offered.includes(id)) : []
  const blocked = [...offered.filter((id) => !open.includes(id)), ...elsewhere]
  return blocked.length > 0 ? { blocked } : undefined
}
