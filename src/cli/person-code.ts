import { createInterface } from 'node:readline/promises'
import { type CodeFault, parsePersonId, SCHEME_IDS } from '../identity/person-id.ts'
import { CommandRefused } from './opened.ts'

// A person code as an operator gives it on the command line.

export const CODE_ARGUMENT = 'national code; - reads it from standard input, so that it stays out of the shell history'

/** What is about one person, where it need not be: `--person TH 1199900001017`. */
export const PERSON_OPTION = [
  '--person <scheme code...>',
  'about one person, whose look-up is audited: TH 1199900001017, or TH - to read the code from standard input',
] as const
export type NamedPerson = readonly string[]

const FAULTS: Readonly<Record<CodeFault, string>> = {
  'unknown-scheme': `There is no such scheme. Known: ${SCHEME_IDS.join(', ')}.`,
  format: 'The code does not have the form of its scheme.',
  date: 'The code contains an impossible date.',
  number: 'The code contains a number that is never given out.',
  'check-digit': 'The check digit of the code is wrong.',
}

/**
 * @param typed the code, or `-`: the first line of `input`.
 * @returns scheme and code in canonical form.
 * @throws CommandRefused, which doesn't repeat the code.
 */
export async function personCode(
  scheme: string,
  typed: string,
  input: NodeJS.ReadableStream,
): Promise<{ readonly scheme: string; readonly code: string }> {
  const known = scheme.toUpperCase()
  const parsed = parsePersonId(known, typed === '-' ? await firstLine(input) : typed)
  if (!parsed.ok) throw new CommandRefused(FAULTS[parsed.reason])
  return { scheme: known, code: parsed.code }
}

/** @throws CommandRefused, as `personCode`. */
export function personNamed(named: NamedPerson, input: NodeJS.ReadableStream) {
  const [scheme, code, ...more] = named
  if (scheme === undefined || code === undefined || more.length > 0)
    throw new CommandRefused('A person is named by scheme and code: --person TH 1199900001017')
  return personCode(scheme, code, input)
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input })
  for await (const line of lines) return line
  throw new CommandRefused('Nothing came on standard input.')
}
