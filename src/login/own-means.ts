import { hash } from 'node:crypto'
import { type Assurance, atLeast, higher } from '../identity/assurance.ts'
import type { PersonKey, RequestId } from '../identity/identifiers.ts'
import type { Confirmed } from '../persons/credentials.ts'
import type { Means, MeansKeeper, MeansKind } from '../persons/means.ts'
import type { Notices } from '../persons/notices.ts'
import type { Person } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'

// The citizen's own means, seen side by side and taken away by themselves. Owns what a change needs of the sign-in and
// what is told of it; each means is kept by its own chapter. Called by web/portal. Adding one is a file each (own-*.ts).

/** Who changes something of their own, as the request knows them. */
export interface Owner {
  readonly person: Person
  /** Of the sign-in they are here by. */
  readonly acr: Assurance
  /** Ties what is begun in one request to the next. */
  readonly session: string
  readonly source: string
  readonly request: RequestId
}

/** Announces a change in its transaction, on another channel of the person's. */
export type Tell = Notices['tell']

export interface OwnOne extends Means {
  /** Names it in an address: ids of keys are as long as their makers like. */
  readonly ref: string
  /** What a sign-in must reach to change it: see `toAdd`. */
  readonly change: Assurance
  /** Without it the person has nothing of their own to sign in with. */
  readonly last: boolean
}

/** Whose means they are, and whether they were ever surely known. */
export type Whose = Pick<Person, 'key' | 'strongSince'>

export interface OwnMeans {
  list(person: Whose): Promise<readonly OwnOne[]>
  /** Undefined where the person has none of that name, whoever else may. */
  find(person: Whose, ref: string): Promise<OwnOne | undefined>
  /**
   * What a sign-in must reach to add one: `substantial` for a PIN, and for everything where the person has what proves them so
   * surely, or was ever known so. Whoever never was adds by what they have; it goes when they first come surely (first-strong).
   */
  toAdd(person: Whose, kind: MeansKind): Promise<Assurance>
  /**
   * With its audit entry and its announcement.
   * @param knowing that it is the last: without it the last one stays (`last`).
   */
  remove(owner: Owner, one: OwnOne, knowing: boolean): Promise<'removed' | 'gone' | 'last'>
}

export interface Needs {
  readonly db: Db
  readonly keepers: readonly MeansKeeper[]
  readonly tell: Tell
}

/** What a change takes of whoever can reach it: as much as a code proves together with the PIN. */
export const CHANGE: Assurance = 'substantial'

export function openOwnMeans({ db, keepers, tell }: Needs): OwnMeans {
  async function held(on: Db, person: PersonKey): Promise<readonly Means[]> {
    const all: Means[] = []
    for (const keeper of keepers) all.push(...(await keeper.list(on, person)))
    return all
  }

  async function list(on: Db, person: Whose): Promise<readonly OwnOne[]> {
    const all = await held(on, person.key)
    const ways = all.filter(({ kind }) => kind !== 'pin')
    const sure = isSure(person, all)
    return all.map((one) => ({
      ...one,
      ref: hash('sha256', `${one.kind}|${one.id}`, 'base64url').slice(0, 22),
      change: changeLevel(one.kind, one.level, sure),
      last: one.kind !== 'pin' && ways.length === 1,
    }))
  }

  return {
    list: (person) => list(db, person),
    find: async (person, ref) => (await list(db, person)).find((one) => one.ref === ref),
    toAdd: async (person, kind) => changeLevel(kind, 'low', isSure(person, await held(db, person.key))),
    remove: ({ person, request }, { kind, id }, knowing) =>
      transaction(db, async (tx) => {
        const one = (await list(tx, person)).find((mine) => mine.kind === kind && mine.id === id)
        const keeper = keepers.find((candidate) => candidate.kind === kind)
        if (!one || !keeper) return 'gone'
        if (one.last && !knowing) return 'last'
        // Before it is gone: a telephone that is taken away is still the one that hears of it.
        await tell(tx, person.key, { kind: 'means-removed', method: kind })
        const actor = { kind: 'citizen', person: person.key } as const
        return (await keeper.remove(tx, person.key, id, { actor, request })) ? 'removed' : 'gone'
      }),
  }
}

const isSure = ({ strongSince }: Whose, all: readonly Means[]): boolean =>
  strongSince !== undefined ||
  // Who proved themselves elsewhere so surely once, or when they made what they have.
  all.some(
    ({ kind, level, confirmed }) =>
      kind === 'pin' || atLeast(level, CHANGE) || confirmed === 'substantial' || confirmed === 'high',
  )

const changeLevel = (kind: MeansKind, level: Assurance, sure: boolean): Assurance =>
  sure || kind === 'pin' ? higher(level, CHANGE) : level

/** Who stands behind a means that its owner makes: they themselves, as surely as they are here. */
export const confirmedBy = (acr: Assurance): Confirmed | 'nobody' => (acr === 'low' ? 'nobody' : acr)
