import type { Identifier } from './details.ts'

/** @param today `YYYY-MM-DD`, as the days of an identifier are kept. */
export const inForce = ({ validFrom, validTo }: Identifier, today: string): boolean =>
  (validFrom === undefined || validFrom <= today) && (validTo === undefined || validTo >= today)

/** The codes that name the person now, in the register's order. @param now epoch milliseconds. */
export function validIdentifiers(
  { identifiers }: { readonly identifiers: readonly Identifier[] },
  now: number,
): readonly Identifier[] {
  const today = new Date(now).toISOString().slice(0, 10)
  return identifiers.filter((identifier) => inForce(identifier, today))
}
