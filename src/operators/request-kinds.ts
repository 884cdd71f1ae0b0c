import type { Role } from './operator.ts'

/** What takes two, and the role that each of the two must have. */
export const KINDS = {
  'desk-passkey': 'desk',
  recovery: 'desk',
  'key-revocation': 'key-keeper',
  'new-master-key': 'key-keeper',
  'new-operator': 'key-keeper',
} as const satisfies Readonly<Record<string, Role>>
export type RequestKind = keyof typeof KINDS
