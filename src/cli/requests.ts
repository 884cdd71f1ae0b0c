import type { Command } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { AuditReading } from '../audit/read.ts'
import type { PersonKey } from '../identity/identifiers.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Recovery } from '../login/recovery.ts'
import { standingOf } from '../login/standing.ts'
import type { NewOperator } from '../operators/operator.ts'
import type { Operators } from '../operators/register.ts'
import type { RequestKind } from '../operators/request-kinds.ts'
import { DESK_LIFE, type OperatorActor, type OperatorRequest, type Requests } from '../operators/requests.ts'
import type { Person, Persons } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'
import type { Random } from '../platform/random.ts'
import type { MasterChange } from '../secrets/master.ts'
import type { LiveSessions } from '../sessions/live.ts'
import type { Rotation } from '../signing/rotation.ts'
import { type Act, type AllowOptions, allowed, decided, WHY_NOT } from './act.ts'
import { REVOCATION } from './key-revocation.ts'
import { type LetterParts, writeLetter } from './letter.ts'
import { whom } from './look-up.ts'
import { type FindMaster, NEW_MASTER } from './new-master.ts'
import { CommandRefused, opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

// `pratu requests list | approve | refuse`: what one operator asks for and another allows, whatever it is; and the two acts
// about a person that are asked for: `pratu persons desk-passkey | recover`. What is allowed is carried out at once, in the
// same transaction, a desk excepted, which has its own fifteen minutes.

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  readonly nextMaster: FindMaster
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts extends LetterParts {
  readonly db: Db
  readonly persons: Pick<Persons, 'find' | 'get'>
  readonly requests: Pick<Requests, 'ask' | 'waiting' | 'find' | 'approve' | 'refuse' | 'use'>
  readonly recovery: Recovery
  readonly operators: Pick<Operators, 'add'>
  readonly rotation: Pick<Rotation, 'revoke' | 'clear'>
  readonly live: Pick<LiveSessions, 'listOf' | 'listAt' | 'endAll'>
  readonly masterChange: Pick<MasterChange, 'begin'>
  readonly random: Random
  readonly audit: AuditLog
  readonly auditReading: Pick<AuditReading, 'issuedBetween'>
  readonly actor: OperatorActor
  readonly config: LetterParts['config'] & { readonly passkeys: 'on' | 'off' }
  close(): Promise<void>
}

/** Of each kind: what it is in words, and what is done once it is allowed. */
const ACTS: Readonly<Record<RequestKind, Act<Parts & Pick<Needs, 'nextMaster'>>>> = {
  'desk-passkey': {
    says: () => 'a passkey made at a desk',
    async carryOut({ db, requests, actor }, id, _options, print) {
      const { request } = decided(await requests.approve(db, id, actor))
      print(`Allowed: a passkey made at a desk. ${request.askedBy} has ${DESK_LIFE / 60_000} minutes to open the desk.`)
    },
  },
  recovery: {
    says: () => 'a recovery: all means taken away, a new letter',
    carryOut: (parts, id, { out }, print) => recover(parts, id, out, print),
  },
  'key-revocation': REVOCATION,
  'new-master-key': NEW_MASTER,
  'new-operator': {
    says: ({ act }) => newcomerInWords(act as unknown as NewOperator),
    async carryOut(parts, id, _options, print) {
      const { name, roles } = await allowed(parts, id, (tx, { act }) =>
        parts.operators.add(tx, act as unknown as NewOperator, { actor: parts.actor, operatorRequest: id }),
      )
      print(`${name} is an operator now: ${roles.join(', ')}.`)
    },
  },
}

export function addRequestCommands(program: Command, { open, print, input, nextMaster }: Needs): void {
  const persons =
    program.commands.find((command) => command.name() === 'persons') ??
    program.command('persons').description('The person register')
  const requests = program.command('requests').description('What takes two operators: one asks, another allows')

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
        print(`Request ${request.id}. Another operator allows it:  pratu requests approve ${request.id}`)
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
        print(`Request ${request.id}. Another operator allows it:  pratu requests approve ${request.id}`)
        print('Then all that they sign in with is taken away, their sign-ins end, and a new letter is written.')
      })
    },
  )

  requests
    .command('list')
    .description('What waits for another operator')
    .action(() =>
      opened(open, async ({ db, persons, requests }) => {
        const waiting = await requests.waiting(db)
        for (const one of waiting) print(lineOf(one, one.person && (await persons.get(db, one.person))))
        if (waiting.length === 0) print('Nothing waits for another operator.')
      }),
    )

  requests
    .command('approve')
    .argument('<id>', 'as `pratu requests list` numbers it')
    .option('--out <file.html>', 'of a recovery: where to write the letter; must not exist yet', 'letter.html')
    .option('--json', 'of a key: what was done, for programs')
    .description('Allow what another operator asked for, and carry it out')
    .action((id: string, options: AllowOptions) =>
      opened(open, async (parts) => {
        const asked = await parts.requests.find(parts.db, id)
        if (!asked) throw new CommandRefused(WHY_NOT.unknown)
        await ACTS[asked.kind].carryOut({ ...parts, nextMaster }, id, options, print)
      }),
    )

  requests
    .command('refuse')
    .argument('<id>', 'as `pratu requests list` numbers it')
    .description('Refuse what another operator asked for, or take back what you asked for')
    .action((id: string) =>
      opened(open, async ({ db, requests, actor }) => {
        decided(await requests.refuse(db, id, actor))
        print(`Refused. If it is wanted after all, it is asked for anew.`)
      }),
    )
}

async function ask(
  parts: Parts,
  asked: { readonly scheme: string; readonly code: string },
  kind: RequestKind,
  reason: string,
) {
  const { db, persons, requests, actor } = parts
  if (reason.trim() === '') throw new CommandRefused('A request needs a reason.')
  const person = await whom(parts, persons.find, asked, kind)
  if (!standingOf(person).mayEnter)
    throw new CommandRefused(`This person may not sign in (${person.lockedAt ? 'locked' : person.status}).`)
  return requests.ask(db, { kind, person: person.key, reason: reason.trim(), by: actor })
}

/** The approval, what is taken away and the letter: together, or nothing of it. */
async function recover(parts: Parts, id: string, out: string, print: (line: string) => void): Promise<void> {
  const { persons, requests, recovery, actor } = parts
  const { means } = await writeLetter(parts, out, async (tx) => {
    const { request } = decided(await requests.approve(tx, id, actor))
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

const newcomerInWords = ({ name, roles }: NewOperator): string => `a further operator: ${name} (${roles.join(', ')})`

function lineOf(request: OperatorRequest, person: Person | undefined): string {
  const { id, kind, askedBy, askedAt, reason } = request
  const [first] = person?.identifiers ?? []
  const whose = first ? `${first.scheme} ${maskPersonId(first.scheme, first.code)}` : 'nobody any more'
  const what = request.person === undefined ? ACTS[kind].says(request) : `${ACTS[kind].says(request)}, for ${whose}`
  return `${id.padEnd(6)} ${new Date(askedAt).toISOString()}  ${askedBy}  ${what}: ${reason}`
}
