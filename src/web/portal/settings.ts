import { type Kind, whole } from '../../platform/settings.ts'

// The settings of what people see of what is done in their name.

const file: Kind<string> = { called: 'a file', read: (value) => value }

export const PORTAL_SETTINGS = {
  historyDays: {
    kind: whole(30, 3_650),
    says: 'For how many days people see on their own page what was done in their name; then whole months of it are dropped.',
    absent: '730',
    fallback: 730,
  },
  lookUpDelayDays: {
    kind: whole(0, 3_650),
    says: 'How many days a look-up of a person may be kept from their own page where an operator names the law for it.',
    absent: '0: every look-up is shown at once',
    fallback: 0,
  },
  places: {
    kind: file,
    says: 'The file that says which networks are in which city, for people to recognise their sign-ins by (docs/operate.md).',
    absent: 'no place is kept or shown',
  },
} as const
