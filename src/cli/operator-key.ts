import { makeKeyFile, openKeyFile } from '../operators/key-file.ts'
import { makeTokenKey, openTokenKey, tokenOf } from '../operators/key-token.ts'
import type { OpenedKey } from '../operators/operator.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { CommandRefused } from './opened.ts'

// An operator's own key, in a file or on a token, opened by what its holder types: never an argument, for every account of
// the machine can read those.

export interface Settings {
  readonly operatorKey: string | undefined
  readonly operatorPassphrase: string | undefined
}

export interface Needs {
  settings(): Settings
  /** At the terminal, without an echo. */
  ask(question: string): Promise<string>
  readonly clock: Clock
  readonly random: Random
}

/** @throws CommandRefused, KeyRefused */
export async function openOperatorKey({ settings, ask, clock, random }: Needs): Promise<OpenedKey> {
  const { operatorKey: key, operatorPassphrase } = settings()
  if (key === undefined)
    throw new CommandRefused('This takes an operator: PRATU_OPERATOR_KEY names the key, a file or pkcs11:token=….')
  const where = tokenOf(key)
  const passphrase = operatorPassphrase ?? (await ask(where ? `PIN of ${where.token}: ` : `Passphrase of ${key}: `))
  return where ? openTokenKey({ where, pin: passphrase, clock, random }) : openKeyFile({ path: key, passphrase })
}

/** @throws CommandRefused, KeyRefused */
export async function makeOperatorKey(key: string, { settings, ask, clock, random }: Needs): Promise<OpenedKey> {
  const where = tokenOf(key)
  const { operatorPassphrase: given } = settings()
  if (where) return makeTokenKey({ where, pin: given ?? (await ask(`PIN of ${where.token}: `)), clock, random })
  const passphrase = given ?? (await ask('A passphrase for the key: '))
  if (given === undefined && (await ask('The same again: ')) !== passphrase)
    throw new CommandRefused('These were two passphrases. Nothing was made.')
  return makeKeyFile({ path: key, passphrase }, random)
}
