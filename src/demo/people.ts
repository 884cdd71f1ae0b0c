import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// The invented people, as their file has them: who they are before the register knows them.

export interface InventedPerson {
  readonly scheme: string
  readonly code: string
  readonly kind: string
  readonly given_name?: string
  readonly family_name?: string
  readonly given_name_latin?: string
  readonly family_name_latin?: string
  /** E.164: `+66100000101`. No country gives out such numbers. */
  readonly phone: string
  /** They have set it, so that it is asked for after each code; absent: the code alone. */
  readonly pin?: string
}

export const PEOPLE = fileURLToPath(new URL('people.jsonl', import.meta.url))

export const inventedPeople = (): readonly InventedPerson[] =>
  readFileSync(PEOPLE, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line, at) => {
      const person = JSON.parse(line) as Omit<InventedPerson, 'phone' | 'pin'>
      const pin = PINS[person.code]
      return { ...person, phone: `${AREA[person.scheme] ?? '+99900000'}${101 + at}`, ...(pin !== undefined && { pin }) }
    })

/** Nobody's: of this length none begin with 1 in Thailand or in Estonia. */
const AREA: Readonly<Record<string, string>> = { TH: '+66100000', EE: '+37210001' }

/** Some have set a PIN, so that both ways can be seen. */
const PINS: Readonly<Record<string, string>> = {
  '0999900010100': '830174',
  '1999900007077': '264917',
  '38001085718': '518302',
}
