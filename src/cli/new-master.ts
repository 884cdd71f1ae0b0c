import type { Requests } from '../operators/requests.ts'
import type { Db } from '../platform/db.ts'
import { masterOf, type NextMaster, orMade } from '../platform/master-key.ts'
import type { Random } from '../platform/random.ts'
import type { MasterChange } from '../secrets/master.ts'
import { type Act, type AllowParts, allowed } from './act.ts'
import { CommandRefused } from './opened.ts'
import { masterRefusal } from './secret-words.ts'

// Another master key (`pratu secrets rotate master`): whoever knows it opens everything, so two must want this very one. What
// is asked for is its name and where it lies; the one who allows it does so on a machine that has it, too.

/** The next master key, where there is one: in the keys folder, or at this path. */
export type FindMaster = (path: string | undefined) => NextMaster

interface Wanted {
  readonly master: string
  /** Absent: in the keys folder. */
  readonly to?: string
}

interface AskParts {
  readonly db: Db
  readonly requests: Pick<Requests, 'ask'>
  readonly masterChange: Pick<MasterChange, 'standing'>
  readonly random: Random
  readonly actor: AllowParts['actor']
}

/** @returns what is to be printed. */
export async function askNewMaster(
  { db, requests, masterChange, random, actor: by }: AskParts,
  { to, reason, next }: { readonly to: string | undefined; readonly reason: string; readonly next: FindMaster },
): Promise<{ readonly request: string; readonly master: string; readonly file: string }> {
  const standing = await masterChange.standing(db)
  const found = next(to)
  // While one is under way another is refused, so it isn't made either: who found it one day would take it for the next.
  if (standing.next !== undefined && !found.master)
    throw new CommandRefused(masterRefusal({ because: 'under-way', master: standing.next }))
  const { name } = masterOf(orMade(found, random), random)
  if (standing.current === name) throw new CommandRefused(masterRefusal({ because: 'same' }))
  if (standing.next !== undefined && standing.next !== name)
    throw new CommandRefused(masterRefusal({ because: 'under-way', master: standing.next }))
  const act = { master: name, ...(to !== undefined && { to }) }
  const { request } = await requests.ask(db, { kind: 'new-master-key', act, reason, by })
  return { request: request.id, master: name, file: found.path }
}

interface CarryOutParts extends AllowParts {
  readonly masterChange: Pick<MasterChange, 'begin'>
  readonly nextMaster: FindMaster
  readonly random: Random
}

const wantedIn = (act: unknown): Wanted => act as Wanted

export const NEW_MASTER: Act<CarryOutParts> = {
  says: ({ act }) => `another master key: ${wantedIn(act).master}`,
  async carryOut(parts, id, { json }, print) {
    const { masterChange, nextMaster, random, actor } = parts
    const { path, name } = await allowed(parts, id, async (tx, { act, reason }) => {
      const { master: wanted, to } = wantedIn(act)
      const { path, master } = nextMaster(to)
      // Never made here: it would be another than the one that is asked for, and left behind.
      if (!master)
        throw new CommandRefused(
          `The master key ${wanted} is asked for, and ${path} is not there: bring it here. Nothing was changed.`,
        )
      const { name } = masterOf(master, random)
      if (name !== wanted)
        throw new CommandRefused(
          `${path} holds the master key ${name}, and ${wanted} is asked for: bring that one here. Nothing was changed.`,
        )
      const done = await masterChange.begin(tx, master, { actor, why: reason })
      if (!done.ok) throw new CommandRefused(masterRefusal(done))
      return { path, name }
    })
    const lines = json
      ? [JSON.stringify({ master: name, file: path }, null, 2)]
      : [
          `Every secret is sealed under the next master key too (${name}, in ${path}).`,
          'Now: a copy of it in the safe place, the same to every node, and start the nodes with it, one after another.',
          'Then: pratu secrets finish master',
        ]
    for (const line of lines) print(line)
  },
}
