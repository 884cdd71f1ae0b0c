import { Option } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import type { Json } from '../identity/json.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Person, Persons } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { CommandRefused } from './opened.ts'

// Why an operator looks at somebody: asked for before anything is shown, on record with the look, and read by the person on
// their own page; later, where a law says so and the operator of the service has set for how long.

export interface Why {
  readonly reason?: string
  readonly withheld?: string
}

export interface LookUpParts {
  readonly clock: Clock
  readonly config: { readonly lookUpDelayDays: number }
  readonly db: Db
  readonly persons: Pick<Persons, 'findEver'>
  readonly audit: AuditLog
  readonly actor: Actor
}

const DAY = 86_400_000

export const reasonOption = (): Option =>
  new Option('--reason <text>', 'why you look at this person, who reads it on their own page')
export const withheldOption = (): Option =>
  new Option('--withheld <law>', 'the law by which they read of it only after PRATU_LOOK_UP_DELAY_DAYS')

/** What goes with the audit entry of the look. @throws CommandRefused */
function whyOf(
  { reason: typed = '', withheld }: Why,
  { clock, config }: LookUpParts,
): { readonly shownFrom?: number; readonly detail: { readonly [name: string]: Json | undefined } } {
  const reason = typed.trim()
  if (reason === '') throw new CommandRefused('To look somebody up needs a reason: --reason.')
  if (withheld === undefined) return { detail: { reason } }
  if (withheld.trim() === '') throw new CommandRefused('To keep a look-up back needs the law that says so.')
  if (config.lookUpDelayDays === 0)
    throw new CommandRefused('No look-up is kept back from people here (PRATU_LOOK_UP_DELAY_DAYS).')
  return { shownFrom: clock.now() + config.lookUpDelayDays * DAY, detail: { reason, withheld: withheld.trim() } }
}

/**
 * Finds a person for an operator's eyes; also that nobody was found is audited.
 * @param what is looked at of them.
 * @throws CommandRefused
 */
export async function lookUp(
  parts: LookUpParts,
  { scheme, code }: { readonly scheme: string; readonly code: string },
  what: string,
  why: Why,
): Promise<{ readonly person: Person; readonly masked: string }> {
  const { db, persons, audit, actor } = parts
  const { detail, ...later } = whyOf(why, parts)
  const masked = maskPersonId(scheme, code)
  const person = await transaction(db, async (tx) => {
    const found = await persons.findEver(tx, scheme, code)
    await audit.append(tx, {
      type: 'person.read',
      actor,
      ...(found && { person: found.key }),
      detail: { scheme, code: masked, what, found: found !== undefined, ...detail },
      ...later,
    })
    return found
  })
  if (!person) throw new CommandRefused(NOBODY)
  return { person, masked }
}

const NOBODY = 'Nobody in the register has this person code.'

export interface WhomParts {
  readonly db: Db
  readonly audit: Pick<AuditLog, 'append'>
  readonly actor: Actor
}

/**
 * Finds the person whom a command changes. The change says on record who was meant; that there is nobody is told only by this.
 * @param what the command was to do. @throws CommandRefused
 */
export async function whom(
  { db, audit, actor }: WhomParts,
  find: Persons['find'],
  { scheme, code }: { readonly scheme: string; readonly code: string },
  what: string,
): Promise<Person> {
  const person = await find(db, scheme, code)
  if (person) return person
  const detail = { scheme, code: maskPersonId(scheme, code), what, found: false }
  await audit.append(db, { type: 'person.read', actor, detail })
  throw new CommandRefused(NOBODY)
}
