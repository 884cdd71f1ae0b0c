import type { Command } from 'commander'
import type { PersonKey } from '../identity/identifiers.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Recovery } from '../login/recovery.ts'
import { STANDING } from '../login/standing.ts'
import type { Person, Persons } from '../persons/person.ts'
import {
  DESK_LIFE,
  type NotDecided,
  type Operator,
  type OperatorRequest,
  type TwoOperators,
} from '../persons/two-operators.ts'
import type { Db } from '../platform/db.ts'
import { type LetterParts, writeLetter } from './letter.ts'
import { CommandRefused, opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

// `pratu persons desk-passkey | recover | requests | approve | refuse`: what one operator asks for and another allows. Who
// an operator is: the account that the command runs under.

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts extends LetterParts {
  readonly db: Db
  readonly persons: Pick<Persons, 'find' | 'get'>
  readonly twoOperators: Pick<TwoOperators, 'ask' | 'waiting' | 'find' | 'approve' | 'refuse'>
  readonly recovery: Recovery
  readonly actor: Operator
  readonly config: LetterParts['config'] & { readonly passkeys: 'on' | 'off' }
  close(): Promise<void>
}

const WHAT: Readonly<Record<OperatorRequest['kind'], string>> = {
  'desk-passkey': 'a passkey made at a desk',
  recovery: 'a recovery: all means taken away, a new letter',
}

const WHY_NOT: Readonly<Record<NotDecided, string>> = {
  unknown: 'There is no such request. See: pratu persons requests',
  decided: 'This request was decided before.',
  expired: 'This request is older than a day: it is asked for anew.',
  own: 'Nobody allows what they asked for themselves: another operator must, from their own account.',
}

export function addTwoOperatorCommands(program: Command, { open, print, input }: Needs): void {
  const persons =
    program.commands.find((command) => command.name() === 'persons') ??
    program.command('persons').description('The person register')

  const request = (name: string, description: string) =>
    persons
      .command(name)
      .argument('<scheme>', 'TH, EE …')
      .argument('<code>', CODE_ARGUMENT)
      .requiredOption('--reason <text>', 'why: how you know who it is, and what they lack')
      .description(description)

  request('desk-passkey', 'Ask that a person may make a passkey at your desk; another operator must allow it').action(
    async (scheme: string, typed: string, { reason }: { reason: string }) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        // The demonstration has them on, whatever the settings say.
        const { passkeys, profile } = parts.config
        if (passkeys === 'off' && profile !== 'demo')
          throw new CommandRefused('Passkeys are off here (PRATU_PASSKEYS).')
        const { request, code = '' } = await ask(parts, asked, 'desk-passkey', reason)
        print(`Request ${request.id}. Another operator allows it:  pratu persons approve ${request.id}`)
        print(`Then open  ${parts.config.issuer}/desk/${request.id}  in the browser of the desk, and type this code:`)
        print(code.replace(/\d{4}(?=\d)/g, '$& '))
        print(`Shown once, to you alone. It works once, within ${DESK_LIFE / 60_000} minutes after it was allowed.`)
      })
    },
  )

  request('recover', 'Ask that a person who lost everything begins anew; another operator must allow it').action(
    async (scheme: string, typed: string, { reason }: { reason: string }) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { request } = await ask(parts, asked, 'recovery', reason)
        print(`Request ${request.id}. Another operator allows it:  pratu persons approve ${request.id}`)
        print('Then all that they sign in with is taken away, their sign-ins end, and a new letter is written.')
      })
    },
  )

  persons
    .command('requests')
    .description('What waits for another operator')
    .action(() =>
      opened(open, async ({ db, persons, twoOperators }) => {
        const waiting = await twoOperators.waiting(db)
        for (const one of waiting) print(lineOf(one, await persons.get(db, one.person)))
        if (waiting.length === 0) print('Nothing waits for another operator.')
      }),
    )

  persons
    .command('approve')
    .argument('<id>', 'as `pratu persons requests` numbers it')
    .option('--out <file.html>', 'of a recovery: where to write the letter; must not exist yet', 'letter.html')
    .description('Allow what another operator asked for')
    .action((id: string, { out }: { out: string }) =>
      opened(open, async (parts) => {
        const { db, twoOperators, actor } = parts
        const asked = await twoOperators.find(db, id)
        if (asked?.kind === 'recovery') return recover(parts, id, out, print)
        const { request } = decided(await twoOperators.approve(db, id, actor))
        print(`Allowed: ${WHAT[request.kind]}. ${request.askedBy} has ${DESK_LIFE / 60_000} minutes to open the desk.`)
      }),
    )

  persons
    .command('refuse')
    .argument('<id>', 'as `pratu persons requests` numbers it')
    .description('Refuse what another operator asked for, or take back what you asked for')
    .action((id: string) =>
      opened(open, async ({ db, twoOperators, actor }) => {
        decided(await twoOperators.refuse(db, id, actor))
        print(`Refused. If it is wanted after all, it is asked for anew.`)
      }),
    )
}

async function ask(
  { db, persons, twoOperators, actor }: Parts,
  { scheme, code }: { readonly scheme: string; readonly code: string },
  kind: OperatorRequest['kind'],
  reason: string,
) {
  if (reason.trim() === '') throw new CommandRefused('A request needs a reason.')
  const person = await persons.find(db, scheme, code)
  if (!person) throw new CommandRefused('Nobody in the register has this person code.')
  if (!STANDING[person.status].mayEnter) throw new CommandRefused(`This person may not sign in (${person.status}).`)
  return twoOperators.ask(db, { kind, person: person.key, reason: reason.trim(), by: actor })
}

/** The approval, what is taken away and the letter: together, or nothing of it. */
async function recover(parts: Parts, id: string, out: string, print: (line: string) => void): Promise<void> {
  const { persons, twoOperators, recovery, actor } = parts
  const { means } = await writeLetter(parts, out, async (tx) => {
    const { request } = decided(await twoOperators.approve(tx, id, actor))
    const done = await recovery.carryOut(tx, request, actor)
    const person = await found(tx, persons, done.person)
    return { ...done, person, scheme: person.identifiers[0]?.scheme ?? '' }
  })
  print(
    `Done. Taken away: ${means.length > 0 ? means.join(', ') : 'nothing, there was nothing'}. Their sign-ins are over.`,
  )
  print(`The letter is in ${out}. Print it, give it to the person, and delete the file: who reads it can activate.`)
}

async function found(tx: Db, persons: Pick<Persons, 'get'>, key: PersonKey): Promise<Person> {
  const person = await persons.get(tx, key)
  if (!person) throw new Error('the person of a request is in no register')
  return person
}

function decided(outcome: Awaited<ReturnType<TwoOperators['approve']>>): { readonly request: OperatorRequest } {
  if (!outcome.ok) throw new CommandRefused(WHY_NOT[outcome.because])
  return outcome
}

function lineOf({ id, kind, askedBy, askedAt, reason }: OperatorRequest, person: Person | undefined): string {
  const [first] = person?.identifiers ?? []
  const whose = first ? `${first.scheme} ${maskPersonId(first.scheme, first.code)}` : 'nobody any more'
  return `${id.padEnd(6)} ${new Date(askedAt).toISOString()}  ${askedBy}  ${WHAT[kind]}, for ${whose}: ${reason}`
}
