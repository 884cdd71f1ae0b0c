import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readCertificate } from '../formats/certificate.ts'
import type { Actor } from '../identity/actor.ts'
import { LANGUAGES, type Words } from '../identity/language.ts'
import {
  type Block,
  blocks,
  type Conditions,
  countOf,
  KEY_TYPES,
  MOST_SERIALS,
  serialList,
} from '../methods/certificates/block.ts'
import type { CardBlocks } from '../methods/certificates/blocks.ts'
import { signs } from '../methods/certificates/path.ts'
import type { Issuer } from '../methods/certificates/trust.ts'
import type { Db } from '../platform/db.ts'
import { CommandRefused, opened } from './opened.ts'

interface Parts {
  readonly db: Db
  readonly cardBlocks: Pick<CardBlocks, 'add' | 'lift' | 'list'>
  readonly actor: Actor
  close(): Promise<void>
}

export interface Needs {
  open(): Promise<Parts>
  /** The configured issuers; undefined where none are configured. */
  issuers(): readonly Issuer[] | undefined
  readonly print: (line: string) => void
}

interface Wish {
  readonly issuer?: string
  readonly from?: number
  readonly to?: number
  readonly key?: string
  readonly serials?: string
  readonly why?: string
  readonly th?: string
  readonly en?: string
  readonly et?: string
  readonly dryRun?: true
  readonly card?: readonly string[]
}

// `pratu cards block | unblock | blocks`: for the day on which a batch, a kind of key or an issuer can't be trusted any
// more. In force on every node within seconds; on record with who and why.
export function addCardBlockCommands(program: Command, { open, issuers, print }: Needs): void {
  const cards =
    program.commands.find((command) => command.name() === 'cards') ??
    program.command('cards').description('Smart cards: blocks of batches, and why a card is refused')

  cards
    .command('block')
    .option('--issuer <name>', 'as in issuers.txt; without it, cards of every issuer')
    .option('--from <day>', 'issued on this day or later (YYYY-MM-DD, UTC, as the certificate says)', day)
    .option('--to <day>', 'issued on this day or earlier', day)
    .addOption(new Option('--key <kind>', 'with such a key').choices(KEY_TYPES))
    .option('--serials <file>', 'serial numbers of certificates in hexadecimal, one in a line; wants --issuer')
    .option('--why <text>', 'for the record; needed to block, as are --th, --en and --et')
    .option('--th <text>', "the reason in the holder's words, in Thai")
    .option('--en <text>', 'the same in English')
    .option('--et <text>', 'the same in Estonian')
    .option('--dry-run', 'only say what it would cover')
    .option('--card <file...>', 'with --dry-run: whether these certificates would be covered')
    .description('Let nobody in with such cards; all conditions that are given must hold')
    .action(async (wish: Wish) => {
      const known = issuers()
      const conditions = conditionsOf(wish, known)
      if (wish.issuer !== undefined && !known)
        print('PRATU_CARD_ISSUERS is not set here: the name of the issuer could not be checked.')
      if (wish.dryRun) {
        print(`Would block ${inWords(conditions)}.`)
        for (const path of wish.card ?? []) print(`${path}: ${covers(conditions, path, known ?? [])}`)
        return
      }
      if (wish.card) throw new CommandRefused('--card goes with --dry-run.')
      const { reason, why } = reasonsOf(wish)
      await opened(open, async ({ db, cardBlocks, actor }) => {
        const { id } = await cardBlocks.add(db, { ...conditions, reason }, { actor, why })
        print(`Block ${id}: ${inWords(conditions)}. In force on every node within 5 seconds.`)
      })
    })

  cards
    .command('unblock')
    .argument('<block>', 'its number, as `pratu cards blocks` shows it')
    .requiredOption('--why <text>', 'for the record')
    .description('Lift a block: such cards are good again')
    .action(async (id: string, { why }: { why: string }) => {
      if (why.trim() === '') throw new CommandRefused('Lifting a block needs --why.')
      if (!/^\d{1,18}$/.test(id)) throw new CommandRefused('A block is named by its number: see `pratu cards blocks`.')
      await opened(open, async ({ db, cardBlocks, actor }) => {
        const lifted = await cardBlocks.lift(db, id, { actor, why: why.trim() })
        if (!lifted) throw new CommandRefused(`There is no block ${id}.`)
        print(`Block ${id} is lifted, on every node within 5 seconds: ${inWords(lifted)}.`)
      })
    })

  cards
    .command('blocks')
    .description('The blocks in force')
    .action(() =>
      opened(open, async ({ db, cardBlocks }) => {
        const present = await cardBlocks.list(db)
        if (present.length === 0) print('No block is in force.')
        const known = issuers()
        for (const block of present) {
          for (const line of picture(block)) print(line)
          if (block.issuer !== undefined && known && !known.some(({ id }) => id === block.issuer))
            print(`  IT COVERS NOBODY among cards: issuers.txt has no ${block.issuer}. Was its line renamed?`)
        }
      }),
    )
}

function conditionsOf(wish: Wish, known: readonly Issuer[] | undefined): Conditions {
  const { issuer, from, to, key, serials } = wish
  if ([issuer, from, to, key, serials].every((condition) => condition === undefined))
    throw new CommandRefused('Name at least one condition: --issuer, --from, --to, --key or --serials.')
  if (issuer !== undefined && known && !known.some(({ id }) => id === issuer))
    throw new CommandRefused(`There is no issuer ${issuer}: ${known.map(({ id }) => id).join(', ')}.`)
  if (from !== undefined && to !== undefined && from > to) throw new CommandRefused('--from lies after --to.')
  if (serials !== undefined && issuer === undefined)
    throw new CommandRefused('Serial numbers are unique within an issuer only: --serials wants --issuer.')
  return {
    ...(issuer !== undefined && { issuer }),
    ...(from !== undefined && { issuedFrom: from }),
    ...(to !== undefined && { issuedBefore: to + DAY }),
    ...(key !== undefined && { keyType: key }),
    ...(serials !== undefined && { serials: serialList(serialsIn(serials)) }),
  }
}

function reasonsOf(wish: Wish): { reason: Words; why: string } {
  const missing = (['why', ...LANGUAGES] as const).filter((name) => !wish[name]?.trim())
  if (missing.length > 0)
    throw new CommandRefused(
      `A block needs ${missing.map((name) => `--${name}`).join(', ')}: why for the record, and the reason for the holders in three languages.`,
    )
  const said = (name: 'why' | (typeof LANGUAGES)[number]) => wish[name]!.trim()
  return { reason: { th: said('th'), en: said('en'), et: said('et') }, why: said('why') }
}

/** Told together, with their lines; the numbers themselves are not repeated. */
function serialsIn(path: string): string[] {
  const found: string[] = []
  const mistakes: string[] = []
  for (const [at, line] of readFileSync(path, 'utf8').split(/\r?\n/).entries()) {
    const text = line.replace(/#.*$/, '').replaceAll(/[\s:]/g, '').replace(/^0x/i, '')
    if (text === '') continue
    // As node:crypto prints a certificate's: whole bytes, capitals, no zeros before.
    const even = text.length % 2 === 0 ? text : `0${text}`
    if (/^[0-9a-f]{1,40}$/i.test(text)) found.push(even.replace(/^(?:00)+(?=..)/, '').toUpperCase())
    else mistakes.push(`line ${at + 1} is no serial number in hexadecimal`)
  }
  if (found.length === 0 && mistakes.length === 0) mistakes.push('it has no serial number')
  if (found.length > MOST_SERIALS)
    mistakes.push(`it has more than ${MOST_SERIALS} serial numbers: make several blocks of it`)
  if (mistakes.length === 0) return found
  const more = mistakes.length > SHOWN ? [`and ${mistakes.length - SHOWN} more`] : []
  throw new CommandRefused(
    [`${path} is not usable, nothing was blocked:`, ...mistakes.slice(0, SHOWN), ...more].join('\n  '),
  )
}

const SHOWN = 20
const DAY = 86_400_000

function covers(conditions: Conditions, path: string, known: readonly Issuer[]): string {
  const card = readCertificate(readFileSync(path))
  if (!card) return 'not a certificate'
  const issuer = known.find(({ certificate }) => signs(certificate, card))
  if (conditions.issuer !== undefined && !issuer) return 'of no configured issuer'
  return blocks(conditions, card, issuer ?? { id: '' }) ? 'would be blocked' : 'would not be blocked'
}

function inWords({ issuer, issuedFrom, issuedBefore, keyType, serials }: Conditions): string {
  const said = [
    issuer === undefined ? 'cards of every issuer' : `cards of ${issuer}`,
    issuedFrom !== undefined && `issued from ${dayOf(issuedFrom)}`,
    issuedBefore !== undefined && `issued until ${dayOf(issuedBefore - 1)}`,
    keyType !== undefined && `with ${keyType} keys`,
    serials && `among ${countOf(serials)} serial numbers`,
  ]
  return said.filter((part) => typeof part === 'string').join(', ')
}

function picture(block: Block): string[] {
  const { id, madeAt, reason } = block
  return [
    `Block ${id}, since ${new Date(madeAt).toISOString().slice(0, 16)}Z: ${inWords(block)}`,
    ...LANGUAGES.map((language) => `  ${language}  ${reason[language]}`),
  ]
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

function day(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  // Date.parse takes the 31st of a shorter month for the next month's first.
  if (Number.isNaN(at) || dayOf(at) !== text) throw new InvalidArgumentError('A day as YYYY-MM-DD.')
  return at
}
