// The two words that stand open beside a person's sealed details.

export const PERSON_KINDS = ['citizen', 'resident', 'e-resident'] as const
export type PersonKind = (typeof PERSON_KINDS)[number]
export const PERSON_STATUSES = ['active', 'deceased', 'emigrated', 'suspended', 'protected'] as const
export type PersonStatus = (typeof PERSON_STATUSES)[number]
