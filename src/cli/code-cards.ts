import { type Command, Option } from 'commander'
import { type Paper, paperCardPage } from '../../views/portal/code-card.ts'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Switches } from '../login/switches.ts'
import { displaySerial } from '../methods/code-card/card.ts'
import type { CodeCards, Issued } from '../methods/code-card/cards.ts'
import type { Person, Persons } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { whom } from './look-up.ts'
import { CommandRefused, opened } from './opened.ts'
import { nameOf, onPaper } from './paper.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts {
  readonly db: Db
  readonly persons: Pick<Persons, 'find' | 'get'>
  readonly codeCards: Pick<CodeCards, 'issue' | 'revoke' | 'low'>
  readonly switches: Pick<Switches, 'list'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
  readonly actor: Actor
  readonly config: {
    readonly issuer: string
    readonly helpPhone: string
    readonly timeZone: string
    readonly profile: string
    readonly codeCards: 'on' | 'off'
  }
  close(): Promise<void>
}

interface IssueOptions {
  readonly out: string
  readonly paper: Paper
  readonly table?: true
  readonly lost?: true
}

const COLUMNS = 4

// `pratu persons issue-code-card | revoke-code-card | code-cards`: cards of printed one-time codes, as a desk hands them out.
export function addCodeCardCommands(program: Command, { open, print, input }: Needs): void {
  const persons = program.commands.find((command) => command.name() === 'persons') ?? program.command('persons')
  const oneOf = (name: string) =>
    persons.command(name).argument('<scheme>', 'TH, EE …').argument('<code>', CODE_ARGUMENT)

  oneOf('issue-code-card')
    .description('Give a person a card of 80 one-time codes; it takes the place of an earlier one at its first use')
    .option('--out <file.html>', 'where to write the page for the printer; must not exist yet', 'code-card.html')
    .addOption(new Option('--paper <size>', 'what it is printed on').choices(['a6', 'a4']).default('a6'))
    .option('--table', 'print it to the terminal instead of a file')
    .option('--lost', 'the earlier card is lost or was seen: it is worthless from now on')
    .action(async (scheme: string, typed: string, options: IssueOptions) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { db, persons, codeCards, actor } = parts
        for (const line of await beforehand(parts)) print(line)
        const person = await whom(parts, persons.find, asked, 'issue-code-card')
        const issue = (tx: Db) => codeCards.issue(tx, person.key, actor, options.lost === true)
        const issued = options.table
          ? await transaction(db, issue)
          : await written(parts, person, asked.scheme, options, issue)
        if (options.table) for (const line of table(issued)) print(line)
        else
          print(
            `The card is in ${options.out}. Print it, hand it over, and delete the file: who reads it has the codes.`,
          )
        print(
          `Card ${displaySerial(issued.serial)} of ${maskPersonId(asked.scheme, asked.code)}. ${standing(issued, options)}`,
        )
      })
    })

  oneOf('revoke-code-card')
    .description('Make every code card of a person worthless at once')
    .action(async (scheme: string, typed: string) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { db, persons, codeCards, actor } = parts
        const person = await whom(parts, persons.find, asked, 'revoke-code-card')
        const had = await transaction(db, (tx) => codeCards.revoke(tx, person.key, actor))
        const masked = maskPersonId(asked.scheme, asked.code)
        print(had ? `${masked}: no code of any card works any more.` : `${masked} has no code card.`)
      })
    })

  persons
    .command('code-cards')
    .description('Who has twenty codes left or fewer and no new card on the way, the fewest first; the look is audited')
    .action(() =>
      opened(open, async ({ db, persons, codeCards, audit, actor }) => {
        const low = await transaction(db, async (tx) => {
          const found = await codeCards.low(tx)
          const detail = { what: 'code cards that run out', found: found.length }
          await audit.append(tx, { type: 'person.read', actor, detail })
          return found
        })
        if (low.length === 0) print('Nobody needs a new code card.')
        for (const { person: key, serial, left } of low) {
          const [id] = (await persons.get(db, key))?.identifiers ?? []
          const who = id ? `${id.scheme} ${maskPersonId(id.scheme, id.code)}` : key
          print(`${String(left).padStart(2)} left   card ${displaySerial(serial)}   ${who}   ${key}`)
        }
      }),
    )
}

/**
 * Before a card is in somebody's purse. A switch is for an hour, so it is only said; what the settings have off is refused.
 * @throws CommandRefused
 */
async function beforehand({ db, switches, config }: Parts): Promise<readonly string[]> {
  // The demonstration has them on, whatever the settings say.
  if (config.codeCards === 'off' && config.profile !== 'demo')
    throw new CommandRefused(
      'Code cards are off here (PRATU_CODE_CARDS): nobody could sign in with one. For cards that go out before they are on, set it for this command alone.',
    )
  const off = (await switches.list(db)).some(({ method, client }) => method === 'code-card' && client === undefined)
  return off
    ? ['Code cards are switched off just now: this one works when they are on again (pratu methods list).']
    : []
}

const standing = ({ next }: Issued, { lost }: IssueOptions): string => {
  if (next) return 'The card in use works until the first code of this one is used.'
  return lost ? 'No earlier card works any more.' : 'It works from now on; one that was never used does not.'
}

async function written(
  parts: Parts,
  person: Person,
  scheme: string,
  { out, paper: size }: IssueOptions,
  issue: (tx: Db) => Promise<Issued>,
): Promise<Issued> {
  const make = async (tx: Db) => ({ person, scheme, issued: await issue(tx) })
  const { issued } = await onPaper(parts, { out, sheet: 'code-card.css' }, make, ({ issued: card }, paper) => {
    const { serial, codes, next } = card
    const [issuedAt, address] = [parts.clock.now(), parts.config.issuer]
    const input = { name: nameOf(person), serial: displaySerial(serial), codes, next, issued: issuedAt, address }
    return paperCardPage.render({ ...input, paper: size }, paper)
  })
  return issued
}

/** Down the columns, as on paper. */
function table({ codes }: Issued): string[] {
  const rows = Math.ceil(codes.length / COLUMNS)
  const cell = (at: number) => `${String(at + 1).padStart(2)}  ${codes[at]!.slice(0, 3)} ${codes[at]!.slice(3)}`
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: COLUMNS }, (_column, column) => column * rows + row)
      .filter((at) => at < codes.length)
      .map(cell)
      .join('   |   '),
  )
}
