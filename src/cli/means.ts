import type { Command } from 'commander'
import type { OperatorActor } from '../operators/requests.ts'
import type { Means, MeansKeeper } from '../persons/means.ts'
import type { Notices } from '../persons/notices.ts'
import type { Person } from '../persons/person.ts'
import { transaction } from '../platform/db.ts'
import { type LookUpParts, lookUp, reasonOption, type Why, withheldOption } from './look-up.ts'
import { CommandRefused, opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

// `pratu persons means | remove-means`: what one person signs in with, and taking one of them away when they call: a lost
// key, a number that is somebody else's now. Giving somebody a means is another matter (enrol.ts, requests.ts).

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts extends LookUpParts {
  readonly keepers: readonly MeansKeeper[]
  readonly notices: Pick<Notices, 'tell'>
  readonly actor: OperatorActor
  close(): Promise<void>
}

export function addMeansCommands(program: Command, { open, print, input }: Needs): void {
  const persons =
    program.commands.find((command) => command.name() === 'persons') ??
    program.command('persons').description('The person register')

  persons
    .command('means')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE_ARGUMENT)
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(withheldOption())
    .description('What one person signs in with; the look is audited')
    .action(async (scheme: string, typed: string, why: Why) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { person, masked } = await lookUp(parts, asked, 'means', why)
        const all = await meansOf(parts, person)
        for (const { means, number } of all) print(lineOf(number, means))
        if (all.length === 0) print(`${masked} has nothing of their own to sign in with.`)
      })
    })

  persons
    .command('remove-means')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE_ARGUMENT)
    .argument('<kind>', 'as `pratu persons means` lists it')
    .argument('[number]', 'of several of a kind, which')
    .requiredOption('--reason <text>', 'why, for the audit and for the person')
    .description('Take away one means of a person who asks for it; they are told on their telephone')
    .action(async (scheme: string, typed: string, kind: string, number: string | undefined, why: Why) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { db, notices, actor } = parts
        const { person, masked } = await lookUp(parts, asked, 'means', why)
        const ofKind = (await meansOf(parts, person)).filter(({ means }) => means.kind === kind)
        if (number === undefined && ofKind.length > 1)
          throw new CommandRefused(`There are ${ofKind.length} of that kind: say which. See: pratu persons means`)
        const one = number === undefined ? ofKind[0] : ofKind.find((each) => each.number === number)
        if (!one) throw new CommandRefused('They have no such means. See: pratu persons means')
        await transaction(db, async (tx) => {
          // Before it is gone: a telephone that is taken away is still the one that hears of it.
          await notices.tell(tx, person.key, { kind: 'means-removed', method: one.means.kind })
          if (!(await one.keeper.remove(tx, person.key, one.means.id, { actor })))
            throw new CommandRefused('They have no such means any more. See: pratu persons means')
        })
        print(`${masked}: ${kind} taken away.`)
      })
    })
}

interface Listed {
  readonly keeper: MeansKeeper
  readonly means: Means
  /** Counted within its kind, the oldest first. */
  readonly number: string
}

async function meansOf({ db, keepers }: Parts, { key }: Person): Promise<readonly Listed[]> {
  const all: Listed[] = []
  for (const keeper of keepers)
    for (const [at, means] of (await keeper.list(db, key)).entries())
      all.push({ keeper, means, number: String(at + 1) })
  return all
}

function lineOf(number: string, { kind, level, by, enrolledAt, usedAt, label }: Means): string {
  const facts = [
    kind.padEnd(10),
    number.padStart(2),
    level.padEnd(11),
    `made ${enrolledAt.toISOString().slice(0, 10)} by ${by}`,
    usedAt && `used ${usedAt.toISOString().slice(0, 10)}`,
    label,
  ]
  return facts.filter((fact) => fact !== undefined).join('  ')
}
