import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Actor } from '../identity/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { verifies } from '../signing/key-pair.ts'
import type { Ring } from '../signing/ring.ts'
import type { Dated, Done, Refusal, Revoked, Rotation } from '../signing/rotation.ts'
import { ALGORITHMS, type Algorithm, USUAL } from '../signing/vault.ts'
import { asListed, iso, tableOf, takingLines, wait, wholeMinute } from './key-list.ts'
import { CommandRefused, opened } from './opened.ts'

interface Parts {
  readonly db: Db
  readonly rotation: Rotation
  readonly ring: Pick<Ring, 'refresh' | 'keys'>
  readonly actor: Actor
  close(): Promise<void>
}

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  readonly clock: Clock
}

interface Wish {
  readonly why?: string
  readonly emergency?: true
  readonly json?: true
  readonly every?: number
  readonly alg?: Algorithm
  readonly agency?: readonly string[]
  readonly agencies?: true
}

export const WHY = 'for the record; wanted with every change'

// `pratu keys list | announce | promote | retire | schedule | calendar | verify`: how the keys that sign our tokens
// change without anybody noticing. In force on every node within seconds; on record with who and why.
export function addKeyRotationCommands(program: Command, { open, print, clock }: Needs): void {
  const keys =
    program.commands.find((command) => command.name() === 'keys') ??
    program.command('keys').description("The service's own secrets")
  const tell = (json: true | undefined, value: unknown, lines: readonly string[]): void => {
    for (const line of json ? [JSON.stringify(value, null, 2)] : lines) print(line)
  }
  const inMinutes = (at: number): string => `${iso(at)} (${wait(at - clock.now())})`

  keys
    .command('list')
    .option('--agencies', 'and how each agency takes up the key that is new to it')
    .option('--json', 'for programs')
    .description('Every signing key: state, age, what comes next and when, how many agencies have taken it up')
    .action(({ json, agencies }: Wish) =>
      opened(open, async ({ db, rotation }) => {
        const shown = (await rotation.list(db)).map(asListed)
        tell(json, shown, [...tableOf(shown, clock.now()), ...(agencies ? shown.flatMap(takingLines) : [])])
      }),
    )

  changing('announce', 'Make a new key and show it to everybody; it signs nothing yet')
    .addOption(new Option('--alg <name>', 'for which algorithm').choices(ALGORITHMS).default(USUAL))
    .action((wish: Wish) =>
      opened(open, async ({ db, rotation, actor }) => {
        const { kid } = granted(await rotation.announce(db, { actor, why: whyOf(wish) }, wish.alg))
        const at = clock.now() + rotation.waits.announced
        tell(wish.json, { kid, may_sign_from: iso(at) }, [`Announced ${kid}.`, `It may sign from ${inMinutes(at)}.`])
      }),
    )

  changing('promote', 'Let the announced key sign from now on')
    .argument('[kid]', 'the one that is announced, unless said')
    // One name in 64 begins with a hyphen; what is no option of ours is taken for a name, and one too many is refused.
    .allowUnknownOption()
    .option('--agency <id...>', 'for these agencies alone, ahead of all others; or anew, for those who went back')
    .addOption(emergency())
    .action((named: string | undefined, wish: Wish) =>
      opened(open, async ({ db, rotation, actor }) => {
        const by = { actor, why: whyOf(wish), emergency: wish.emergency }
        const done = granted(await rotation.promote(db, await wholeKid(db, rotation, named), by, wish.agency))
        const { kid, breaksUntil, clients } = done
        const object = {
          kid,
          ...(clients && { clients }),
          ...(breaksUntil !== undefined && { breaks_until: iso(breaksUntil) }),
        }
        tell(wish.json, object, [
          clients ? `${kid} signs for ${clients.join(', ')} now.` : `${kid} signs now.`,
          ...(breaksUntil === undefined
            ? []
            : [
                `Agencies that hold an older key set refuse our tokens until they fetch it again: ${inMinutes(breaksUntil)} at the latest.`,
              ]),
        ])
      }),
    )

  changing('retire', 'Take a key that signs no more out of the published key set')
    .argument('<kid>', 'as `pratu keys list` names it; its first characters will do')
    .allowUnknownOption()
    .addOption(emergency())
    .action((named: string, wish: Wish) =>
      opened(open, async ({ db, rotation, actor }) => {
        const by = { actor, why: whyOf(wish), emergency: wish.emergency }
        const { kid, breaksUntil } = granted(
          await rotation.retire(db, (await wholeKid(db, rotation, named)) ?? named, by),
        )
        tell(wish.json, { kid, ...(breaksUntil !== undefined && { breaks_until: iso(breaksUntil) }) }, [
          `${kid} is no longer shown.`,
          ...(breaksUntil === undefined
            ? []
            : [`Tokens that it signed may be refused until they end: ${inMinutes(breaksUntil)} at the latest.`]),
        ])
      }),
    )

  keys
    .command('schedule')
    .option('--every <days>', 'how long each key signs, in days; 0: only when an operator says so', days)
    .option('--why <text>', WHY)
    .option('--json', 'for programs')
    .description('Show or change how often the signing keys change by themselves')
    .action((wish: Wish) =>
      opened(open, async ({ db, rotation, actor }) => {
        if (wish.every !== undefined) await rotation.setSchedule(db, wish.every, { actor, why: whyOf(wish) })
        const { days: every } = await rotation.schedule(db)
        const words = every === 0 ? 'Keys change only when an operator says so.' : `A key signs for ${every} days.`
        tell(wish.json, { days: every }, [words])
      }),
    )

  keys
    .command('calendar')
    .option('--json', 'as it is published at /.well-known/key-calendar.json')
    .description('What comes next, as agencies are told')
    .action(({ json }: Wish) =>
      opened(open, async ({ db, rotation }) => {
        const dates = (await rotation.calendar(db)).map(({ at, ...rest }) => ({ at: iso(at), ...rest }))
        tell(json, dates, dates.length > 0 ? dates.map(dateLine) : ['Nothing is planned.'])
      }),
    )

  keys
    .command('verify')
    .option('--json', 'for programs')
    .description('Try the keys that sign, and compare the ring with its rules; exit code 1 where something is wrong')
    .action(({ json }: Wish) =>
      opened(open, async ({ db, rotation, ring }) => {
        const faults = await faultsOf(db, rotation, ring)
        tell(
          json,
          { ok: faults.length === 0, faults },
          faults.length > 0 ? faults : ['The ring is whole: its keys sign, and what they sign verifies.'],
        )
        if (faults.length > 0) throw new CommandRefused('The key ring is not whole.')
      }),
    )

  /** Who was given tokens in that time which the key may have signed, and which had not ended yet. */
  function changing(name: string, description: string): Command {
    return keys
      .command(name)
      .requiredOption('--why <text>', WHY)
      .option('--json', 'for programs')
      .description(description)
  }
}

const emergency = () => new Option('--emergency', 'skip the waits; says what that breaks')

export function whyOf({ why }: Pick<Wish, 'why'>): string {
  if (why === undefined || why.trim() === '') throw new CommandRefused('Say why, for the record: --why "…".')
  return why
}

function days(value: string): number {
  if (!/^\d{1,4}$/.test(value) || Number(value) > 3650) throw new InvalidArgumentError('A number of days, 0 to 3650.')
  return Number(value)
}

/** The first characters of a key id will do, where they name one. */
export async function wholeKid(db: Db, rotation: Rotation, named: string | undefined): Promise<string | undefined> {
  if (named === undefined) return undefined
  const found = (await rotation.list(db)).filter(({ life }) => life.kid.startsWith(named))
  if (found.length > 1) throw new CommandRefused(`${found.length} keys begin with ${named}: say more of it.`)
  return found[0]?.life.kid ?? named
}

export function granted<T extends Done | Revoked | Refusal>(done: T): Exclude<T, { readonly because: string }> {
  if ('because' in done) throw new CommandRefused(refusalWords(done))
  return done as Exclude<T, { readonly because: string }>
}

function refusalWords(refusal: Refusal): string {
  switch (refusal.because) {
    case 'unknown':
      return 'There is no such key. Nothing was changed.'
    case 'state':
      return `That key is ${refusal.state}: this step does not lead on from there. Nothing was changed.`
    case 'too-early':
      return `Not before ${wholeMinute(refusal.until)}: others may still rely on what they have fetched. Nothing was changed; --emergency skips the wait.`
    case 'several':
      return `${refusal.kids.length} keys are announced: say which. Nothing was changed.`
    case 'agency':
      return `${refusal.agency} is no agency whose sites ask for that key's algorithm. Nothing was changed.`
    case 'went-back':
      return `${refusal.clients.join(', ')} went back from that key. Nothing was changed; --emergency lets it sign for all others.`
    case 'in-use':
      return `It still signs for ${refusal.clients.join(', ')}: let another sign for them first (promote --agency). Nothing was changed.`
    case 'lacking':
      return `There can be no such key: ${refusal.why}. Nothing was changed.`
    case 'announced':
      return `${refusal.kid} is announced already: promote it first. Nothing was changed.`
  }
}

const EVENTS = { announce: 'a new key is announced', sign: 'signs', retire: 'leaves the key set', remove: 'is removed' }
const dateLine = ({ at, alg, event, kid }: Omit<Dated, 'at'> & { readonly at: string }): string =>
  `${at}  ${event === 'announce' ? EVENTS.announce : `${kid?.slice(0, 10) ?? 'the new key'} ${EVENTS[event]}`}  ${alg}`

async function faultsOf(db: Db, rotation: Rotation, ring: Parts['ring']): Promise<string[]> {
  const faults = [...(await rotation.faults(db))]
  await ring.refresh()
  const data = Buffer.from('pratu keys verify')
  for (const { kid, alg, publicJwk, sign, state } of ring.keys()) {
    if (state !== 'signing') continue
    const name = `the key that signs with ${alg} (${kid.slice(0, 10)})`
    if (!sign) faults.push(`This machine can’t open the private half of ${name}.`)
    else if (!verifies(publicJwk, data, await sign(data)))
      faults.push(`What ${name} signs does not verify with its public half.`)
  }
  return faults
}
