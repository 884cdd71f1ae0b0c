import { type Command, InvalidArgumentError, Option } from 'commander'
import { DELIVERY_STATES, type DeliveryState, type Receipt, type Receipts, type Which } from '../jobs/receipts.ts'
import { LOGOUT } from '../oidc/logout-delivery.ts'
import { SECURITY_EVENT } from '../oidc/security-events.ts'
import { transaction } from '../platform/db.ts'
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
  readonly receipts: Receipts
  close(): Promise<void>
}

interface Wish extends Why {
  readonly client?: string
  readonly person?: NamedPerson
  readonly session?: string
  readonly state?: DeliveryState
}

interface Retry extends Wish {
  readonly reason: string
  readonly json?: true
}

const KINDS = [LOGOUT, SECURITY_EVENT]
const PAGE = 500

// `pratu deliveries list | retry`: what agencies were told of sessions and people, and what still waits to be.
export function addDeliveryCommands(program: Command, { open, print, input }: Needs): void {
  const deliveries = program.command('deliveries').description('What agencies are told: ends of sessions, events')

  const chosen = (name: string, description: string) =>
    deliveries
      .command(name)
      .description(description)
      .option('--client <id>', 'to this agency')
      .option(...PERSON_OPTION)
      .addOption(new Option('--state <state>', 'what has become of them').choices(DELIVERY_STATES))

  chosen('list', 'Newest first: whom we told, how often we tried, when it was taken or is tried next')
    .option('--session <ref>', 'of one session, as `pratu sessions list` names it')
    .addOption(reasonOption())
    .addOption(withheldOption())
    .option('--limit <n>', 'how many at most', whole, 100)
    .option('--json', 'one JSON object a line')
    .action(async ({ json, limit, ...wish }: Wish & { readonly json?: true; readonly limit: number }) => {
      if (wish.session !== undefined && !UUID.test(wish.session))
        throw new CommandRefused('No session is named so. See: pratu sessions list')
      const asked = wish.person && (await personNamed(wish.person, input))
      await opened(open, async (parts) => {
        const { which, masked } = await whichOf(parts, wish, asked)
        let shown = 0
        for (let after: Receipt | undefined; shown < limit; ) {
          const most = Math.min(PAGE, limit - shown)
          const page = await parts.receipts.find(parts.db, { ...which, ...(after && { after }) }, most)
          for (const receipt of page) print(json ? JSON.stringify(shownAs(receipt)) : lineOf(receipt))
          shown += page.length
          after = page.at(-1)
          if (page.length < most) break
        }
        if (shown === 0 && !json) print(`There is none${masked ? ` about ${masked}` : ''}.`)
      })
    })

  chosen('retry', 'Try now what waits, and begin anew what was given up within the last six months')
    .argument('[id]', 'one of them, as the list names it')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--json', 'the outcome as one JSON object')
    .action(async (id: string | undefined, { reason: typed, json, ...wish }: Retry) => {
      const reason = typed.trim()
      if (reason === '') throw new CommandRefused('To try again needs a reason.')
      if (id !== undefined && !UUID.test(id))
        throw new CommandRefused('No delivery is named so. See: pratu deliveries list')
      const asked = wish.person && (await personNamed(wish.person, input))
      await opened(open, async (parts) => {
        const { db, receipts, audit, actor } = parts
        const { which, person } = await whichOf(parts, { ...wish, reason }, asked)
        const { client, state } = wish
        const renewed = await transaction(db, async (tx) => {
          const count = await receipts.renew(tx, { ...which, ...(id !== undefined && { id }) })
          const detail = { reason, delivery: id, client, state, rows: count }
          await audit.append(tx, { type: 'deliveries.retried', actor, ...(person && { person }), detail })
          return count
        })
        if (json) print(JSON.stringify({ retried: renewed }))
        else print(renewed === 0 ? 'None of these can be tried again.' : `${renewed} are tried now, on whichever node.`)
      })
    })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function whichOf(
  parts: Parts,
  { client, session, state, ...why }: Wish,
  asked: { readonly scheme: string; readonly code: string } | undefined,
) {
  const which: Which = { kinds: KINDS, destination: client, session, state }
  if (!asked) return { which }
  const { person, masked } = await lookUp(parts, asked, 'deliveries', why)
  return { which: { ...which, person: person.key }, person: person.key, masked }
}

const time = (at: number): string => new Date(at).toISOString()

/** Without the person: an operator who needs to know asks by code. */
function shownAs(receipt: Receipt) {
  const { id, kind, destination: client, session, about, madeAt, tries, triedAt, state } = receipt
  return {
    ...{ id, kind, client, session, about, state, tries, made_at: time(madeAt) },
    ...(triedAt !== undefined && { tried_at: time(triedAt) }),
    ...(receipt.state === 'waiting' ? { next_try_at: time(receipt.nextTry) } : { ended_at: time(receipt.endedAt) }),
  }
}

function lineOf(receipt: Receipt): string {
  const { id, kind, destination, about, madeAt, tries } = receipt
  const came =
    receipt.state === 'waiting'
      ? `waiting, next try ${time(receipt.nextTry)}`
      : `${receipt.state} ${time(receipt.endedAt)}`
  return `${id}  ${time(madeAt)}  ${destination}  ${kind}${about ? ` (${about})` : ''}  ${came}, ${tries} ${tries === 1 ? 'try' : 'tries'}`
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A number from 1.')
  return Number(text)
}
