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
}

export const PEOPLE = fileURLToPath(new URL('people.jsonl', import.meta.url))

export const inventedPeople = (): readonly InventedPerson[] =>
  readFileSync(PEOPLE, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as InventedPerson)
