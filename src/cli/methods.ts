import type { Command } from 'commander'
import type { Actor } from '../identity/actor.ts'
import { type ClientId, clientId, METHOD_IDS, type MethodId } from '../identity/identifiers.ts'
import { LANGUAGES, type Words } from '../identity/language.ts'
import type { Switch, Switches } from '../login/switches.ts'
import type { Db } from '../platform/db.ts'
import { CommandRefused, opened } from './opened.ts'

interface Parts {
  readonly db: Db
  readonly switches: Pick<Switches, 'switchOff' | 'switchOn' | 'list'>
  readonly clients: { find(id: string): unknown }
  readonly actor: Actor
  close(): Promise<void>
}

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
}

interface Wish {
  readonly client?: string
  readonly why?: string
  readonly reasonTh?: string
  readonly reasonEn?: string
  readonly reasonEt?: string
}

// `pratu methods list | off | on`: for the hour in which a way of signing in must not be used, everywhere or at one agency.
// In force on every node within seconds, in sign-ins that are under way too; on record with who and why.
export function addMethodsCommands(program: Command, { open, print }: Needs): void {
  const methods = program.command('methods').description('Ways of signing in: switched off and on again')

  methods
    .command('list')
    .description('Every way, and where it is switched off')
    .action(() =>
      opened(open, async ({ db, switches }) => {
        const off = await switches.list(db)
        for (const method of METHOD_IDS) {
          const here = off.filter((one) => one.method === method)
          if (here.length === 0) print(`${method.padEnd(WIDTH)}not switched off`)
          for (const one of here) for (const line of picture(one)) print(line)
        }
      }),
    )

  methods
    .command('off')
    .argument('<method>', METHOD_IDS.join(', '))
    .option('--client <id>', 'for this relying party only; without it, for every one')
    .requiredOption('--why <text>', 'for the record')
    .option('--reason-th <text>', 'what people are told, in Thai; without the three, the usual words')
    .option('--reason-en <text>', 'the same in English')
    .option('--reason-et <text>', 'the same in Estonian')
    .description('Let nobody in by this way; who is in stays in')
    .action(async (named: string, wish: Wish) => {
      const method = methodOf(named)
      const why = whyOf(wish)
      const reason = reasonOf(wish)
      await opened(open, async ({ db, switches, clients, actor }) => {
        const client = clientOf(wish, clients)
        await switches.switchOff(db, { method, ...(client && { client }), ...(reason && { reason }) }, { actor, why })
        print(`${method} is off ${where(client)}, on every node within 5 seconds.`)
      })
    })

  methods
    .command('on')
    .argument('<method>', METHOD_IDS.join(', '))
    .option('--client <id>', 'what was switched off for this relying party')
    .requiredOption('--why <text>', 'for the record')
    .description('Open it again')
    .action(async (named: string, wish: Wish) => {
      const method = methodOf(named)
      const why = whyOf(wish)
      await opened(open, async ({ db, switches, clients, actor }) => {
        const client = clientOf(wish, clients)
        if (!(await switches.switchOn(db, { method, ...(client && { client }) }, { actor, why })))
          throw new CommandRefused(`${method} is not switched off ${where(client)}: see \`pratu methods list\`.`)
        const still = (await switches.list(db)).filter((one) => one.method === method)
        print(`${method} is open again ${where(client)}, on every node within 5 seconds.`)
        for (const one of still) print(`It is still off ${where(one.client)}.`)
      })
    })
}

const WIDTH = Math.max(...METHOD_IDS.map((id) => id.length)) + 2

function methodOf(named: string): MethodId {
  const found = METHOD_IDS.find((id) => id === named)
  if (!found) throw new CommandRefused(`There is no way of signing in called ${named}: ${METHOD_IDS.join(', ')}.`)
  return found
}

function clientOf({ client }: Wish, clients: Parts['clients']): ClientId | undefined {
  if (client === undefined) return undefined
  if (clients.find(client) === undefined)
    throw new CommandRefused(`There is no site ${client}. See: pratu clients list`)
  return clientId(client)
}

function whyOf({ why = '' }: Wish): string {
  if (why.trim() === '') throw new CommandRefused('This goes on record: it needs --why.')
  return why.trim()
}

function reasonOf({ reasonTh, reasonEn, reasonEt }: Wish): Words | undefined {
  const [th, en, et] = [reasonTh, reasonEn, reasonEt].map((text) => text?.trim())
  if (!th && !en && !et) return undefined
  if (!th || !en || !et) throw new CommandRefused('People read three languages: --reason-th, --reason-en, --reason-et.')
  return { th, en, et }
}

const where = (client: ClientId | undefined): string => (client === undefined ? 'for every agency' : `for ${client}`)

function picture({ method, client, reason, madeAt }: Switch): string[] {
  const since = new Date(madeAt).toISOString().slice(0, 16)
  return [
    `${method.padEnd(WIDTH)}off ${where(client)} since ${since}Z`,
    ...(reason ? LANGUAGES.map((language) => `${' '.repeat(WIDTH)}${language}  ${reason[language]}`) : []),
  ]
}
