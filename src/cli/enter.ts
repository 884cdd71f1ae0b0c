import type { OperatorKeys, Signer } from '../audit/signature.ts'
import { keyId, type Role } from '../operators/operator.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { compareClocks } from '../platform/same-time.ts'
import { CommandRefused } from './opened.ts'
import { type Needs as KeyNeeds, openOperatorKey } from './operator-key.ts'
import { givenOf, rolesWanted, type Typed } from './roles.ts'

// Who runs this command. One that changes something, or shows persons, wants an operator with one of its roles, who proves
// it by their key. Until operators are made, a demonstration takes the account's name for it, and production refuses.

export interface Needs extends KeyNeeds {
  readonly db: Db
  readonly keys: OperatorKeys
  readonly production: boolean
  readonly typed: Typed
  readonly clock: Clock
}

export interface Entered extends Signer {
  /** Lets go of a token. */
  close(): Promise<void>
}

/** @returns undefined for a command that wants nobody in particular. @throws CommandRefused in one sentence. */
export async function enter({ db, keys, production, typed, ...key }: Needs): Promise<Entered | undefined> {
  const roles = rolesWanted(typed)
  if (!roles) return undefined
  if (!(await keys.any(db))) {
    if (production)
      throw new CommandRefused(
        'There are no operators yet: two people make themselves the first, by pratu operators init.',
      )
    return undefined
  }
  // The time is signed, and a request lives for a day.
  await compareClocks(db, key.clock).catch((error: Error) => {
    throw new CommandRefused(`Nothing is signed here: ${error.message}.`)
  })
  const opened = await openOperatorKey(key)
  const id = keyId(opened.publicKey)
  const holder = await keys.holder(db, id)
  if (!holder) throw new CommandRefused('This key is no operator’s, or no longer. See: pratu operators list')
  if (!roles.some((role) => holder.roles.includes(role)))
    throw new CommandRefused(
      `This takes ${inWords(roles)}; ${holder.name} is ${inWords(holder.roles as readonly Role[])}.`,
    )
  const { command } = typed
  return { name: holder.name, key: id, roles, command, given: givenOf(typed), sign: opened.sign, close: opened.close }
}

const inWords = (roles: readonly Role[]): string => roles.map((role) => role.replace('-', ' ')).join(' or ')
