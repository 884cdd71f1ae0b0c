import type { Command } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Clients } from '../clients/client.ts'
import { type ClientId, type SessionRef, sessionRef } from '../identity/identifiers.ts'
import type { Person } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import type { LiveSession, LiveSessions } from '../sessions/live.ts'
import { type LookUpParts, lookUp, reasonOption, type Why, withheldOption } from './look-up.ts'
import { CommandRefused, opened } from './opened.ts'
import { type NamedPerson, PERSON_OPTION, personNamed } from './person-code.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts extends LookUpParts {
  readonly live: Pick<LiveSessions, 'listOf' | 'listAt' | 'find' | 'endAll'>
  readonly clients: Pick<Clients, 'find'>
  close(): Promise<void>
}

interface Wish extends Why {
  readonly client?: string
  readonly person?: NamedPerson
  readonly json?: true
}

const PAGE = 1_000

// `pratu sessions list | end`: who is signed in, of one person or at one agency, and ending it. An agency's list says how many
// and since when, and of nobody who it is: for that a person is named.
export function addSessionCommands(program: Command, { open, print, input }: Needs): void {
  const sessions = program.command('sessions').description('Sign-ins that are open now')

  const chosen = (name: string, description: string) =>
    sessions
      .command(name)
      .description(description)
      .option('--client <id>', 'those that have been at this agency')
      .option(...PERSON_OPTION)

  chosen('list', 'By device, agencies, level and means; of a person the look is audited')
    .addOption(reasonOption())
    .addOption(withheldOption())
    .option('--json', 'one JSON object a line')
    .action(async (wish: Wish) => {
      const asked = wish.person && (await personNamed(wish.person, input))
      await opened(open, async (parts) => {
        const who = asked && (await lookUp(parts, asked, 'sessions', wish))
        let shown = 0
        for await (const session of found(parts, who?.person, clientOf(parts, wish))) {
          print(wish.json ? JSON.stringify(shownAs(session)) : lineOf(session))
          shown++
        }
        if (shown === 0 && !wish.json) print(who ? `${who.masked} is signed in nowhere.` : 'Nobody is signed in there.')
      })
    })

  chosen('end', 'End one, all of a person, or all that have been at an agency; the agencies are told')
    .argument('[session]', 'as `pratu sessions list` names it')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--json', 'the outcome as one JSON object')
    .action(async (named: string | undefined, { reason: typed, ...wish }: Wish & { readonly reason: string }) => {
      const reason = typed.trim()
      if (reason === '') throw new CommandRefused('To end somebody’s sign-in needs a reason.')
      const asked = wish.person && (await personNamed(wish.person, input))
      await opened(open, async (parts) => {
        const who = asked && (await lookUp(parts, asked, 'sessions', { reason }))
        const client = clientOf(parts, wish)
        const one = named === undefined ? undefined : await oneOf(parts, named, who?.person, client)
        const ended = await transaction(parts.db, async (tx) => {
          const on = { ...parts, db: tx }
          let count = 0
          for await (const refs of one ? [[one]] : pages(found(on, who?.person, client)))
            count += (await parts.live.endAll(tx, refs, 'operator', parts.actor)).length
          await parts.audit.append(tx, {
            ...{ type: 'sessions.ended', actor: parts.actor },
            ...(who && { person: who.person.key }),
            ...(client && { client }),
            detail: { reason, session: one, rows: count },
          })
          return count
        })
        if (wish.json) print(JSON.stringify({ ended }))
        else print(ended === 0 ? 'There was none to end.' : `${ended} ended, on every node within 5 seconds.`)
      })
    })
}

/**
 * Ends the sessions that have been at one of these agencies; each page by itself, so that a country's don't hang on one
 * transaction. @returns how many.
 */
export async function endAllAt(
  {
    db,
    live,
    audit,
    actor,
  }: Pick<Parts, 'db' | 'actor'> & {
    readonly live: Pick<LiveSessions, 'listOf' | 'listAt' | 'endAll'>
    readonly audit: Pick<AuditLog, 'append'>
  },
  clients: readonly ClientId[],
  reason: string,
): Promise<number> {
  let ended = 0
  for (const client of clients)
    for await (const refs of pages(found({ db, live }, undefined, client)))
      ended += await transaction(db, async (tx) => {
        const { length: rows } = await live.endAll(tx, refs, 'operator', actor)
        await audit.append(tx, { type: 'sessions.ended', actor, client, detail: { reason, rows } })
        return rows
      })
  return ended
}

function clientOf({ clients }: Parts, { client: id }: Wish): ClientId | undefined {
  const client = id === undefined ? undefined : clients.find(id)
  if (id !== undefined && !client) throw new CommandRefused(`There is no site ${id}. See: pratu clients list`)
  return client?.id
}

async function* found(
  { db, live }: { readonly db: Db; readonly live: Pick<LiveSessions, 'listOf' | 'listAt'> },
  person: Person | undefined,
  client: ClientId | undefined,
): AsyncGenerator<LiveSession> {
  if (person) {
    const all = await live.listOf(db, person.key)
    yield* client ? all.filter(({ parties }) => parties.some((party) => party.client === client)) : all
    return
  }
  if (!client) throw new CommandRefused('Name whose: --person SCHEME CODE, or --client ID.')
  for (let after: SessionRef | undefined; ; ) {
    const page = await live.listAt(db, client, { ...(after && { after }), most: PAGE })
    yield* page
    after = page.at(-1)?.ref
    if (page.length < PAGE) return
  }
}

async function* pages(sessions: AsyncGenerator<LiveSession>): AsyncGenerator<SessionRef[]> {
  let some: SessionRef[] = []
  for await (const { ref } of sessions) {
    some.push(ref)
    if (some.length < PAGE) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

async function oneOf(
  { db, live }: Parts,
  named: string,
  person: Person | undefined,
  client: ClientId | undefined,
): Promise<SessionRef> {
  const session = UUID.test(named) ? await live.find(db, sessionRef(named)) : undefined
  const fits =
    session &&
    (!person || session.person === person.key) &&
    (!client || session.parties.some((party) => party.client === client))
  if (!fits) throw new CommandRefused('No session is named so, or it is over. See: pratu sessions list')
  return session.ref
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const shownAs = ({ ref, acr, amr, device, startedAt, seenAt, endsAt, parties }: LiveSession) => ({
  ...{ session: ref, acr, amr, device, clients: parties.map(({ client }) => client) },
  ...{ started_at: startedAt.toISOString(), seen_at: seenAt.toISOString(), ends_at: endsAt.toISOString() },
})

const lineOf = ({ ref, acr, amr, device, startedAt, seenAt, parties }: LiveSession): string =>
  [
    ref,
    `since ${startedAt.toISOString()}`,
    `used ${seenAt.toISOString()}`,
    acr.padEnd(11),
    amr.join('+'),
    device || 'unknown device',
    parties.map(({ client }) => client).join(', ') || 'at no agency yet',
  ].join('  ')
