import type { Actor } from '../identity/actor.ts'
import { METHOD_IDS, type MethodId, type PersonKey, type RequestId } from '../identity/identifiers.ts'
import type { Json } from '../identity/json.ts'
import { type Blocks, isBlocked } from '../persons/blocks.ts'
import type { Cases } from '../persons/cases.ts'
import type { Told } from '../persons/notices.ts'
import type { OwnLinks } from '../persons/own-links.ts'
import type { Person, Persons } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { Tell } from './own-means.ts'

// "This was not me." What is done at once, whoever says it: what was entered is over, the means that was used is shut as the
// person might have shut it themselves, and a case is opened that people look into. Nothing is taken away for good: the
// worst that somebody with a stolen notice can do is to shut a way that a desk opens again.

/** What somebody says was not them. */
export interface Disowned {
  readonly what: Json
  /** The means by which it was done; absent where none can be named. */
  readonly method?: MethodId
  /** The session to end; absent: none. */
  readonly which?: Which
}

/** As much as is known of a session: by its own name, or by the sign-in that began it. */
export interface Which {
  readonly session?: string
  /** Epoch seconds. */
  readonly signIn?: number
  readonly device?: string
  /** The one in which it is said: it goes only where it is named itself. */
  readonly except?: string
}

export interface Done {
  /** Of the case. */
  readonly number: string
  /** What is shut now, and what was before. */
  readonly blocked: MethodId | undefined
}

export interface NotMe {
  /** Said on the own page, by somebody signed in surely. */
  said(about: Disowned, by: { readonly person: PersonKey; readonly request: RequestId }): Promise<Done>
  /** What a link is about; undefined for one that is used or too old. Changes nothing. */
  linked(token: string): Promise<{ readonly person: Person; readonly told: Told } | undefined>
  /** Said by the link. Undefined where it was used meanwhile. */
  saidByLink(token: string, request: RequestId): Promise<(Done & { readonly person: Person }) | undefined>
}

/** Ends sessions of a person, with everything that stands on them, in the transaction or right after it. */
export type EndSignIns = (tx: Db, person: PersonKey, which: Which | 'all', by: Actor) => Promise<void>

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'get' | 'setBlocks'>
  readonly cases: Pick<Cases, 'open'>
  readonly links: OwnLinks
  readonly endSignIns: EndSignIns
  readonly tell: Tell
}

const REASON = 'said not to have been them'

export function openNotMe({ db, persons, cases, links, endSignIns, tell }: Needs): NotMe {
  async function act(
    tx: Db,
    person: Person,
    { what, method }: Disowned,
    which: Which | 'all' | undefined,
    by: { readonly actor: Actor; readonly said: 'page' | 'link'; readonly request: RequestId },
  ): Promise<Done> {
    const { actor, said, request } = by
    const { key, blocks } = person
    if (method && !isBlocked(blocks, method)) {
      await tell(tx, key, { kind: 'method-blocked', method })
      await persons.setBlocks(tx, key, without(blocks, method), { actor, request, reason: REASON })
    }
    if (which) await endSignIns(tx, key, which, actor)
    const about = { what, ...(method && { method }) } as Json
    const number = await cases.open(tx, { person: key, said, about, actor, request })
    return { number, blocked: method }
  }

  return {
    said: (about, { person: key, request }) =>
      transaction(db, async (tx) => {
        const person = await persons.get(tx, key)
        if (!person) throw new Error('not me: no such person')
        return act(tx, person, about, about.which, { actor: { kind: 'citizen', person: key }, said: 'page', request })
      }),
    async linked(token) {
      const held = await links.read(db, token)
      const person = held && (await persons.get(db, held.person))
      return person && { person, told: held.about as unknown as Told }
    },
    saidByLink: (token, request) =>
      transaction(db, async (tx) => {
        const held = await links.use(tx, token)
        const person = held && (await persons.get(tx, held.person))
        if (!person) return undefined
        const told = held.about as unknown as Told
        const method = methodOf(told)
        const about = { what: held.about, ...(method && { method }) }
        const done = await act(tx, person, about, 'all', { actor: { kind: 'visitor' }, said: 'link', request })
        return { ...done, person }
      }),
  }
}

/** What a notice's link shuts: the way somebody came in by, was given, or opened. */
export function methodOf({ kind, method }: Pick<Told, 'kind' | 'method'>): MethodId | undefined {
  const shuts = kind === 'new-device' || kind === 'means-added' || kind === 'method-opened'
  return shuts ? METHOD_IDS.find((id) => id === method) : undefined
}

const without = (blocks: Blocks | undefined, method: MethodId): Blocks =>
  blocks && 'only' in blocks
    ? { only: blocks.only.filter((id) => id !== method) }
    : { blocked: [...(blocks?.blocked ?? []), method] }
