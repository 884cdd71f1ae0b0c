import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Clients } from '../clients/client.ts'
import type { Client } from '../clients/relying-party.ts'
import { type Agreement, isInForce } from '../disclosure/agreements.ts'
import type { Disclosure } from '../disclosure/disclosure.ts'
import { boundsOf, type Imported, type ImportedClient, importClientsText } from '../disclosure/import.ts'
import type { Actor } from '../identity/actor.ts'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import type { Rotation } from '../signing/rotation.ts'
import { CommandRefused } from './opened.ts'

interface Parts {
  readonly config: { readonly profile: 'demo' | 'production' }
  readonly db: Db
  readonly clients: Clients
  readonly disclosure: Disclosure
  readonly audit: AuditLog
  readonly clock: Clock
  readonly actor: Actor
  readonly rotation: Pick<Rotation, 'provide'>
  close(): Promise<void>
}

export interface Needs {
  readonly open: () => Promise<Parts>
  readonly print: (line: string) => void
}

/** Whatever the operator must be told instead of a result; the command ends with code 1. */
type Refusal = readonly string[]

// `pratu clients import | list | show | disable | enable`: the relying parties, as an operator sees them.
export function addClientsCommands(program: Command, { open, print }: Needs): void {
  const clients = program.command('clients').description('Agencies, their sites and what these may learn')

  async function run(work: (parts: Parts) => Promise<Refusal | undefined>): Promise<void> {
    const parts = await open()
    let refusal: Refusal | undefined
    try {
      refusal = await work(parts)
    } finally {
      await parts.close()
    }
    // Not as a mistake of usage: the help printed after it would push what is said here off the screen.
    if (refusal !== undefined) throw new CommandRefused(refusal.join('\n'))
  }

  clients
    .command('import')
    .argument('<file>', 'a JSON file (docs/integrate.md explains it), or - for standard input')
    .description('Bring in agencies, their sites and agreements; with one mistake nothing changes')
    .action((file: string) => {
      const bytes = readFileSync(file === '-' ? process.stdin.fd : file)
      return run(async (parts) => {
        const imported = await bringIn(parts, bytes)
        if (!imported.ok) return mistakesOf(imported, file)
        for (const line of summaryOf(imported)) print(line)
        return undefined
      })
    })

  clients
    .command('list')
    .description('Every site, by agency: how it proves itself, and how long its agreement lasts')
    .action(() =>
      run(async ({ db, clients, disclosure, clock }) => {
        const all = await clients.list(db)
        await disclosure.prepare(db, all)
        const rows = all.map((client) => [
          client.agency.id,
          client.id,
          shown(client.metadata.token_endpoint_auth_method),
          standing(disclosure.agreement(client), clock.now()),
          client.disabled ? 'disabled' : '',
        ])
        for (const line of columns([['AGENCY', 'CLIENT', 'PROVES ITSELF BY', 'AGREEMENT', ''], ...rows])) print(line)
        return undefined
      }),
    )

  clients
    .command('show')
    .argument('<client>', 'its client_id')
    .description('All that is registered of one site, its secret excepted, and its agreement')
    .action((id: string) =>
      run(async ({ db, clients, disclosure, clock }) => {
        const client = (await clients.list(db)).find((one) => one.id === id)
        if (client === undefined) return unknown(id)
        await disclosure.prepare(db, [client])
        for (const line of picture(client, disclosure.agreement(client), clock.now())) print(line)
        return undefined
      }),
    )

  for (const [verb, disabled, says] of [
    ['disable', true, 'Let a site sign nobody in any more; its registration stays'],
    ['enable', false, 'Let a disabled site sign people in again'],
  ] as const) {
    clients
      .command(verb)
      .argument('<client>', 'its client_id')
      .description(says)
      .action((id: string) =>
        run(async ({ db, clients, actor }) => {
          const outcome = await clients.setDisabled(db, id, disabled, actor)
          if (outcome === 'unknown') return unknown(id)
          print(
            outcome === 'same' ? `${id} is ${verb}d already.` : `${id} is ${verb}d, on every node within 5 seconds.`,
          )
          return undefined
        }),
      )
  }
}

async function bringIn({ db, config, ...parts }: Parts, bytes: Buffer): Promise<Imported> {
  let content: string
  try {
    content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { ok: false, mistakes: [{ path: 'the file', problem: 'is not UTF-8 text' }] }
  }
  return importClientsText(db, content, { ...parts, bounds: boundsOf(config.profile) })
}

function mistakesOf({ mistakes }: Imported & { ok: false }, file: string): Refusal {
  const heading = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`
  return [
    `${file === '-' ? 'The input' : file} has ${heading}; nothing was changed:`,
    ...mistakes.map(({ path, problem }) => `  ${path} ${problem}`.trimEnd()),
  ]
}

function summaryOf({ agencies, clients, awaited, notices }: Imported & { ok: true }): string[] {
  const touched = ({ outcome, agreement }: ImportedClient) =>
    outcome !== 'same' || (agreement !== 'same' && agreement !== 'none')
  const changed = clients.filter(touched)
  const lines = changed.map(({ id, agency, outcome, agreement }) => [agency, id, outcome, `agreement ${agreement}`])
  const asBefore = clients.length - changed.length
  return [
    ...columns([
      ...agencies.filter(({ outcome }) => outcome !== 'same').map(({ id, outcome }) => [id, '', outcome, '']),
      ...lines,
    ]),
    ...awaited.map(
      ({ alg, from }) =>
        `${alg}: the first key is announced and signs from ${new Date(from).toISOString().slice(0, 16)}Z; until then tokens for these sites are signed with ES256.`,
    ),
    ...notices.map((notice) => `Please look again: ${notice}.`),
    `${changed.length} of ${clients.length} sites brought in${asBefore > 0 ? `, ${asBefore} are as before` : ''}.`,
    ...clients.flatMap(({ id, secret }) =>
      secret === undefined ? [] : [`The client secret of ${id}, told this once: ${secret}`],
    ),
  ]
}

const unknown = (id: string): Refusal => [`There is no client ${JSON.stringify(id)}. See: pratu clients list`]

function standing(agreement: Agreement | undefined, now: number): string {
  if (agreement === undefined) return 'none: subject only'
  if (isInForce(agreement, now)) return `until ${agreement.validTo.slice(0, 16)}Z`
  return now < Date.parse(agreement.validFrom) ? `from ${agreement.validFrom.slice(0, 16)}Z` : 'EXPIRED'
}

function picture(client: Client, agreement: Agreement | undefined, now: number): string[] {
  const facts: [string, string][] = [
    ['client_id', client.id],
    ['agency', `${client.agency.id} (${client.agency.name.en}), ${client.agency.officer}`],
    ['sector', client.sector],
    ['state', client.disabled ? 'disabled' : 'enabled'],
    ...Object.entries(client.name).map(([language, name]): [string, string] => [`client_name#${language}`, name]),
    ...Object.entries(client.metadata)
      .filter(([name]) => name !== 'client_name')
      .map(([name, value]): [string, string] => [name, shown(value)]),
    ['agreement', agreement ? `version ${agreement.version}, ${standing(agreement, now)}` : standing(agreement, now)],
  ]
  if (agreement !== undefined) {
    const { purpose, officer, validFrom, claims, assurance, methods, refresh, resources, events } = agreement
    facts.push(
      ['  purpose', purpose.en],
      ['  officer', officer],
      ['  since', validFrom],
      ...claims.map(({ names, ground, reference }): [string, string] => [
        `  by ${ground}`,
        `${names.join(', ')}${reference ? ` (${reference.en})` : ''}`,
      ]),
      ['  assurance', `${assurance.lowest} to ${assurance.highest}`],
      ['  methods', methods?.join(', ') ?? 'every one'],
      ['  refresh', refresh ? 'agreed' : 'no'],
      ['  events', events?.join(', ') ?? 'none'],
      ...resources.map(({ resource, token, scopes }): [string, string] => [
        '  resource',
        `${resource} (${token}${scopes.length > 0 ? `: ${scopes.join(' ')}` : ''})`,
      ]),
    )
  }
  return columns(facts)
}

const shown = (value: Json | undefined): string => {
  if (typeof value === 'string') return value
  const flat = Array.isArray(value) && value.every((item: Json) => typeof item === 'string')
  return flat ? (value as readonly string[]).join(' ') : JSON.stringify(value)
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
