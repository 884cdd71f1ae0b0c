import type { Command } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Case, Cases } from '../persons/cases.ts'
import type { Persons } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import { CommandRefused, opened } from './opened.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
}

interface Parts {
  readonly db: Db
  readonly cases: Pick<Cases, 'list' | 'find' | 'close'>
  readonly persons: Pick<Persons, 'get'>
  readonly audit: AuditLog
  readonly actor: Extract<Actor, { kind: 'operator' }>
  close(): Promise<void>
}

// `pratu cases list | show | close`: what people said was not them. Was it a thief, a relative, a forgotten telephone? What
// was shut at once is opened again by `pratu persons unblock`.
export function addCasesCommands(program: Command, { open, print }: Needs): void {
  const cases = program.command('cases').description('What people said was not them, and what came of it')

  cases
    .command('list')
    .description('Open ones, the oldest first; of nobody who it is')
    .option('--all', 'closed ones too, the newest first')
    .option('--json', 'one JSON object a line')
    .action(({ all, json }: { readonly all?: true; readonly json?: true }) =>
      opened(open, async (parts) => {
        const found = await parts.cases.list(parts.db, all === true)
        for (const one of found) print(json ? JSON.stringify(shownAs(one)) : lineOf(one))
        if (found.length === 0 && !json) print(all ? 'There is no case.' : 'No case is open.')
      }),
    )

  cases
    .command('show')
    .argument('<number>', 'as the person tells it: K-3F7Q-92MD')
    .description('Who said it, of what, and what was done at once; the look is audited, and the person sees it')
    .action((number: string) =>
      opened(open, async (parts) => {
        const one = await found(parts, number)
        await parts.audit.append(parts.db, {
          type: 'person.read',
          actor: parts.actor,
          person: one.person,
          detail: { what: 'case', reason: one.number, found: true },
        })
        const [id] = (await parts.persons.get(parts.db, one.person))?.identifiers ?? []
        print(lineOf(one))
        print(`person           ${id ? `${id.scheme} ${maskPersonId(id.scheme, id.code)}  ` : ''}${one.person}`)
        print(`about            ${JSON.stringify(one.about)}`)
        if (one.closed) print(`outcome          ${one.closed.outcome} (${one.closed.by})`)
      }),
    )

  cases
    .command('close')
    .argument('<number>', 'as `pratu cases list` names it')
    .requiredOption('--outcome <text>', 'what it was; the person reads it on their own page')
    .description('Put down what came of it; it is purged two years later')
    .action((number: string, { outcome: typed }: { readonly outcome: string }) => {
      const outcome = typed.trim()
      if (outcome === '') throw new CommandRefused('To close a case needs what came of it.')
      return opened(open, async (parts) => {
        const { db, actor } = parts
        const one = await found(parts, number)
        const done = await transaction(db, (tx) => parts.cases.close(tx, one, actor, outcome))
        print(done ? `${one.number}: closed.` : `${one.number} was closed already.`)
      })
    })
}

async function found({ db, cases }: Parts, number: string): Promise<Case> {
  const one = await cases.find(db, number)
  if (!one) throw new CommandRefused('There is no case of that number. See: pratu cases list --all')
  return one
}

const shownAs = ({ number, openedAt, said, closed }: Case) => ({
  ...{ case: number, opened_at: openedAt.toISOString(), said },
  ...(closed && { closed_at: closed.at.toISOString(), closed_by: closed.by }),
})

const lineOf = ({ number, openedAt, said, closed }: Case): string =>
  [
    number,
    `opened ${openedAt.toISOString()}`,
    said === 'link' ? 'by the link of a notice' : 'on the own page',
    closed ? `closed ${closed.at.toISOString()}` : 'open',
  ].join('  ')
