import type { PersonKey } from '../identity/identifiers.ts'
import { cell, type Indexer, type Sealer } from '../platform/seal.ts'
import type { PersonKind, PersonStatus } from './kind-and-status.ts'

// What a person's row keeps encrypted, and the keyed hashes by which a row is found and recognised.

export interface Identifier {
  readonly scheme: string
  /** Canonical. */
  readonly code: string
  /** First and last day on which it is in force, `YYYY-MM-DD`. */
  readonly validFrom?: string
  readonly validTo?: string
}

export interface Names {
  readonly given?: string
  readonly family?: string
  readonly givenLatin?: string
  readonly familyLatin?: string
}

export interface Details {
  readonly identifiers: readonly Identifier[]
  readonly names: Names
  readonly birthDate?: string
  /** The kind and status that the last imported row named, to tell what a later file changes from what an operator changed. */
  readonly imported?: { readonly kind?: PersonKind; readonly status?: PersonStatus }
}

/** Binds the sealed details to their row: a cell moved into another person's row doesn't open. */
export const detailsBinding = (key: PersonKey): string => cell('person', 'details', key)

/** A former version is bound to its own place: two versions of one person that change places don't open either. */
export const formerBinding = (key: PersonKey, version: number): string =>
  cell('person_history', 'details', `${key}/${version}`)

/** What was in force is about to become a former version. @param sealed as it lies in the person's row. */
export function sealFormer(sealer: Sealer, key: PersonKey, version: number, sealed: Uint8Array): Buffer {
  return sealer.seal(sealer.open(sealed, detailsBinding(key)), formerBinding(key, version))
}

/** @param boundHere false for one that was kept before they were bound to their place. */
export const openFormer = (
  sealer: Sealer,
  key: PersonKey,
  {
    version,
    details,
    boundHere,
  }: { readonly version: number; readonly details: Uint8Array; readonly boundHere: boolean },
): Details =>
  JSON.parse(
    sealer.open(details, boundHere ? formerBinding(key, version) : detailsBinding(key)).toString('utf8'),
  ) as Details

export const sealDetails = (sealer: Sealer, key: PersonKey, details: Details): Buffer =>
  sealText(sealer, key, JSON.stringify(details))

/** @param text details as JSON; bytes are UTF-8. */
export const sealText = (sealer: Sealer, key: PersonKey, text: string | Uint8Array): Buffer =>
  sealer.seal(text, detailsBinding(key))

/** @throws Error when the cell belongs to another row, another key, or was changed. */
export const openDetails = (sealer: Sealer, key: PersonKey, sealed: Uint8Array): Details =>
  JSON.parse(openText(sealer, key, sealed)) as Details

/** The details as the JSON that was sealed. */
export const openText = (sealer: Sealer, key: PersonKey, sealed: Uint8Array): string =>
  sealer.open(sealed, detailsBinding(key)).toString('utf8')

export const blindIndex = (indexer: Indexer, scheme: string, code: string): Buffer =>
  indexer.index(indexed(scheme, code))

/** What a look-up goes by: under each key that counts. */
export const blindIndexes = (indexer: Indexer, scheme: string, code: string): Buffer[] =>
  indexer.all(indexed(scheme, code))

const indexed = (scheme: string, code: string): string => `identifier|${scheme}|${code}`
